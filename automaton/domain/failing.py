"""Backups that fail: what was done about each place, so that it is done once a day.

A day begins at midnight, or at the latest hour of the daily backup where that was
before: what failed by day is not told of again by night.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

NO_PLACE = ""
"""What keeps a backup from being made at all fails at no place."""

# The moment in an archive's name, folders and files that are there for a while.
_CHANGING = re.compile(r"\d{8}T\d{6}Z|\b(?:new-|back-|tmp)[a-z0-9_]{8}\b")


@dataclass(frozen=True, slots=True)
class Failing:
    """How a place failed last; when a backup was last made up for it in vain.

    `rung_at`: when each collectivity's duty list was told of this very fault: one of
    its telephones rang, or the network answered for it.
    """

    fault: str
    at: datetime
    made_up_at: datetime | None = None
    rung_at: Mapping[str, datetime] = field(default_factory=dict)


Known = Mapping[str, Failing]  # by place


@dataclass(frozen=True, slots=True)
class Today:
    """The day that it is for backups: `now` and `daily_at` in the node's zone."""

    now: datetime
    daily_at: time

    @property
    def hour(self) -> datetime:
        """The latest hour at which a daily backup was due."""
        hour = datetime.combine(self.now.date(), self.daily_at, self.now.tzinfo)
        return hour if hour <= self.now else hour - timedelta(days=1)

    def has(self, at: datetime | None) -> bool:
        """Tell whether a moment is of this day."""
        midnight = datetime.combine(self.now.date(), time.min, self.now.tzinfo)
        return at is not None and min(midnight, self.hour) <= at <= self.now


def missed(last: Mapping[str, datetime | None], today: Today) -> frozenset[str]:
    """Return the places that have no whole backup of the latest hour."""
    return frozenset(
        place for place, at in last.items() if at is None or at < today.hour
    )


def made_up(known: Known, today: Today) -> frozenset[str]:
    """Return the places for which one was made up in vain today."""
    return frozenset(p for p, one in known.items() if today.has(one.made_up_at))


def after(
    known: Known, faults: Mapping[str, str], now: datetime, *, is_made_up: bool
) -> Known:
    """Return what is known after a backup; a place that works again is forgotten.

    Where no backup was made at all, nothing is learnt about the places.
    """
    kept = dict(known) if NO_PLACE in faults else {}
    for place, words in faults.items():
        fault, before = _CHANGING.sub("…", words), known.get(place)
        one = Failing(fault, now, None if before is None else before.made_up_at)
        if before is not None and before.fault == fault:
            one = replace(before, at=now)
        kept[place] = replace(one, made_up_at=now) if is_made_up else one
    return kept


def still(known: Known, last: Mapping[str, datetime | None]) -> Known:
    """Return what has not worked since, as the last whole backups show."""
    latest = max((at for at in last.values() if at is not None), default=None)
    whole = {**last, NO_PLACE: latest}
    return {
        place: one
        for place, one in known.items()
        if (at := whole.get(place)) is None or at <= one.at
    }


def untold(known: Known, collectivity_id: str, today: Today) -> Known:
    """Return what a collectivity's duty list was not rung for today."""
    return {
        place: one
        for place, one in known.items()
        if not today.has(one.rung_at.get(collectivity_id))
    }


def told(
    known: Known, rung_for: Iterable[tuple[str, str]], whose: str, now: datetime
) -> Known:
    """Return what is known once a duty list was rung for faults of places."""
    rung = set(rung_for)
    return {
        place: replace(one, rung_at={**one.rung_at, whose: now})
        if (place, one.fault) in rung
        else one
        for place, one in known.items()
    }
