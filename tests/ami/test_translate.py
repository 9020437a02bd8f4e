"""AMI events as Asterisk 22.10.1 told them, and as it might mistell them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from automaton.asterisk.link import AmiEvent
from automaton.asterisk.translate import translate
from automaton.domain.events import (
    Announced,
    Answered,
    CallEvent,
    Heard,
    HungUp,
    KeyPressed,
    MachineLabelled,
    OrderFailed,
    Rang,
    ScreenerLabelled,
    SoundCounted,
    TransferBegan,
    TransferEnded,
)

AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def said(**headers: str) -> CallEvent | None:
    return translate(AmiEvent(AT, headers))


@pytest.mark.parametrize(
    ("headers", "event"),
    [
        (
            {"event": "OriginateResponse", "actionid": "a", "response": "Success"},
            Answered("a", AT),
        ),
        (
            {"event": "OriginateResponse", "actionid": "a", "response": "Failure"}
            | {"reason": "3"},
            OrderFailed("a", AT, timed_out=True),
        ),
        (
            {"event": "OriginateResponse", "actionid": "a", "response": "Failure"}
            | {"reason": "0", "uniqueid": "<null>"},
            OrderFailed("a", AT),
        ),
        (
            {"event": "DialState", "destuniqueid": "a", "dialstatus": "RINGING"},
            Rang("a", AT),
        ),
        (
            {"event": "DialState", "destuniqueid": "a", "dialstatus": "PROGRESS"},
            Announced("a", AT),
        ),
        (
            {"event": "UserEvent", "userevent": "Automaton", "attempt": "a"}
            | {"fact": "key", "key": "1", "seq": "2", "heard": "1", "seconds": "4.25"},
            KeyPressed("a", AT, key="1", seq=2, heard_times=1, heard_seconds=4.25),
        ),
        (
            {"event": "UserEvent", "userevent": "Automaton", "attempt": "a"}
            | {"fact": "machine"},
            MachineLabelled("a", AT),
        ),
        (
            {"event": "UserEvent", "userevent": "Automaton", "attempt": "a"}
            | {"fact": "screened"},
            ScreenerLabelled("a", AT),
        ),
        (
            {"event": "UserEvent", "userevent": "Automaton", "attempt": "a"}
            | {"fact": "done", "heard": "1", "seconds": "12", "label": "screened"},
            Heard("a", AT, heard_times=1, heard_seconds=12.0, screened=True),
        ),
        (
            {"event": "UserEvent", "userevent": "Automaton", "attempt": "a"}
            | {"fact": "done", "heard": "3", "seconds": "12", "label": "machine"},
            Heard("a", AT, heard_times=3, heard_seconds=12.0, machine=True),
        ),
        (
            {"event": "UserEvent", "userevent": "Automaton", "attempt": "a"}
            | {"fact": "line", "codec": "(alaw)", "sent": "210", "received": "0"},
            SoundCounted("a", AT, 210, 0),
        ),
        (
            {"event": "UserEvent", "userevent": "Automaton", "attempt": "a"}
            | {"fact": "transfer", "trunk": "town"},
            TransferBegan("a", AT, "town"),
        ),
        (
            {"event": "UserEvent", "userevent": "Automaton", "attempt": "a"}
            | {"fact": "transferred", "how": "BUSY"},
            TransferEnded("a", AT),
        ),
        (
            {"event": "Hangup", "uniqueid": "a", "cause": "17", "techcause": "486"},
            HungUp("a", AT, sip=486, q850=17),
        ),
        (
            {"event": "Hangup", "uniqueid": "a", "cause": "16"},
            HungUp("a", AT, sip=None, q850=16),
        ),
    ],
)
def test_what_asterisk_says_becomes_a_fact(
    headers: dict[str, str], event: CallEvent
) -> None:
    assert said(**headers) == event


USER: dict[str, str] = {"event": "UserEvent", "userevent": "Automaton", "attempt": "a"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"event": "Newchannel", "uniqueid": "a"},
        {"event": "OriginateResponse", "response": "Success"},
        {"event": "OriginateResponse", "actionid": "a"},
        {"event": "DialState", "dialstatus": "RINGING"},
        {"event": "DialState", "destuniqueid": "a", "dialstatus": "PROCEEDING"},
        {"event": "DialState", "destuniqueid": "a"},
        {"event": "Hangup", "cause": "16"},
        {"event": "UserEvent", "userevent": "Other", "attempt": "a", "fact": "done"},
        {"event": "UserEvent", "userevent": "Automaton", "fact": "done"},
        USER,
        {**USER, "fact": "fault", "what": "prompt-missing"},
        {**USER, "fact": "line", "codec": "", "sent": "", "received": ""},
        {**USER, "fact": "key"},
        {**USER, "fact": "key", "key": "1"},
        {**USER, "fact": "key", "key": "1", "seq": "one"},
        {**USER, "fact": "key", "key": "12", "seq": "1"},
    ],
)
def test_an_event_that_says_too_little_is_no_fact(headers: dict[str, str]) -> None:
    assert said(**headers) is None


@pytest.mark.parametrize(
    "number", ["", "0", "soon", "-1", "1e5", "²", "9" * 10, "1.2.3"]
)
def test_numbers_that_are_none_are_left_out(number: str) -> None:
    assert said(event="Hangup", uniqueid="a", cause=number, techcause=number) == HungUp(
        "a", AT, sip=None, q850=None
    )
    done: Any = said(**USER, fact="done", heard=number)
    assert done.heard_times == 0


@pytest.mark.parametrize("seconds", ["", "long", "1.2.3", "nan", "inf", "²", "."])
def test_seconds_that_are_none_count_nothing(seconds: str) -> None:
    done: Any = said(**USER, fact="done", heard="1", seconds=seconds)
    assert done.heard_seconds == 0.0


def test_a_failure_never_says_by_itself_that_there_was_no_channel() -> None:
    # seen on 22.10.1: 486, an unknown endpoint and a second call under a living id give
    # the same OriginateResponse, so settling by Uniqueid "<null>" would never happen
    # and settling by its presence would end the call that lives
    failed: Any = said(
        event="OriginateResponse",
        actionid="a",
        response="Failure",
        reason="0",
        channel="PJSIP/0199000001@trunk",
        uniqueid="a",
    )
    assert not failed.no_channel
