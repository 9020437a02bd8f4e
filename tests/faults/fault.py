"""What a fault is, and what was observed when it was brought about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    about with a seed. `runs` are wanted in all, or `kills`: that share of KILLS.
    `seconds`: about what one order of `run` takes; `most_seconds`: then it is broken.
    `alone`: nothing else runs meanwhile.
    """

    name: str
    title: str
    run: Callable[[Ground, int], Observed]
    runs: int = 3
    kills: float = 0.0
    seconds: float = 60.0
    most_seconds: float = 420.0
    alone: bool = False

    def wanted(self, kills: int) -> int:
        """Return how many runs are wanted in all."""
        return round(self.kills * kills) if self.kills else self.runs
