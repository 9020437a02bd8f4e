"""Forecasts that were kept, and how right they were: what was expected, what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from automaton.domain.forecast import MILESTONES

PARTS = (0.1, 0.5)  # of the time to the last acknowledgement
MOST = 0.8  # of those who can be reached


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What was expected at a moment. `acknowledged`: how many had, at that moment."""

    made_at: datetime
    milestones: Mapping[int, datetime | None]
    ends_at: datetime | None
    reachable: float | None = None
    acknowledged: int = 0

    @property
    def has_most(self) -> bool:
        """Whether most of those who can be reached have acknowledged."""
        if not self.acknowledged or self.reachable is None:
            return False
        return self.acknowledged >= MOST * self.reachable


@dataclass(frozen=True, slots=True)
class Expectation:
    """A milestone: when it was expected, each time from an earlier moment on; it came.

    `at_launch`, `at_a_tenth` and `at_half` of the campaign. A milestone that had come
    by then has no expectation any more.
    """

    share: int
    came_at: datetime
    at_launch: datetime | None = None
    at_a_tenth: datetime | None = None
    at_half: datetime | None = None

    def error(self, expected: datetime | None) -> timedelta | None:
        """Return by how much it came later than expected."""
        return None if expected is None else self.came_at - expected


def expectations(
    launched: Foreseen | None,
    during: Sequence[Foreseen],
    started_at: datetime | None,
    reached_at: Sequence[datetime],
) -> tuple[Expectation, ...]:
    """Hold what was expected against what came; nothing where nobody acknowledged.

    `reached_at`: the acknowledgements in their order; all of them are the reachable.
    """
    if not reached_at or started_at is None:
        return ()
    whole = reached_at[-1] - started_at
    tenth, half = (_latest(during, started_at + part * whole) for part in PARTS)
    came = {s: reached_at[ceil(len(reached_at) * s / 100) - 1] for s in MILESTONES}
    return tuple(
        Expectation(
            share,
            at,
            _expected(launched, share, at),
            _expected(tenth, share, at),
            _expected(half, share, at),
        )
        for share, at in came.items()
    )


def _latest(during: Sequence[Foreseen], at: datetime) -> Foreseen | None:
    """Return the last forecast that was made by a moment."""
    made = [one for one in during if one.made_at <= at]
    return max(made, key=lambda one: one.made_at, default=None)


def _expected(made: Foreseen | None, share: int, came: datetime) -> datetime | None:
    if made is None or made.made_at >= came:
        return None
    return made.milestones.get(share)
