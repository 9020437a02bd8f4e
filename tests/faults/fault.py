"""What a fault is, and what was observed when it was brought about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.ground import Ground


@dataclass(frozen=True, slots=True)
class Observed:
    """What one order of a fault showed; `runs` may be many, such as kills.

    `recovery_s`: the longest of them, None where nothing has to recover.
    """

    fault: str
    runs: int
    calls: int = 0
    invariants_broken: int = 0
    keys_lost: int = 0
    rung_twice: int = 0
    recovery_s: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was broken."""
        return not (self.invariants_broken or self.keys_lost or self.rung_twice)


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the table.

    `name` is what `--only` takes, `title` what a reader reads. `run` brings the fault
    about with a seed. `runs` are wanted in all, or `kills`: that share of KILLS;
    `at_once` of them at the most are one order of `run`, in one life of a town.
    `seconds`: about what one order takes; `most_seconds`: then it is broken.
    `recovers_within`: seconds; a later recovery is a failure. `alone`: nothing else
    runs meanwhile.
    """

    name: str
    title: str
    run: Callable[[Ground, int], Observed]
    runs: int = 3
    kills: float = 0.0
    seconds: float = 60.0
    most_seconds: float = 420.0
    alone: bool = False
    at_once: int = 1
    recovers_within: float | None = None

    def wanted(self, kills: int) -> int:
        """Return how many runs are wanted in all."""
        return round(self.kills * kills) if self.kills else self.runs

    def judged(self, seen: Observed) -> Observed:
        """Return what was observed; to recover too late is a failure of it."""
        most, took = self.recovers_within, seen.recovery_s
        if most is None or took is None or took <= most:
            return seen
        note = f"LATE: recovered after {took:.1f} s, {most:g} s at most"
        broken = seen.invariants_broken + 1
        return replace(seen, invariants_broken=broken, notes=(*seen.notes, note))
