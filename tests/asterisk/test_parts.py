"""A message in parts on a real Asterisk: prompts that are played one after another."""

from __future__ import annotations

import asyncio

import pytest

from tests.asterisk import far_end as far
from tests.asterisk.calls import Call, Record, ring_all
from tests.asterisk.conftest import Exchange

pytestmark = pytest.mark.asterisk

STREET = {
    "parts": Call(far.SILENT, {"PARTS": "codeword.middle-message", "REPEATS": "2"}),
    "not there": Call(
        far.SILENT, {"PARTS": "not-here.../codeword.codeword", "REPEATS": "1"}
    ),
    "key": Call(
        far.PRESSES_1_EARLY, {"MESSAGE": "codeword", "PARTS": "long-message.codeword"}
    ),
    "again": Call(far.HEARS_AGAIN_THEN_1, {"PARTS": "codeword"}),
    "cut": Call(far.QUIET_HANGS_UP, {"MESSAGE": "codeword", "PARTS": "long-message"}),
}


@pytest.fixture(scope="module")
def street(exchange: Exchange) -> dict[str, Record]:
    """The records of all calls, by the names above."""
    return asyncio.run(ring_all(exchange.access, STREET))


def test_parts_of_a_message_are_said_one_after_another_each_time(street):
    record = street["parts"]
    once = ["message", "codeword", "middle-message"]
    asked = ["ask-1", "ask-2", "1"]
    assert record.played[2:] == [*once, *asked, *once, *asked, "goodbye"]
    assert record.done["Heard"] == "2"
    assert float(record.done["Seconds"]) == pytest.approx(2 * 4.6, abs=0.6)


def test_a_part_that_is_not_there_is_left_out(street):
    record = street["not there"]
    assert record.played[2:4] == ["message", "codeword"]
    assert record.done["Heard"] == "1"


def test_a_key_in_a_part_counts_and_ends_the_message(street):
    record = street["key"]
    assert record.keys == ["1"]
    assert record.played[2:] == ["codeword", "long-message", "thanks-1", "goodbye"]
    assert record.done["Heard"] == "0"
    assert 0.4 < float(record.done["Seconds"]) < 2


def test_a_message_in_parts_is_said_again_from_its_first(street):
    record = street["again"]
    assert record.played.count("codeword") >= 2
    assert record.keys == ["1"]


def test_who_hangs_up_in_a_part_has_not_heard_the_whole(street):
    record = street["cut"]
    assert record.done["Heard"] == "0"
    assert float(record.done["Seconds"]) > 0.4
