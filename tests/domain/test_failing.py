"""What counts as today's for a backup that fails, and what is forgotten of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from automaton.domain.failing import (
    NO_PLACE,
    Failing,
    Today,
    after,
    made_up,
    missed,
    still,
    told,
    untold,
)

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "noted", "is_todays"),
    [
        pytest.param(at(15, 9), at(14, 9), False, id="the hour itself, a day after"),
        pytest.param(at(15, 9), at(14, 14), False, id="made up after the hour"),
        pytest.param(at(15, 9), at(15, 8, 1), True, id="made up before the hour"),
        pytest.param(at(15, 0, 1), at(14, 9), True, id="by night after the day"),
        pytest.param(at(15, 0, 1), at(14, 8), False, id="before yesterday's hour"),
        pytest.param(at(15, 10), at(15, 9), True, id="an hour ago"),
        pytest.param(at(15, 10), at(15, 11), False, id="a clock that was ahead"),
        pytest.param(at(15, 10), None, False, id="never"),
    ],
)
def test_a_day_begins_at_midnight_or_with_the_hour_that_was_last(
    now: datetime, noted: datetime | None, is_todays: bool
) -> None:
    assert Today(now, time(9)).has(noted) is is_todays


def test_the_latest_hour_is_by_the_clock_of_the_place() -> None:
    night = datetime(2026, 3, 29, 3, 30, tzinfo=PARIS)  # summer time has begun
    assert Today(night, time(9)).hour == datetime(2026, 3, 28, 9, tzinfo=PARIS)


def test_a_place_is_missed_without_a_whole_backup_of_the_hour() -> None:
    last = {"a": at(15, 9), "b": at(15, 8), "c": None}
    assert missed(last, Today(at(15, 12), time(9))) == {"b", "c"}


def test_the_same_fault_stays_the_same_whatever_changes_in_its_words() -> None:
    first = 'dest open "/b/.rivemer-20260115T090000Z.tar.age.part": /d/back-ab12_xyz'
    later = first.replace("20260115T090000Z", "20260116T090001Z").replace(
        "ab12", "zz9a"
    )
    known = after({}, {"a": first}, NOW, is_made_up=True)
    known = told(known, [("a", known["a"].fault)], "rivemer", NOW)
    day = timedelta(days=1)
    again = after(known, {"a": later}, NOW + day, is_made_up=False)
    assert again["a"].rung_at == {"rivemer": NOW}
    assert (again["a"].at, again["a"].made_up_at) == (NOW + day, NOW)


def test_another_fault_is_untold_but_was_made_up_for() -> None:
    today = Today(NOW, time(9))
    known = after({}, {"a": "full"}, NOW, is_made_up=True)
    known = told(known, [("a", "full")], "rivemer", NOW)
    assert untold(known, "rivemer", today) == {}
    assert set(untold(known, "other", today)) == {"a"}
    known = after(known, {"a": "gone"}, NOW, is_made_up=False)
    assert set(untold(known, "rivemer", today)) == {"a"}
    assert made_up(known, today) == {"a"}
    assert told(known, [("a", "full")], "rivemer", NOW) == known


def test_what_works_again_is_forgotten() -> None:
    known = after({}, {"a": "full", "b": "gone"}, NOW, is_made_up=False)
    assert set(after(known, {"a": "full"}, NOW, is_made_up=False)) == {"a"}
    both = after(known, {NO_PLACE: "no age"}, NOW, is_made_up=False)
    assert set(both) == {"a", "b", NO_PLACE}
    assert still(both, {"a": None, "b": NOW}) == both
    later = NOW + timedelta(seconds=1)
    assert still(both, {"a": None, "b": later}) == {"a": Failing("full", NOW)}
