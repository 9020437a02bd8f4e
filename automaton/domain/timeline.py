"""Calls over time: how many at once, and a campaign cut into equal slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SLICES = 240


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of the campaign's time: confirmed at its end, lines in use on average."""

    at: datetime
    acknowledged: int
    lines: float


def levels(
    calls: Iterable[tuple[datetime, datetime]],
) -> Iterable[tuple[datetime, int]]:
    """Yield each moment at which the number of calls changes, and the new number."""
    changes: Counter[datetime] = Counter()
    for begin, end in calls:
        changes[begin] += 1
        changes[end] -= 1
    count = 0
    for at in sorted(changes):
        count += changes[at]
        yield at, count


def slices_of(
    calls: Sequence[tuple[datetime, datetime]],
    reached: Sequence[datetime],
    span: timedelta,
    count: int = SLICES,
) -> tuple[Slice, ...]:
    """Cut the time between first call and last hang-up into `count` slices."""
    if not calls or not span:
        return ()
    first, width = calls[0][0], span / count
    busy = [0.0] * count
    for begin, end in calls:
        _spread(busy, (begin - first) / width, (end - first) / width)
    done = Counter(min(count - 1, max(0, int((at - first) / width))) for at in reached)
    told, slices = 0, []
    for index in range(count):
        told += done[index]
        slices.append(Slice(first + span * (index + 1) / count, told, busy[index]))
    return tuple(slices)


def _spread(busy: list[float], begin: float, end: float) -> None:
    """Add one call to the slices that it touches, in proportion."""
    for index in range(int(begin), min(len(busy), int(end) + 1)):
        busy[index] += min(end, index + 1) - max(begin, index)
