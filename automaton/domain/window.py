"""When a campaign may ring: weekly windows in local time, public holidays out.

Wall-clock windows are compared in their time zone, so that the nights when clocks
change neither lengthen nor skip one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAYS_AHEAD = 400
MICROSECOND = timedelta(microseconds=1)
HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `opens` (included) to `closes` (excluded) on `days` (Monday is 0)."""

    days: frozenset[int]
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class CallingHours:
    """All windows of one campaign. Without windows it may ring at any moment."""

    windows: tuple[Window, ...] = ()
    zone: str = "Europe/Paris"
    holidays: frozenset[date] = field(default_factory=frozenset)

    def is_open(self, at: datetime) -> bool:
        """Tell whether calls may leave at this moment."""
        if not self.windows:
            return True
        local = at.astimezone(ZoneInfo(self.zone))
        return any(
            window.opens <= local.time() < window.closes
            for window in self._windows_of(local.date())
        )

    def opens_at(self, at: datetime) -> bool:
        """Tell whether closed hours become open at this very moment."""
        return self.is_open(at) and not self.is_open(at - MICROSECOND)

    def next_opening(self, at: datetime) -> datetime | None:
        """Return `at` if open, else the next opening; None within 400 days of none."""
        if self.is_open(at):
            return at
        return next((start for start in self._openings(at) if start > at), None)

    def _openings(self, at: datetime) -> Iterator[datetime]:
        first = at.astimezone(ZoneInfo(self.zone)).date()
        for offset in range(DAYS_AHEAD):
            moments = self._candidates(first + timedelta(days=offset))
            yield from filter(self.is_open, moments)

    def _candidates(self, day: date) -> list[datetime]:
        """Return the moments of a day at which closed hours may become open."""
        windows = self._windows_of(day)
        if not windows:
            return []
        starts = {self._moment(day, w.opens, fold) for w in windows for fold in (0, 1)}
        return sorted(starts | self._changes(day))

    def _changes(self, day: date) -> set[datetime]:
        """Return the moment at which the clocks change on a day, if they do."""
        midnight = self._moment(day, time(0))
        steps = [midnight + n * HALF_HOUR for n in range(50)]
        if self._offset(steps[0]) == self._offset(steps[-1]):
            return set()
        return {b for a, b in pairwise(steps) if self._offset(a) != self._offset(b)}

    def _windows_of(self, day: date) -> list[Window]:
        if day in self.holidays:
            return []
        return [window for window in self.windows if day.weekday() in window.days]

    def _moment(self, day: date, at: time, fold: int = 0) -> datetime:
        local = datetime.combine(day, at.replace(fold=fold), ZoneInfo(self.zone))
        return local.astimezone(UTC)

    def _offset(self, moment: datetime) -> timedelta | None:
        return moment.astimezone(ZoneInfo(self.zone)).utcoffset()
