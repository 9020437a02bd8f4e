"""What each trunk may still call today: a guard against fraud, alerts included.

The day runs from midnight to midnight in the node's own time zone; what it has brought
so far is read from the database, so that a restart forgives nothing. Nodes that share
a trunk take its calls from one account, some at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from automaton.domain.attempt import Attempt
from automaton.domain.trunk import Spent, Trunk
from automaton.ports import DayShare, DayWish

NOTHING = Spent()
UNLIMITED = 1_000_000
CHUNK = 50  # calls that a node takes for itself: so many are lost with it, at most


class DayCeilings:
    """What campaigns used since midnight, by trunk. The loop's thread only.

    Of several nodes (`is_shared`) each calls only what it has taken for itself before.
    """

    def __init__(
        self, trunks: Sequence[Trunk], zone: str, *, is_shared: bool = False
    ) -> None:
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._zone = ZoneInfo(zone)
        self._spent: dict[str, Spent] = {}
        self._day: date | None = None
        self._is_shared = is_shared
        self._begun: dict[str, Spent] = {}
        self._taken: dict[str, int] = {}
        self._untold: dict[str, timedelta] = {}
        self._used_up: set[str] = set()

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
        self._spent, self._begun = dict(spent), dict(spent)
        self._taken, self._untold, self._used_up = {}, {}, set()

    def wishes(self, wanted: Collection[str]) -> list[DayWish]:
        """Return what is to be told of this day, and taken of it, before we call more.

        What was talked is told once, again where a wish was lost (`take`).
        """
        if self._day is None or not self._is_shared:
            return []
        return [
            self._wish(trunk, trunk.name in wanted)
            for trunk in self._trunks.values()
            if trunk.calls_per_day is not None or trunk.minutes_per_day is not None
        ]

    def _wish(self, trunk: Trunk, is_wanted: bool) -> DayWish:
        assert self._day is not None
        is_short = self._taken.get(trunk.name, 0) < CHUNK / 2
        takes = trunk.calls_per_day is not None and is_wanted and is_short
        return DayWish(
            trunk.name,
            self._day.isoformat(),
            trunk.calls_per_day,
            CHUNK if takes else 0,
            self._untold.pop(trunk.name, timedelta()),
            self._begun.get(trunk.name, NOTHING),
        )

    def take(self, wish: DayWish, share: DayShare | None) -> None:
        """Take what came of a wish; of a lost one only the talk is told again."""
        if self._day is None or wish.day != self._day.isoformat():
            return
        if share is None:
            self._note_talk(wish.trunk, wish.talked)
            return
        self._taken[wish.trunk] = self._taken.get(wish.trunk, 0) + share.calls
        spent = self._spent.get(wish.trunk, NOTHING)
        untold = self._untold.get(wish.trunk, timedelta())
        self._spent[wish.trunk] = Spent(spent.calls, share.talked + untold)
        if wish.calls:
            is_used_up = share.calls == 0
            (self._used_up.add if is_used_up else self._used_up.discard)(wish.trunk)

    def _note_talk(self, name: str, talked: timedelta) -> None:
        self._untold[name] = self._untold.get(name, timedelta()) + talked

    def left(self, name: str) -> int:
        """Return how many calls the trunk may still start today."""
        trunk, spent = self._trunks[name], self._spent.get(name, NOTHING)
        minutes = trunk.minutes_per_day
        if minutes is not None and spent.talked >= timedelta(minutes=minutes):
            return 0
        if trunk.calls_per_day is None:
            return UNLIMITED
        if self._is_shared:
            return self._taken.get(name, 0)
        return max(0, trunk.calls_per_day - spent.calls)

    def started(self, name: str) -> None:
        """Note that a call leaves on a trunk."""
        spent = self._spent.get(name, NOTHING)
        self._spent[name] = Spent(spent.calls + 1, spent.talked)
        self._taken[name] = max(0, self._taken.get(name, 0) - 1)

    def never_left(self, name: str) -> None:
        """Note that the order of a call which was counted stayed here."""
        spent = self._spent.get(name, NOTHING)
        self._spent[name] = Spent(max(0, spent.calls - 1), spent.talked)
        self._taken[name] = self._taken.get(name, 0) + 1

    def ended(self, attempts: Iterable[Attempt]) -> None:
        """Note how long the attempts that are over have talked."""
        for attempt in attempts:
            if attempt.trunk and attempt.answered_at and attempt.ended_at:
                spent = self._spent.get(attempt.trunk, NOTHING)
                talked = spent.talked + (attempt.ended_at - attempt.answered_at)
                self._spent[attempt.trunk] = Spent(spent.calls, talked)
                if self._is_shared:
                    self._note_talk(attempt.trunk, talked - spent.talked)

    @property
    def reached(self) -> frozenset[str]:
        """The trunks by which no campaign may call any more today."""
        return frozenset(
            name
            for name in self._trunks
            if not self.left(name)
            and (not self._is_waiting(name) or name in self._used_up)
        )

    def _is_waiting(self, name: str) -> bool:
        """Tell whether there may be calls that we have not taken for ourselves yet."""
        trunk, spent = self._trunks[name], self._spent.get(name, NOTHING)
        minutes = trunk.minutes_per_day
        is_out = minutes is not None and spent.talked >= timedelta(minutes=minutes)
        return self._is_shared and not is_out
