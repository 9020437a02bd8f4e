"""Entries of the journal of calls that came in: read by their form, else left."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from automaton.asterisk.call_in_journal import entry
from automaton.ports import CallInKey

NAME = "/automaton-in/1700000000.12/1"
OLDER = "1|automaton|+33199000100|0199000042|1|1768467600"
FLOOD = "01a206e7-290e-77c2-9fcb-fed54248a07e"
VALUE = f"2{OLDER[1:]}|{FLOOD}"


@pytest.mark.parametrize(("value", "campaign"), [(VALUE, FLOOD), (OLDER, "")])
def test_an_entry_is_read(value: str, campaign: str) -> None:
    at = datetime(2026, 1, 15, 9, tzinfo=UTC)
    told = ("automaton", "+33199000100", "0199000042", "1")
    assert entry(NAME, value) == CallInKey("1700000000.12", 1, *told, at, campaign)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("/automaton/1700000000.12/1", VALUE),
        ("/automaton-in/1700000000.12", VALUE),
        ("/automaton-in/17 00/1", VALUE),
        ("/automaton-in/1700000000.12/01", VALUE),
        ("/automaton-in/1700000000.12/x", VALUE),
        (NAME, VALUE.replace("2|", "3|", 1)),
        (NAME, VALUE.replace("2|", "1|", 1)),
        (NAME, OLDER.replace("1|", "2|", 1)),
        (NAME, VALUE.replace(FLOOD, "a flood")),
        (NAME, VALUE.replace("|1|", "|12|")),
        (NAME, VALUE.replace("0199000042", "")),
        (NAME, VALUE.replace("0199000042", "0199x")),
        (NAME, VALUE.replace("+33199000100", "")),
        (NAME, VALUE.replace("1768467600", "soon")),
        (NAME, f"{VALUE}|more"),
    ],
)
def test_what_has_another_form_is_left(name: str, value: str) -> None:
    assert entry(name, value) is None
