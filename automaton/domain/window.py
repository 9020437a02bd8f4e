"""When a campaign may ring: weekly windows in local time, public holidays out.

Wall-clock windows are compared in their time zone, so that the nights when clocks
change neither lengthen nor skip one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS_AHEAD = 400


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

    def next_opening(self, at: datetime) -> datetime | None:
        """Return `at` if open, else the next opening; None within 400 days of none."""
        if self.is_open(at):
            return at
        return next((start for start in self._openings(at) if start > at), None)

    def _openings(self, at: datetime) -> Iterator[datetime]:
        first = at.astimezone(ZoneInfo(self.zone)).date()
        for offset in range(DAYS_AHEAD):
            day = first + timedelta(days=offset)
            for window in sorted(self._windows_of(day), key=lambda w: w.opens):
                yield self._moment(day, window.opens)

    def _windows_of(self, day: date) -> list[Window]:
        if day in self.holidays:
            return []
        return [window for window in self.windows if day.weekday() in window.days]

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZoneInfo(self.zone)).astimezone(UTC)
