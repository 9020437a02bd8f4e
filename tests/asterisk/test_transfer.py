"""Key 0 on a real Asterisk: a person is rung, talks, and the call's menu goes on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from automaton.asterisk.telephone import telephone_at
from automaton.clock import SystemClock
from automaton.ids import new_id
from automaton.ports import CallOrder, Person
from tests.asterisk import far_end as far
from tests.asterisk.calls import Call, Record, ring_all
from tests.asterisk.conftest import Exchange

pytestmark = pytest.mark.asterisk

SHOWN = "0199009999"
MINUTE = timedelta(minutes=1)


def to(person: str, **more: str) -> dict[str, str]:
    """Return what the daemon says where key 0 rings a person."""
    whom = {"PERSON": person, "PERSONTRUNK": "town", "PERSONLINES": "9"}
    return {"KEYS": "120", "KEYWAIT": "3", "PERSONSHOWN": SHOWN} | whom | more


STREET = {
    "talked": Call(far.PRESSES_0_HEARS_5_PRESSES_1, to(far.SAYS_5_HANGS_UP)),
    "busy": Call(far.PRESSES_0_THEN_1, to(far.BUSY)),
    "no line": Call(far.PRESSES_0_THEN_1, to(far.SAYS_5_HANGS_UP, PERSONLINES="0")),
    "no trunk": Call(far.PRESSES_0_THEN_1, to(far.BUSY, PERSONTRUNK="elsewhere")),
    "hangs up": Call(far.PRESSES_0_HANGS_UP, to(far.SILENT)),
    "again and again": Call(far.PRESSES_0_FOUR_TIMES, to(far.BUSY)),
    "not offered": Call(far.PRESSES_0_THEN_1, {"KEYS": "12"}),
}


@pytest.fixture(scope="module")
def street(exchange: Exchange) -> dict[str, Record]:
    """The records of all calls, by the names above."""
    return asyncio.run(ring_all(exchange.access, STREET))


def facts(record: Record) -> list[str]:
    return [fact["Fact"] for fact in record.facts]


def test_two_people_talk_and_the_menu_goes_on(street):
    """What the person sends (5) reaches the home, which only then confirms."""
    record = street["talked"]
    assert facts(record) == ["transfer", "transferred", "key", "done"]
    assert record.facts[0]["Trunk"] == "town"
    assert record.facts[1]["How"] == "ANSWER"
    assert record.keys == ["1"]
    assert record.done["Keys"] == "01"
    assert "nobody-0" not in record.played
    after = record.played[record.played.index("transfer-0") :]
    assert "ask-1" in after
    assert [row.split("|")[4] for row in record.journal_at_end.values()] == ["1"]


@pytest.mark.parametrize("name", ["busy", "no line", "no trunk"])
def test_who_reaches_nobody_hears_so_and_may_still_confirm(street, name):
    record = street[name]
    assert "nobody-0" in record.played
    assert record.keys == ["1"]
    assert "thanks-1" in record.played


def test_without_a_line_nobody_is_rung(street):
    assert facts(street["no line"]) == ["key", "done"]


def test_who_hangs_up_ends_both_calls(street):
    record = street["hangs up"]
    assert facts(record)[-1] == "done"
    assert record.keys == []


def test_a_person_is_rung_three_times_a_call_at_most(street):
    assert facts(street["again and again"]).count("transfer") == 3


def test_key_0_is_a_wrong_key_where_nobody_is_named(street):
    record = street["not offered"]
    assert "wrong-key" in record.played
    assert facts(record) == ["key", "done"]


async def test_a_daemon_that_starts_meanwhile_sees_whom_key_0_has_rung(exchange):
    clock, me = SystemClock(), new_id()
    telephone = telephone_at(exchange.access, clock)
    await telephone.open()
    person = Person("town", far.SAYS_5_HANGS_UP, 9, SHOWN)
    told = (far.PRESSES_0_HEARS_5_PRESSES_1, SHOWN, MINUTE, MINUTE, "message")
    try:
        await telephone.place(
            CallOrder(me, "c", "r", "town", *told, keys="120", person=person)
        )
        found = []
        async with asyncio.timeout(30):
            while not found:
                calls = await telephone.live_calls()
                found = [(c.for_id, c.rung_by) for c in calls if c.for_id]
                await asyncio.sleep(0.05)
        assert found == [(me, "town")]
        assert not any(call.came_by for call in calls)
    finally:
        await telephone.hang_up(me)
        await telephone.close()
