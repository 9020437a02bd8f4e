"""2,000 calls of 7 s on 200 lines, by a bare loop and by the daemon; SIPp watches.

Both ring the same landlines through the same Asterisk with the same dialplan and
prompts. The daemon first gets a campaign to 19,000 homes, of which only the first
INVITE is awaited.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from automaton import bootstrap
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from benchmarks import node as nodes
from benchmarks.figures import Figures, Traffic, keep, lost, missed, table, traffic
from benchmarks.node import CALLER_ID, TRUNK, Daemon, Node
from benchmarks.observer import TALK_SECONDS, Call, Observer
from benchmarks.usage import sync_ms, usage_of

ON_DISK = Path("/var/tmp")  # /tmp may be memory, where durable writes cost nothing
TOWN = 19_000
FIRST_CALL_SECONDS = 20.0
SETTLED_SECONDS = 10.0


@dataclass(frozen=True)
class Order:
    """What is asked of one run."""

    calls: int = 2_000
    lines: int = 200
    town: int = TOWN
    profile: Path | None = None

    @property
    def most_seconds(self) -> float:
        """Return after how long the calls must be over: half as long again."""
        return 1.5 * self.calls * TALK_SECONDS / self.lines + 30


@dataclass
class Run:
    """One run: its folder, its node, and the figures so far."""

    order: Order
    folder: Path
    node: Node
    figures: Figures = field(default_factory=dict)


def main(order: Order) -> int:
    """Measure, write and show; return 1 where a target was missed."""
    with tempfile.TemporaryDirectory(prefix="aut-bench-", dir=ON_DISK) as name:
        folder = Path(name)
        with nodes.node_in(folder, order.lines) as node:
            figures = measured(Run(order, folder, node))
    print(table(figures))
    print(f"\nwritten to {keep(figures)}")
    if failed := missed(figures):
        print(f"missed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


def measured(run: Run) -> Figures:
    """Return every figure of a run."""
    order, node = run.order, run.node
    say("importing the registers, rendering the message")
    nodes.populate(
        node,
        {
            "calls": nodes.numbers(0, order.calls),
            "town": nodes.numbers(order.calls, order.town),
        },
    )
    ringing, town = nodes.create(node, "calls"), nodes.create(node, "town")
    say(f"the bare loop rings {order.calls} on {order.lines} lines")
    bare = ring_bare(run, nodes.prompt_of(node, ringing))
    with Daemon(node, run.folder / "daemon.log", order.profile) as daemon:
        say(f"the daemon is asked to ring {order.town}; the first call is awaited")
        run.figures["first_invite_s"] = first_invite(run, town)
        say(f"the daemon rings {order.calls} on {order.lines} lines")
        ours = ring_by_daemon(run, daemon, ringing)
        run.figures["rss_mb"] = daemon.usage().peak_mb
    return in_order(run, ours, bare)


def ring_bare(run: Run, prompt: str) -> Traffic:
    """Let the bare loop ring everybody; its CPU is of the calls alone."""
    order, access = run.order, bootstrap.access(run.node.settings)
    assert access is not None
    asked = {
        "host": access.host,
        "port": access.port,
        "user": access.user,
        "secret": access.secret,
        "trunk": TRUNK,
        "caller_id": CALLER_ID,
        "message": prompt,
        "lines": order.lines,
        "numbers": nodes.numbers(0, order.calls),
        "seconds": order.most_seconds,
    }
    before = usage_of(run.node.asterisk).cpu_seconds
    with Observer(run.folder / "bare") as observer:
        time.sleep(1.0)
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.bare_loop"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            timeout=order.most_seconds + 30,
        )
        calls = observer.calls()
    if told.returncode:
        raise RuntimeError(f"The bare loop failed: {told.stderr[-500:]}")
    found = json.loads(told.stdout)
    spent = usage_of(run.node.asterisk).cpu_seconds - before
    run.figures |= {
        "bare_loop_cpu_ms_per_call": found["cpu_seconds"] / len(calls) * 1e3,
        "bare_loop_lost_keys": lost(calls, found["keys"]),
        "bare_loop_asterisk_cpu_ms_per_call": spent / len(calls) * 1e3,
    }
    return traffic(calls, order.lines)


def first_invite(run: Run, town: str) -> float:
    """Return the seconds from the launch to the first INVITE that SIPp sees."""
    with Observer(run.folder / "first") as observer:
        time.sleep(1.0)
        asked_at = time.time()
        nodes.launch(run.node, town)
        run.figures["launch_s"] = time.time() - asked_at
        first = observer.first_call(FIRST_CALL_SECONDS)
        nodes.stop(run.node, town)
        nodes.wait_for_end(run.node, town, FIRST_CALL_SECONDS)
        time.sleep(1.0)
        observer.silence(2 * TALK_SECONDS)
    return FIRST_CALL_SECONDS if first is None else first.invited - asked_at


def ring_by_daemon(run: Run, daemon: Daemon, ringing: str) -> Traffic:
    """Let the daemon ring everybody, from the launch to the end of the campaign."""
    order, node = run.order, run.node
    with Observer(run.folder / "daemon") as observer:
        time.sleep(1.0)
        before = daemon.usage().cpu_seconds
        asterisk = usage_of(node.asterisk).cpu_seconds
        nodes.launch(node, ringing)
        state = nodes.wait_for_end(node, ringing, order.most_seconds)
        if state not in FINAL_CAMPAIGN_STATES:
            say("the calls are not over in time: the campaign is stopped")
            nodes.stop(node, ringing)
            nodes.wait_for_end(node, ringing, FIRST_CALL_SECONDS)
            observer.silence(2 * TALK_SECONDS)
        spent = daemon.usage().cpu_seconds - before
        asterisk = usage_of(node.asterisk).cpu_seconds - asterisk
        calls = observer.calls()
    if not calls:
        raise RuntimeError(f"Nobody was rung ({state}): {daemon.last_words()}")
    run.figures |= {
        "daemon_cpu_ms_per_call": spent / len(calls) * 1e3,
        "lost_keys": lost(calls, keys_of(node, ringing, calls)),
        "asterisk_cpu_ms_per_call": asterisk / len(calls) * 1e3,
    }
    return traffic(calls, order.lines)


def keys_of(node: Node, ringing: str, calls: Sequence[Call]) -> dict[str, str]:
    """Return the keys on record, once none is missing or after some seconds."""
    until = time.monotonic() + SETTLED_SECONDS
    while True:
        found = nodes.keys_on_record(node, ringing)
        if not lost(calls, found) or time.monotonic() >= until:
            return found
        time.sleep(0.5)


def in_order(run: Run, ours: Traffic, bare: Traffic) -> Figures:
    """Return the figures as they are read: the targets first."""
    found = run.figures
    return {
        "line_utilisation": ours.utilisation,
        "bare_loop_line_utilisation": bare.utilisation,
        "daemon_cpu_ms_per_call": found["daemon_cpu_ms_per_call"],
        "bare_loop_cpu_ms_per_call": found["bare_loop_cpu_ms_per_call"],
        "asked_calls": run.order.calls,
        "calls": ours.calls,
        "whole_calls": ours.whole,
        "bare_loop_whole_calls": bare.whole,
        "lost_keys": found["lost_keys"],
        "bare_loop_lost_keys": found["bare_loop_lost_keys"],
        "first_invite_s": found["first_invite_s"],
        "launch_s": found["launch_s"],
        "rss_mb": found["rss_mb"],
        "calls_per_second": ours.calls / ours.seconds,
        "bare_loop_calls_per_second": bare.calls / bare.seconds,
        "seconds": ours.seconds,
        "bare_loop_seconds": bare.seconds,
        "ramp_s": ours.ramp_seconds,
        "bare_loop_ramp_s": bare.ramp_seconds,
        "turn_ms": ours.turn_ms,
        "bare_loop_turn_ms": bare.turn_ms,
        "setup_ms": ours.setup_ms,
        "bare_loop_setup_ms": bare.setup_ms,
        "peak_starts_per_second": ours.peak_starts,
        "bare_loop_peak_starts_per_second": bare.peak_starts,
        "talk_s": ours.talk_seconds,
        "bare_loop_talk_s": bare.talk_seconds,
        "asterisk_cpu_ms_per_call": found["asterisk_cpu_ms_per_call"],
        "sync_ms": sync_ms(run.folder),
        "load": os.getloadavg()[0],
        "processors": os.cpu_count() or 0,
    }


def say(what: str) -> None:
    """Tell what goes on."""
    print(f"bench: {what}", file=sys.stderr, flush=True)
