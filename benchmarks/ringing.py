"""Some homes rung once, by the bare loop or by the daemon, while SIPp watches.

In: who is rung, on how many lines, and what the landlines do. Out: `Rung`, which is
what SIPp saw, what is on record, and what it has cost.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automaton import bootstrap
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from benchmarks import node as nodes
from benchmarks.figures import lost
from benchmarks.node import CALLER_ID, TRUNK, Daemon, Node
from benchmarks.observer import Call, Observer, landline
from benchmarks.usage import usage_of

ON_DISK = Path("/var/tmp")  # /tmp may be memory, where durable writes cost nothing
SETTLED_SECONDS, STOP_SECONDS = 10.0, 20.0


@dataclass(frozen=True)
class Ringing:
    """What is asked: these homes, on so many lines, over after so many seconds."""

    node: Node
    folder: Path
    homes: Sequence[str]
    lines: int
    seconds: float
    landlines: str = ""
    """What they do, as a scenario of SIPp; as `landline.xml` says where it is empty."""


@dataclass(frozen=True)
class Rung:
    """What came of it. CPU is in seconds, of the calls alone."""

    calls: list[Call]
    keys: dict[str, str]
    caller_cpu: float
    asterisk_cpu: float
    sipp_cpu: float

    @property
    def lost_keys(self) -> int:
        """Count the keys that were pressed and that nobody has."""
        return lost(self.calls, self.keys)

    def broken(self, asked: int) -> int:
        """Count the homes whose call did not come or was not whole."""
        return asked - sum(call.is_whole for call in self.calls)

    def cpu_ms(self, seconds: float) -> float:
        """Return CPU seconds as milliseconds a call."""
        return seconds / len(self.calls) * 1e3


class Meter:
    """What Asterisk and SIPp have cost since it was made."""

    def __init__(self, node: Node, observer: Observer) -> None:
        self._pids = (node.asterisk, observer.pid)
        self._before = self._now()

    def _now(self) -> list[float]:
        return [usage_of(pid).cpu_seconds for pid in self._pids]

    def spent(self) -> list[float]:
        """Return the CPU seconds of Asterisk and of SIPp."""
        return [b - a for a, b in zip(self._before, self._now(), strict=True)]


def by_bare_loop(
    ringing: Ringing,
    prompt: str,
    *,
    starts_per_second: float | None = None,
    user: str | None = None,
) -> Rung:
    """Let the bare loop ring everybody: as lines fall free, or at a steady rate.

    `user`: the account of the manager interface, where it is not the daemon's.
    """
    with Observer(ringing.folder, ringing.landlines or landline()) as observer:
        time.sleep(1.0)
        meter = Meter(ringing.node, observer)
        order = order_of(ringing, prompt)
        order |= {"starts_per_second": starts_per_second}
        told = _told_by_the_loop(order | ({"user": user} if user else {}))
        spent = meter.spent()
        calls = observer.calls()
    if not calls:
        raise RuntimeError("The bare loop rang nobody.")
    return Rung(calls, told["keys"], told["cpu_seconds"], *spent)


def order_of(ringing: Ringing, prompt: str) -> dict[str, Any]:
    """Return what the bare loop is asked, as JSON can carry it."""
    access = bootstrap.access(ringing.node.settings)
    assert access is not None
    return {
        "host": access.host,
        "port": access.port,
        "user": access.user,
        "secret": access.secret,
        "trunk": TRUNK,
        "caller_id": CALLER_ID,
        "message": prompt,
        "lines": ringing.lines,
        "numbers": list(ringing.homes),
        "seconds": ringing.seconds,
    }


def _told_by_the_loop(order: dict[str, Any]) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare_loop"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
        timeout=order["seconds"] + 30,
    )
    if told.returncode:
        raise RuntimeError(f"The bare loop failed: {told.stderr[-500:]}")
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def by_daemon(ringing: Ringing, daemon: Daemon, campaign: str) -> Rung:
    """Let the daemon ring everybody, from the launch to the end of the campaign."""
    node = ringing.node
    with Observer(ringing.folder, ringing.landlines or landline()) as observer:
        time.sleep(1.0)
        meter, before = Meter(node, observer), daemon.usage().cpu_seconds
        nodes.launch(node, campaign)
        state = nodes.wait_for_end(node, campaign, ringing.seconds)
        if state not in FINAL_CAMPAIGN_STATES:
            say("the calls are not over in time: the campaign is stopped")
            nodes.stop(node, campaign)
            nodes.wait_for_end(node, campaign, STOP_SECONDS)
            observer.silence(STOP_SECONDS)
        spent = [daemon.usage().cpu_seconds - before, *meter.spent()]
        calls = observer.calls()
    if not calls:
        raise RuntimeError(f"Nobody was rung ({state}): {daemon.last_words()}")
    return Rung(calls, _keys_of(node, campaign, calls), *spent)


def _keys_of(node: Node, campaign: str, calls: Sequence[Call]) -> dict[str, str]:
    """Return the keys on record, once none is missing or after some seconds."""
    until = time.monotonic() + SETTLED_SECONDS
    while True:
        found = nodes.keys_on_record(node, campaign)
        if not lost(calls, found) or time.monotonic() >= until:
            return found
        time.sleep(0.5)


def say(what: str) -> None:
    """Tell what goes on."""
    print(f"bench: {what}", file=sys.stderr, flush=True)
