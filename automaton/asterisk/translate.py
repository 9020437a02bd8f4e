"""AMI events to our own, by table; foreign words stop here.

An event that says nothing about an attempt, or that lacks what it needs, is `None`: a
missing fact is repaired by a deadline and by recovery, a wrong one is not.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from automaton.asterisk.link import AmiEvent
from automaton.domain.events import (
    Announced,
    Answered,
    CallEvent,
    CameIn,
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

RING_TIME_OVER = "3"
"""Reason of OriginateResponse; its Hangup looks like a 480 of the network."""

log = structlog.get_logger(__name__)


def translate(told: AmiEvent) -> CallEvent | None:
    """Return what an AMI event says about an attempt."""
    translator = BY_EVENT.get(told.headers.get("event", ""))
    return translator(told) if translator else None


def _originate_response(told: AmiEvent) -> CallEvent | None:
    """Read the verdict by its ActionID.

    Seen on 22.10.1: with a ChannelId the failure of a busy line, of an unknown endpoint
    and of a second call under a living id are the same, Uniqueid included. So it never
    says here that there was no channel: the missing Hangup does.
    """
    attempt = told.headers.get("actionid", "")
    if not attempt:
        return None
    match told.headers.get("response"):
        case "Success":
            return Answered(attempt, told.at)
        case "Failure":
            timed_out = told.headers.get("reason") == RING_TIME_OVER
            return OrderFailed(attempt, told.at, timed_out=timed_out)
    return None


def _dial_state(told: AmiEvent) -> CallEvent | None:
    attempt = told.headers.get("destuniqueid", "")
    state = BY_DIAL_STATUS.get(told.headers.get("dialstatus", ""))
    return state(attempt, told.at) if attempt and state else None


def _hangup(told: AmiEvent) -> CallEvent | None:
    attempt = told.headers.get("uniqueid", "")
    if not attempt:
        return None
    # 0 is "not defined"
    sip = whole(told.headers.get("techcause", "")) or None
    q850 = whole(told.headers.get("cause", "")) or None
    return HungUp(attempt, told.at, sip=sip, q850=q850)


def _user_event(told: AmiEvent) -> CallEvent | None:
    attempt = told.headers.get("attempt", "")
    if told.headers.get("userevent") != "Automaton" or not attempt:
        return None
    fact = told.headers.get("fact", "")
    if fact == "fault":
        log.error("dialplan_fault", attempt=attempt, what=told.headers.get("what"))
    translator = BY_FACT.get(fact)
    return translator(attempt, told) if translator else None


def _key(attempt: str, told: AmiEvent) -> CallEvent | None:
    key, seq = told.headers.get("key", ""), whole(told.headers.get("seq", ""))
    if len(key) != 1 or seq is None:
        log.warning("key_unread", attempt=attempt, next="the journal has it")
        return None
    return KeyPressed(
        attempt,
        told.at,
        key=key,
        seq=seq,
        heard_times=_plays(told),
        heard_seconds=_seconds(told),
    )


def _machine(attempt: str, told: AmiEvent) -> CallEvent:
    return MachineLabelled(attempt, told.at)


def _screened(attempt: str, told: AmiEvent) -> CallEvent:
    return ScreenerLabelled(attempt, told.at)


def _done(attempt: str, told: AmiEvent) -> CallEvent:
    label = told.headers.get("label")
    return Heard(
        attempt,
        told.at,
        _plays(told),
        _seconds(told),
        machine=label == "machine",
        screened=label == "screened",
    )


def _transfer(attempt: str, told: AmiEvent) -> CallEvent:
    return TransferBegan(attempt, told.at, told.headers.get("trunk", ""))


def _transferred(attempt: str, told: AmiEvent) -> CallEvent:
    return TransferEnded(attempt, told.at)


def _came_in(attempt: str, told: AmiEvent) -> CallEvent:
    return CameIn(attempt, told.at, told.headers.get("trunk", ""))


def _line(attempt: str, told: AmiEvent) -> CallEvent | None:
    """Read the packets of sound; a call without any stream tells no number."""
    counts = [whole(told.headers.get(name, "")) for name in ("sent", "received")]
    sent, received = counts
    if sent is None or received is None:
        return None
    return SoundCounted(attempt, told.at, sent, received)


def _plays(told: AmiEvent) -> int:
    return whole(told.headers.get("heard", "")) or 0


def _seconds(told: AmiEvent) -> float:
    """Return seconds of message heard; zero where it is no plain decimal number."""
    text = told.headers.get("seconds", "")
    digits = text.replace(".", "", 1)
    return float(text) if digits.isascii() and digits.isdigit() else 0.0


def whole(text: str) -> int | None:
    """Return a whole number of at most nine digits, or nothing."""
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if is_number else None


BY_EVENT: dict[str, Callable[[AmiEvent], CallEvent | None]] = {
    "OriginateResponse": _originate_response,
    "DialState": _dial_state,
    "UserEvent": _user_event,
    "Hangup": _hangup,
}
BY_DIAL_STATUS: dict[str, type[Rang] | type[Announced]] = {
    "RINGING": Rang,
    "PROGRESS": Announced,
}
BY_FACT: dict[str, Callable[[str, AmiEvent], CallEvent | None]] = {
    "key": _key,
    "machine": _machine,
    "screened": _screened,
    "done": _done,
    "transfer": _transfer,
    "transferred": _transferred,
    "line": _line,
    "came-in": _came_in,
}
