"""What each trunk may still call today: a guard against fraud, alerts included.

The day runs from midnight to midnight in the node's own time zone; what it has brought
so far is read from the database, so that a restart forgives nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from automaton.domain.attempt import Attempt
from automaton.domain.trunk import Spent, Trunk

NOTHING = Spent()
UNLIMITED = 1_000_000


class DayCeilings:
    """What campaigns used since midnight, by trunk. The loop's thread only."""

    def __init__(self, trunks: Sequence[Trunk], zone: str) -> None:
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._zone = ZoneInfo(zone)
        self._spent: dict[str, Spent] = {}
        self._day: date | None = None

    def is_another_day(self, now: datetime) -> bool:
        """Tell whether the day must be counted anew; also where the clock went back."""
        return self._day != now.astimezone(self._zone).date()

    def midnight(self, now: datetime) -> datetime:
        """Return when the day of this moment began."""
        day = now.astimezone(self._zone).date()
        return datetime.combine(day, time.min, self._zone)

    def begin(self, now: datetime, spent: Mapping[str, Spent]) -> None:
        """Begin the day of this moment with what the database knows of it."""
        self._day = now.astimezone(self._zone).date()
        self._spent = dict(spent)

    def left(self, name: str) -> int:
        """Return how many calls the trunk may still start today."""
        trunk, spent = self._trunks[name], self._spent.get(name, NOTHING)
        minutes = trunk.minutes_per_day
        if minutes is not None and spent.talked >= timedelta(minutes=minutes):
            return 0
        if trunk.calls_per_day is None:
            return UNLIMITED
        return max(0, trunk.calls_per_day - spent.calls)

    def started(self, name: str) -> None:
        """Note that a call leaves on a trunk."""
        spent = self._spent.get(name, NOTHING)
        self._spent[name] = Spent(spent.calls + 1, spent.talked)

    def ended(self, attempts: Iterable[Attempt]) -> None:
        """Note how long the attempts that are over have talked."""
        for attempt in attempts:
            if attempt.trunk and attempt.answered_at and attempt.ended_at:
                spent = self._spent.get(attempt.trunk, NOTHING)
                talked = spent.talked + (attempt.ended_at - attempt.answered_at)
                self._spent[attempt.trunk] = Spent(spent.calls, talked)

    @property
    def reached(self) -> frozenset[str]:
        """The trunks by which no campaign may call any more today."""
        return frozenset(name for name in self._trunks if not self.left(name))
