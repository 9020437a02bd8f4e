"""Which telephone is rung next to prove that it rings, and what was proven last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from automaton.domain.dialling import AllowList
from automaton.domain.readiness import (
    Kind,
    Monthly,
    Phone,
    Proof,
    due,
    latest,
    may_ask,
    month_of,
    proven_phones,
    proven_trunks,
    spoken,
    ways,
)
from automaton.domain.trunk import Trunk
from automaton.domain.window import CallingHours, Window
from tests.domain.builders import attempt

CLAIRE, ASTRID, OURS = "+33639980011", "+33639980012", "+33199000100"
FRENCH = AllowList(("+33",))
LEFT, RIGHT = Trunk("left", 4, allowed=FRENCH), Trunk("right", 4, allowed=FRENCH)
BELGIAN = Trunk("belgian", 4, allowed=AllowList(("+32",)))
FAX = Trunk("fax", 4, allowed=FRENCH, rings=False)
NOON = datetime(2026, 11, 16, 11, tzinfo=UTC)
MONTH, TODAY = month_of(NOON, "Europe/Paris")
OFFICE = CallingHours(
    (Window(frozenset(range(5)), time(10), time(12)),),
    holidays=frozenset([date(2026, 11, 11)]),
)


def phone(e164=CLAIRE, kind=Kind.OFFICER, **more):
    return Phone("c", "Exampleville", kind, "Claire", e164, **more)


def proof(e164=CLAIRE, trunk="left", at=NOON, **more):
    told = {"ended_at": at, "rang": True, "answered": True, "key": True, "sound": True}
    return Proof("p", "c", Kind.OFFICER, e164, trunk, at, **(told | more))


def keys(found):
    return [way.key for way in found]


def test_a_telephone_is_proven_by_each_trunk_that_may_ring_it():
    found = ways([phone(), phone(ASTRID, Kind.DUTY)], (LEFT, BELGIAN, RIGHT, FAX))
    assert keys(found) == [
        (number, trunk) for number in (CLAIRE, ASTRID) for trunk in ("left", "right")
    ]


def test_a_number_of_ours_is_not_called_by_its_own_trunk():
    ours = phone(OURS, Kind.NUMBER, not_by=frozenset(["left"]))
    assert keys(ways([ours], (LEFT, RIGHT))) == [(OURS, "right")]
    assert ways([ours], (LEFT,)) == []


def test_who_is_officer_and_on_duty_is_rung_once():
    found = ways([phone(), phone(kind=Kind.DUTY)], (LEFT,))
    assert [way.phone.kind for way in found] == [Kind.OFFICER]


EARLIER = NOON - timedelta(days=3)


@pytest.mark.parametrize(
    ("before", "is_due"),
    [
        ([], True),
        ([proof(at=EARLIER)], False),
        ([proof(at=EARLIER, key=False, answered=False)], False),
        ([proof(at=EARLIER, rang=False)], True),
        ([proof(at=NOON - timedelta(hours=1), rang=False)], False),
        ([proof(at=EARLIER, rang=False, ended_at=None)], False),
        ([proof(at=MONTH - timedelta(seconds=1))], True),
        ([proof(at=EARLIER, trunk="right")], True),
        ([proof(at=EARLIER, e164=ASTRID)], True),
    ],
    ids=[
        "never",
        "this month",
        "rang in vain",
        "the trunk failed another day",
        "the trunk failed today",
        "nobody knows",
        "last month",
        "by another trunk",
        "another telephone",
    ],
)
def test_nobody_is_rung_twice_in_a_month(before, is_due):
    assert bool(due(ways([phone()], (LEFT,)), before, MONTH, TODAY)) is is_due


@pytest.mark.parametrize(
    ("at", "may"),
    [
        (datetime(2026, 11, 16, 10, tzinfo=UTC), True),
        (datetime(2026, 11, 16, 8, tzinfo=UTC), False),
        (datetime(2026, 11, 15, 10, tzinfo=UTC), False),
        (datetime(2026, 11, 11, 10, tzinfo=UTC), False),
        (datetime(2026, 11, 2, 10, tzinfo=UTC), False),
    ],
    ids=["office hours", "too early", "Sunday", "public holiday", "before the day"],
)
def test_they_are_rung_in_office_hours_from_a_day_of_the_month_on(at, may):
    assert may_ask(Monthly(True, 10, OFFICE), at) is may
    assert not may_ask(Monthly(False, 10, OFFICE), at)


def test_a_month_begins_by_the_local_clock():
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    month, today = month_of(late, "Europe/Paris")
    assert (month, today) == (month, month)
    assert month.isoformat() == "2026-11-01T00:00:00+01:00"


@pytest.mark.parametrize(
    ("changes", "is_proven"),
    [
        ({}, True),
        ({"key": False}, False),
        ({"sound": False}, False),
        ({"sound": None}, False),
        ({"answered": False}, False),
        ({"key": False, "kind": Kind.NUMBER}, True),
        ({"sound": None, "kind": Kind.NUMBER}, False),
    ],
)
def test_it_is_proven_by_an_answer_a_key_and_sound(changes, is_proven):
    assert replace(proof(), **changes).is_proven is is_proven


def test_what_a_call_came_to_is_taken_from_its_attempt():
    called = attempt(keys="1", answered_at=NOON, ended_at=NOON)
    ended = proof(key=False, sound=None).ended(called, rang=True, packets=120)
    assert (ended.key, ended.answered, ended.sound) == (True, True, True)
    assert ended.outcome == "unknown"
    assert proof().ended(called, rang=True, packets=0).sound is False
    assert proof().ended(called, rang=True, packets=None).sound is None


def test_the_last_proof_of_a_trunk_and_of_a_telephone_is_told():
    old, new = proof(at=NOON - timedelta(days=30)), proof(at=NOON)
    failed = proof(at=NOON + timedelta(days=1), key=False)
    all_ = [new, old, failed, proof(ASTRID, "right", key=False)]
    trunks = proven_trunks(all_, ("left", "right"))
    assert trunks == {"left": NOON, "right": None}
    assert proven_phones(all_, {CLAIRE, ASTRID}) == {CLAIRE: NOON, ASTRID: None}
    assert latest(all_)[CLAIRE, "left"] is failed


def test_it_is_said_in_both_languages_whose_automaton_it_is():
    assert "essai mensuel" in spoken("fr", "Royan")
    assert "monthly trial" in spoken("en", "Royan")
    assert spoken("de", "Royan") == spoken("fr", "Royan")
