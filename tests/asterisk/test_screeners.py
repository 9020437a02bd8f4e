"""Who asks who calls, and who speaks where a machine would listen: by real calls."""

from __future__ import annotations

import asyncio

import pytest

from tests.asterisk import far_end as far
from tests.asterisk.calls import Call, Record, ring_all
from tests.asterisk.conftest import Exchange

pytestmark = pytest.mark.asterisk

STREET = {
    "asks for a key": Call(far.ASKS_FOR_A_KEY, {"MESSAGE": "long-message"}),
    "asks for a name": Call(far.ASKS_FOR_A_NAME, {"MESSAGE": "long-message"}),
    "somebody after the beep": Call(
        far.MACHINE_THEN_SOMEBODY, {"MESSAGE": "long-message", "KEYWAIT": "6"}
    ),
    "goes on": Call(
        far.SPEAKS_LONG_AND_GOES_ON,
        {"MESSAGE": "middle-message", "MACHINE": "long-message", "REPEATS": "1"},
    ),
}


@pytest.fixture(scope="module")
def street(exchange: Exchange) -> dict[str, Record]:
    """The records of all calls, by the names above."""
    return asyncio.run(ring_all(exchange.access, STREET))


def test_screener_that_asks_twice_in_the_same_words_is_told_as_such(street):
    record = street["asks for a key"]
    assert [fact["Fact"] for fact in record.facts] == ["screened", "done"]
    assert record.done["Label"] == "screened"
    assert record.played.count("long-message") >= 2


def test_screener_that_listens_and_speaks_again_is_told_and_who_comes_is_warned(street):
    record = street["asks for a name"]
    assert [fact["Fact"] for fact in record.facts] == [
        "machine",
        "screened",
        "key",
        "done",
    ]
    assert record.done["Label"] == "screened"
    after = record.played[record.played.index("short-text") :]
    assert after.count("long-message") == 2
    assert record.keys == ["1"]


def test_what_goes_on_over_the_text_for_machines_is_a_person_and_is_warned(street):
    record = street["goes on"]
    assert [fact["Fact"] for fact in record.facts] == ["done"]
    assert record.done["Label"] == "human"
    assert record.done["Heard"] == "1"
    after = record.played[record.played.index("long-message") :]
    assert "middle-message" in after


def test_who_speaks_after_a_beep_hears_the_message_and_it_stays_a_machine(street):
    record = street["somebody after the beep"]
    assert [fact["Fact"] for fact in record.facts] == ["machine", "done"]
    after = record.played[record.played.index("short-text") :]
    assert after.count("long-message") == 1
