"""A daemon that dies of itself at a named step, and lives by a clock that can jump.

It may also stand still there, or let its Asterisk stand still: who waits wakes them.

The application is the product's own, from `automaton.bootstrap`; only its ports are
wrapped. `STEPS` names every step of an attempt; the N-th passing of one is the last
thing that this process does.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from apscheduler.executors import base as executors
from apscheduler.schedulers import base as schedulers
from apscheduler.triggers import interval

from automaton import bootstrap, daemon
from automaton.asterisk import embedded
from automaton.clock import SystemClock
from automaton.domain.events import Answered, HungUp, KeyPressed, LinkUp, Rang
from automaton.domain.recipient import FINAL_RECIPIENT_STATES
from automaton.errors import AutomatonError
from automaton.settings import Settings, load

STEPS: Mapping[str, str] = {
    "before-intent": "before the intent",
    "intent-written": "intent written, not committed",
    "intent-committed": "intent committed, order not sent",
    "order-sent": "order sent, no answer yet",
    "order-accepted": "order accepted",
    "ringing": "it rings",
    "answered": "answered",
    "key-journalled": "key journalled, not written",
    "key-written": "key written, not committed",
    "key-committed": "key committed, no thanks yet",
    "thanked": "thanked",
    "hung-up": "hung up, not settled",
    "settled": "settled, not committed",
    "settled-committed": "settled and committed",
    "healing": "while it recovers from the last one",
}
BY_EVENT = {
    Rang: "ringing",
    Answered: "answered",
    KeyPressed: "key-journalled",
    HungUp: "hung-up",
    LinkUp: "healing",
}
LOOK_AGAIN = 0.05


@dataclass
class Doom:
    """Kills this process at the N-th passing of a step.

    `stop`: it stands still instead; `freeze`: its Asterisk does.
    """

    step: str = ""
    left: int = 1
    verb: str = "kill"
    asterisk: Callable[[], int] = lambda: 0

    def passes(self, step: str) -> None:
        """Pass a step; the last one ends everything, at once."""
        if step and step == self.step:
            self.left -= 1
            if self.left == 0:
                self._strike()

    def _strike(self) -> None:
        if self.verb == "freeze":
            os.kill(self.asterisk(), signal.SIGSTOP)
        elif self.verb == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        else:  # another thread of ours might take it, and this one would go on a while
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


class Doomed:
    """A port in front of the real one: what it does not wrap goes straight there."""

    def __init__(self, real: Any, doom: Doom) -> None:
        self._real, self._doom = real, doom

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class DoomedLedger(Doomed):
    """The ledger; what its transactions held is known at their end."""

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Open a transaction that tells which steps it goes through."""
        with self._real.transaction() as real:
            doomed = DoomedTransaction(real, self._doom)
            yield doomed
        for step in doomed.committed:
            self._doom.passes(step)


class DoomedTransaction(Doomed):
    """The writes of one beat."""

    def __init__(self, real: Any, doom: Doom) -> None:
        super().__init__(real, doom)
        self.committed: list[str] = []

    def claim(self, wants: Sequence[Any], now: datetime, node: str) -> Any:
        """Claim, with a step before and one after."""
        self._doom.passes("before-intent")
        claims = self._real.claim(wants, now, node)
        if claims:
            self._doom.passes("intent-written")
        return claims

    def save(self, attempts: Sequence[Any]) -> None:
        """Write attempts; those with a key make two steps."""
        self._real.save(attempts)
        if any(attempt.has_key for attempt in attempts):
            self._doom.passes("key-written")
            self.committed.append("key-committed")

    def conclude(self, changes: Sequence[Any], now: datetime) -> None:
        """Write what was settled; a final state makes two steps."""
        self._real.conclude(changes, now)
        if any(change.state in FINAL_RECIPIENT_STATES for change in changes):
            self._doom.passes("settled")
            self.committed.append("settled-committed")


class DoomedTelephone(Doomed):
    """The telephone."""

    async def place(self, order: Any) -> None:
        """Send an order, with a step before, one in its midst and one after."""
        self._doom.passes("intent-committed")
        leaving = asyncio.ensure_future(self._real.place(order))
        await asyncio.sleep(0.001)
        self._doom.passes("order-sent")
        await leaving
        self._doom.passes("order-accepted")

    async def confirm_key(self, attempt_id: str, seq: int) -> None:
        """Let the dialplan thank."""
        await self._real.confirm_key(attempt_id, seq)
        self._doom.passes("thanked")

    async def events(self) -> AsyncIterator[Any]:
        """Yield the facts; each is a step before anything is made of it."""
        async for event in self._real.events():
            self._doom.passes(BY_EVENT.get(type(event), ""))
            yield event


class JumpingClock:
    """The machine's clock and the seconds that a file adds to it."""

    def __init__(self, file: Path) -> None:
        self._file, self._ahead, self._read_at = file, 0.0, 0.0

    def now(self) -> datetime:
        """Return the moment that this machine believes it is."""
        self._look()
        return SystemClock().now() + timedelta(seconds=self._ahead)

    def wall(self) -> datetime:
        """Return what this machine believes: it is one clock."""
        return self.now()

    def monotonic(self) -> float:
        """Return seconds that no jump touches."""
        return time.monotonic()

    def boottime(self) -> float:
        """Return seconds that no jump touches, sleep included."""
        return SystemClock().boottime()

    def _look(self) -> None:
        if time.monotonic() - self._read_at > LOOK_AGAIN and self._file.exists():
            self._read_at = time.monotonic()
            self._ahead = float(self._file.read_text("ascii") or 0)


def main(config: str, doom: str, clock_file: str) -> None:
    """Run the node until it is told to stop, or until its doom."""
    settings = load(Path(config), os.environ).settings
    daemon.speak_plainly(settings.log_level)
    fate = _doom(doom)
    fate.asterisk = partial(_asterisk, settings)
    _wrap(fate, JumpingClock(Path(clock_file)))
    try:
        daemon.run(settings, _ready)
    except AutomatonError as error:  # as the shell's door has it
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


def _doom(told: str) -> Doom:
    step, passing, verb = [*told.split(":"), "", ""][:3]
    assert not step or step in STEPS, step
    return Doom(step, int(passing or 1), verb or "kill")


def _asterisk(settings: Settings) -> int:
    found = embedded.status(bootstrap.asterisk_folder(settings))
    assert found is not None, "the Asterisk of this node runs"
    return found.pid


def _wrap(doom: Doom, clock: JumpingClock) -> None:
    """Put our ports in front of those that bootstrap makes."""
    ledger, telephone = bootstrap.ledger, bootstrap.telephone
    wrapped: Any = bootstrap
    wrapped.ledger = lambda *how: DoomedLedger(ledger(*how), doom)
    wrapped.telephone = lambda *how: DoomedTelephone(telephone(*how), doom)
    started: Any = daemon
    started.SystemClock = lambda: clock
    _let_apscheduler_see(clock)


def _let_apscheduler_see(clock: JumpingClock) -> None:
    """Give the timetable's library the same wall clock; it has no port for one."""

    class Jumping(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return clock.now().astimezone(tz)

    for module in (schedulers, executors, interval):
        patched: Any = module
        patched.datetime = Jumping


def _ready() -> None:
    sys.stderr.write(f"The node is ready; at {time.time():.3f}\n")
    sys.stderr.flush()
