"""Who rings: what a contender is, and a peer's program as one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from automaton import bootstrap
from benchmarks import bare_loop
from benchmarks.node import CALLER_ID, TRUNK, Node
from benchmarks.peers import packages
from benchmarks.peers.doors import UNFILTERED
from benchmarks.peers.record import Record
from benchmarks.peers.rounds import LIMIT_SECONDS, RING_SECONDS, Round
from benchmarks.peers.verdict import Told
from benchmarks.usage import usage_of

GRACE_SECONDS, STEP_SECONDS = 20.0, 0.1
MOST_STARTS = 5
OF_A_CALL = {"AUT_ATTEMPT", "AUT_CAMPAIGN", "AUT_RECIPIENT"}


class Contender(Protocol):
    """Somebody who rings the homes of one round."""

    def warm(self) -> None:
        """Start, but ring nobody yet."""

    def begin(self) -> None:
        """Ring."""

    def kill(self) -> None:
        """Die at once (SIGKILL)."""

    def revive(self) -> None:
        """Start again, with the same order."""

    def finish(self) -> Told:
        """Wait for the end, but not for ever; return what is on record."""

    def cpu_seconds(self) -> float:
        """Return what was spent since `begin`; of a killed one only the last life."""

    def close(self) -> None:
        """End what still runs."""

    def last_words(self) -> str:
        """Return the end of its log."""


@dataclass(frozen=True)
class Program:
    """How a peer is started, and which doors of Asterisk it goes through.

    One that hears every event (`is_filtered` is False) is there for its speed alone.
    """

    order: tuple[str, ...]
    speaks_ami: bool = True
    needs_node: bool = False
    is_filtered: bool = True

    def rings(self, round_: str) -> bool:
        """Tell whether a round says something of it."""
        if round_ == "cut" and not self.speaks_ami:
            return False
        return self.is_filtered or round_ == "speed"


def of_python(name: str, **more: bool) -> Program:
    """Return a peer of Python."""
    return Program((sys.executable, "-m", f"benchmarks.peers.{name}"), **more)


NODE_LOOP = str(Path(__file__).with_name("asterisk_manager_loop.js"))
PROGRAMS = {
    "call_files": of_python("call_files", speaks_ami=False),
    "pycall": of_python("pycall_files", speaks_ami=False),
    "pyst2": of_python("pyst2_loop"),
    "panoramisk": of_python("panoramisk_loop"),
    "panoramisk_unfiltered": of_python("panoramisk_loop", is_filtered=False),
    "asterisk_manager": Program(("node", NODE_LOOP), needs_node=True),
}


class Peer:
    """A peer's program as a process of its own."""

    def __init__(
        self, program: Program, node: Node, round_: Round, folder: Path, prompt: str
    ) -> None:
        self._program, self._round, self._folder = program, round_, folder
        self._order = order_of(node, round_, folder, prompt)
        if not program.is_filtered:
            self._order["user"] = UNFILTERED
        self._process: subprocess.Popen[bytes] | None = None
        self._idle_seconds = self._spent = 0.0
        self.starts = 0

    def warm(self) -> None:
        """Start the program; it waits for its order."""
        self._folder.mkdir(parents=True, exist_ok=True)
        tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        with (
            (self._folder / "told").open("wb") as out,
            (self._folder / "log").open("ab") as log,
        ):
            self._process = subprocess.Popen(
                [*tied, *self._program.order],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=log,
                env=packages.environment(),
            )
        self.starts += 1

    def begin(self) -> None:
        """Hand the order over; what it cost to start does not count."""
        process = self._living()
        self._idle_seconds = usage_of(process.pid).cpu_seconds
        assert process.stdin is not None
        process.stdin.write(json.dumps(self._order).encode())
        process.stdin.close()

    def kill(self) -> None:
        """Kill the process."""
        process = self._living()
        process.kill()
        process.wait()

    def revive(self) -> None:
        """Start the program again, with the same order."""
        self.warm()
        self.begin()

    def finish(self) -> Told:
        """Wait for the end; a program that fails is started again, as a service is."""
        until = time.monotonic() + self._round.seconds + GRACE_SECONDS
        while not self._ends_well(until):
            if self.starts >= MOST_STARTS or time.monotonic() > until:
                return Told(**Record(self._folder / "record").told())
            time.sleep(1.0)
            self.revive()
        last = (self._folder / "told").read_text("utf-8").splitlines()[-1]
        return Told(**json.loads(last))

    def _ends_well(self, until: float) -> bool:
        process = self._living()
        while not has_ended(process.pid) and time.monotonic() < until:
            time.sleep(STEP_SECONDS)
        self._spent = usage_of(process.pid).cpu_seconds - self._idle_seconds
        process.kill()
        return process.wait() == 0

    def cpu_seconds(self) -> float:
        """Return what the kernel counted between the order and the end."""
        return self._spent

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def last_words(self) -> str:
        """Return the end of its log."""
        return (self._folder / "log").read_text("utf-8", "replace")[-800:]

    def _living(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process


def order_of(node: Node, round_: Round, folder: Path, prompt: str) -> dict[str, Any]:
    """Return what a peer is asked, as JSON can carry it."""
    access = bootstrap.access(node.settings)
    assert access is not None
    run = bootstrap.asterisk_folder(node.settings)
    asked = {"trunk": TRUNK, "caller_id": CALLER_ID, "message": prompt}
    action = bare_loop.template(asked)
    said = dict(pair.split("=", 1) for pair in action["Variable"])
    return {
        **asked,
        "host": access.host,
        "port": access.port,
        "user": access.user,
        "secret": access.secret,
        "channel": action["Channel"].replace("+33199000000", "NUMBER"),
        "context": action["Context"],
        "variables": {n: v for n, v in said.items() if n not in OF_A_CALL},
        "campaign": folder.name,
        "lines": round_.lines,
        "numbers": round_.numbers,
        "seconds": round_.seconds,
        "ring_seconds": RING_SECONDS,
        "limit_seconds": LIMIT_SECONDS,
        "record": str(folder / "record"),
        "spool": str(run.root / "spool"),
        "console": bootstrap.installation(node.settings).console(run.conf, "")[:-1],
    }


def has_ended(pid: int) -> bool:
    """Tell whether a child has ended; the kernel's count of its CPU is kept."""
    flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
    return os.waitid(os.P_PID, pid, flags) is not None
