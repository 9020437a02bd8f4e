"""Calls over time: how many at once, and a campaign cut into equal slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

SLICES = 240


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of the campaign's time: confirmed at its end, lines in use on average."""

    at: datetime
    acknowledged: int
    lines: float


def slices_of(
    calls: Iterable[tuple[datetime, datetime]],
    reached: Iterable[datetime],
    span: timedelta,
    count: int = SLICES,
) -> tuple[Slice, ...]:
    """Cut the time between first call and last hang-up into `count` slices."""
    left = iter(calls)
    earliest = next(left, None)
    if earliest is None or not span:
        return ()
    first, width = earliest[0], span / count
    busy = [0.0] * count
    for begin, end in chain((earliest,), left):
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
