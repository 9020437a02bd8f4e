"""A call whose time is over, in a real Asterisk: goodbye, and the keys around it."""

from __future__ import annotations

import asyncio

import pytest

from tests.asterisk import far_end as far
from tests.asterisk.calls import Call, Record, ring_all
from tests.asterisk.conftest import Exchange

pytestmark = pytest.mark.asterisk

STREET = {
    "talk is over": Call(far.SILENT, {"MESSAGE": "long-message", "TALK": "4"}),
    "pressed as talk is over": Call(
        far.PRESSES_1_IN_GOODBYE, {"MESSAGE": "long-message", "TALK": "4"}
    ),
    "again as talk is over": Call(
        far.HEARS_AGAIN_IN_GOODBYE, {"MESSAGE": "long-message", "TALK": "4"}
    ),
    "talk over after nine": Call(
        far.PRESSES_9_ONCE, {"KEYS": "19", "MESSAGE": "long-message", "TALK": "5"}
    ),
    "talk over after wrong": Call(
        far.PRESSES_7, {"MESSAGE": "long-message", "TALK": "5"}
    ),
    "presses for ever": Call(
        far.PRESSES_1_FOR_EVER, {"MESSAGE": "long-message", "TALK": "4"}
    ),
    "talk over before thanks": Call(
        far.PRESSES_1_IN_OPENING, {"TALK": "2"}, commit_after=None
    ),
}


@pytest.fixture(scope="module")
def street(exchange: Exchange) -> dict[str, Record]:
    """The records of all calls, by the names above."""
    return asyncio.run(ring_all(exchange.access, STREET))


def test_call_ends_with_a_goodbye_when_its_time_is_over(street):
    record = street["talk is over"]
    assert record.played[-1] == "goodbye"
    assert record.looks[-1].at - record.up_at < 5.2
    assert float(record.done["Seconds"]) == pytest.approx(2.5, abs=0.3)


def test_key_in_the_goodbye_of_a_call_whose_time_is_over_counts(street):
    record = street["pressed as talk is over"]
    assert record.keys == ["1"]
    assert record.played[-3:] == ["goodbye", "thanks-1", "goodbye"]


def test_nothing_is_said_again_once_the_time_is_over(street):
    record = street["again as talk is over"]
    assert record.done["Keys"] == "2"
    assert record.played[-2:] == ["long-message", "goodbye"]
    assert record.played.count("long-message") == 1


def test_what_was_pressed_long_before_is_not_pressed_again_by_the_end_of_time(street):
    nine, wrong = street["talk over after nine"], street["talk over after wrong"]
    assert (nine.keys, nine.done["Keys"]) == ([], "9")
    assert (wrong.keys, wrong.done["Keys"]) == ([], "7")
    assert wrong.played.count("wrong-key") == 1


def test_who_goes_on_pressing_is_thanked_once_on_record_and_the_call_ends(street):
    record = street["presses for ever"]
    assert record.keys == ["1"]
    assert len(record.journal_at_end) == 1
    assert record.played[-1] == "goodbye"


def test_who_pressed_is_thanked_though_the_time_is_over(street):
    record = street["talk over before thanks"]
    assert record.keys == ["1"]
    assert record.played[-2:] == ["thanks-1", "goodbye"]
