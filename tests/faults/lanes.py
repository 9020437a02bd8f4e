"""Faults side by side: each in a process of its own, two at a time.

Most of a fault is waiting for telephones, so that two cost one machine little more than
one; a fault that measures the machine is `alone`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from tests.faults.fault import Fault, Observed
from tests.faults.results import ROOT, Results

LANES = max(1, min(2, os.cpu_count() or 1))
GRACE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """One order: a fault, its first seed, and how many of its runs."""

    fault: Fault
    seed: int
    counts: int


@dataclass
class Lanes:
    """Does the runs that are left, the fault of which least is done first."""

    faults: Sequence[Fault]
    results: Results
    kills: int
    ends_at: float
    say: Callable[[str], None]
    busy: dict[Future[Observed], Order] = field(default_factory=dict)

    def undone(self) -> dict[str, int]:
        """Return the runs that are still to do, by fault."""
        return {f.name: self._left(f) for f in self.faults if self._left(f) > 0}

    def seconds_left(self, fault: Fault) -> float:
        """Return about how long the orders that a fault still needs will take."""
        return -(-max(0, self._left(fault)) // fault.at_once) * fault.seconds

    def minutes_left(self) -> float:
        """Return about how long all that is left will take, side by side."""
        seconds = [(f.alone, self.seconds_left(f)) for f in self.faults]
        apart = sum(s for is_alone, s in seconds if is_alone)
        return (apart + sum(s for is_alone, s in seconds if not is_alone) / LANES) / 60

    def work(self) -> None:
        """Return when all is done, or the time is over."""
        with ThreadPoolExecutor(LANES) as threads:
            while True:
                self._fill(threads)
                if not self.busy:
                    break
                for done in wait(self.busy, return_when=FIRST_COMPLETED).done:
                    order = self.busy.pop(done)
                    self.results.add(done.result())
                    self.say(f"{order.fault.name}, seed {order.seed}: {done.result()}")

    def _fill(self, threads: ThreadPoolExecutor) -> None:
        while len(self.busy) < LANES and not any(
            order.fault.alone for order in self.busy.values()
        ):
            order = self._next()
            if order is None or (order.fault.alone and self.busy):
                return
            self.say(f"{order.fault.name}, seed {order.seed}: {order.fault.title}")
            self.busy[threads.submit(outcome_of, order)] = order

    def _next(self) -> Order | None:
        """Return the next order that there is time for.

        The fault of which least is done; of these the one that needs the machine
        alone, so that no lane waits for another, then the longest.
        """
        now = time.monotonic()
        able = [f for f in self.faults if self._left(f) > 0]
        able = [f for f in able if now + f.seconds <= self.ends_at]
        if not able:
            return None
        fault = min(able, key=self._place)
        counts = min(fault.at_once, self._left(fault))
        return Order(fault, 1 + self._done(fault), counts)

    def _place(self, fault: Fault) -> tuple[float, bool, float]:
        share = self._done(fault) / fault.wanted(self.kills)
        return share, not fault.alone, -fault.seconds

    def _done(self, fault: Fault) -> int:
        under_way = sum(o.counts for o in self.busy.values() if o.fault is fault)
        return self.results.runs(fault.name) + under_way

    def _left(self, fault: Fault) -> int:
        return fault.wanted(self.kills) - self._done(fault)


def outcome_of(order: Order) -> Observed:
    """Do one run in a process of its own; one that tells nothing has failed."""
    name, seed = order.fault.name, str(order.seed)
    asked = ["--run", name, "--seed", seed, "--kills", str(order.counts)]
    try:
        told = subprocess.run(
            [sys.executable, "-m", "tests.faults", *asked],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=order.fault.most_seconds + GRACE_SECONDS,
        ).stdout
        row = json.loads(told.splitlines()[-1])
    except (subprocess.TimeoutExpired, ValueError, IndexError) as error:
        note = f"seed {seed}: no word of it ({type(error).__name__})"
        return Observed(name, runs=1, invariants_broken=1, notes=(note,))
    return Observed(**{**row, "notes": tuple(row["notes"])})
