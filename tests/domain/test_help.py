"""What those on duty hear of a home that asked for help."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from automaton.domain.help import (
    WORDS,
    HelpAlarm,
    HelpState,
    asks_for_help,
    in_pairs,
    told,
    told_in_short,
)

NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)
ALARM = HelpAlarm(
    *("a", "c", "k", "r", "t"),
    opened_at=NOW,
    campaign="Crue",
    name="Odile Vasseur",
    address="3 quai des Brumes, 17999 Rivemer",
    number="+33199000001",
)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+33199000001", "01 99 00 00 01"),
        ("+262262000001", "02 62 00 00 01"),
        ("+32470000001", "0 03 24 70 00 00 01"),
        ("3117", "3117"),
        ("", ""),
    ],
)
def test_a_number_is_read_in_pairs(number, said):
    assert in_pairs(number) == said


@pytest.mark.parametrize("language", WORDS)
def test_who_where_and_which_number_are_told(language):
    said = told(ALARM, language)
    for part in ("Crue", "Odile Vasseur", "3 quai des Brumes", "01 99 00 00 01"):
        assert part in said
    assert "exerci" not in said
    assert "exerci" in told(replace(ALARM, is_exercise=True), language)


def test_a_language_without_words_of_its_own_is_told_in_french():
    assert told(ALARM, "br") == told(ALARM, "fr")
    assert told_in_short(ALARM, "br") == told_in_short(ALARM, "fr")


def test_what_is_not_known_is_said_to_be_unknown():
    said = told(replace(ALARM, name="", address="", number=""), "en")
    assert said.count("unknown") == 3


def test_in_short_nobody_is_named():
    said = told_in_short(ALARM, "fr")
    assert "01 99 00 00 01" in said
    assert "Vasseur" not in said


def test_it_is_open_until_it_is_closed():
    taken = replace(ALARM, taken_at=NOW, taken_name="Astreinte")
    closed = replace(taken, closed_at=NOW, closed_by="ines")
    states = [one.state for one in (ALARM, taken, closed)]
    assert states == [HelpState.UNTAKEN, HelpState.TAKEN, HelpState.CLOSED]
    assert [one.is_open for one in (ALARM, taken, closed)] == [True, True, False]


def test_key_3_alone_asks_for_help():
    assert asks_for_help("13")
    assert not asks_for_help("12")
