"""The Originate action, built from an order. Pure: an order in, AMI headers out.

Only opaque ids, numbers and integers travel; what is said lives in prompts that
Asterisk already has. The variables are the contract in `dialplans/CONTRACT.md`.
"""

from __future__ import annotations

import re
from datetime import timedelta

from automaton.asterisk.endpoint import channel_to
from automaton.asterisk.wire import ActionHeaders
from automaton.domain.dialling import EMERGENCY
from automaton.errors import RequestError
from automaton.ports import CallOrder, Person

NUMBER = re.compile(rf"(?!(?:{EMERGENCY})\Z)\+?[0-9]{{3,15}}")
"""What may be dialled or shown, however the trunk writes it; no emergency number."""
OPAQUE = re.compile(r"[0-9A-Za-z_-]{1,128}")
LANGUAGE = re.compile(r"[a-z]{2,8}")
KEYS = re.compile(r"[01239]{1,5}")


def originate(order: CallOrder) -> ActionHeaders:
    """Return the action that places a call; `RequestError` for what must not travel.

    The attempt's id is both ActionID and ChannelId: it is the Uniqueid of every event,
    and Asterisk refuses a second call of that id while the first is alive.
    """
    attempt = checked("attempt id", order.attempt_id, OPAQUE)
    number = checked("number", order.dialled, NUMBER)
    trunk = checked("trunk", order.trunk, OPAQUE)
    action: dict[str, str | list[str]] = {
        "Action": "Originate",
        "ActionID": attempt,
        "ChannelId": attempt,
        "Channel": channel_to(number, trunk),
        "Context": checked("context", order.context, OPAQUE),
        "Exten": "s",
        "Priority": "1",
        "Async": "true",
        "Codecs": "alaw",
        "EarlyMedia": "false",
        "Timeout": str(milliseconds(order.ring)),
        "Variable": [f"AUT_{name}={value}" for name, value in variables(order)],
    }
    if order.caller_id is not None:
        action["CallerID"] = checked("caller ID", order.caller_id, NUMBER)
    return action


def variables(order: CallOrder) -> list[tuple[str, str]]:
    """Return what the dialplan is told, in the names of its contract without `AUT_`."""
    first, *more = order.parts or (order.message,)
    told = [
        ("ATTEMPT", order.attempt_id),
        ("CAMPAIGN", checked("campaign id", order.campaign_id, OPAQUE)),
        ("RECIPIENT", checked("recipient id", order.recipient_id, OPAQUE)),
        ("MESSAGE", checked("prompt", first, OPAQUE)),
        ("MACHINE", or_empty("prompt", order.machine_message)),
        ("CODEWORD", or_empty("prompt", order.codeword)),
        ("LANG", checked("language", order.language, LANGUAGE)),
        ("KEYS", checked("keys", order.keys, KEYS)),
        ("EXERCISE", "1" if order.exercise else ""),
        ("AGAIN", "1" if order.again else ""),
        ("REPEATS", str(order.repeats)),
        ("KEYWAIT", str(whole_seconds(order.key_wait))),
        ("TALK", str(whole_seconds(order.talk))),
        *(_of_person(order.person) if order.person is not None else ()),
    ]
    if more:
        parts = (checked("prompt", part, OPAQUE) for part in more)
        told.append(("PARTS", ".".join(parts)))
    return told


def _of_person(person: Person) -> list[tuple[str, str]]:
    """Return what the dialplan is told of whom key 0 rings."""
    shown = person.caller_id
    return [
        ("PERSON", checked("number", person.dialled, NUMBER)),
        ("PERSONTRUNK", checked("trunk", person.trunk, OPAQUE)),
        ("PERSONLINES", str(person.lines)),
        ("PERSONSHOWN", "" if shown is None else checked("caller ID", shown, NUMBER)),
    ]


def checked(what: str, value: str, pattern: re.Pattern[str]) -> str:
    """Return the value where it has the form that may travel, else `RequestError`."""
    if not pattern.fullmatch(value):
        raise RequestError(
            f"The {what} of a call has a form that Asterisk must not be given",
            error_id="order-malformed",
        )
    return value


def or_empty(what: str, value: str | None) -> str:
    """Return an optional value, empty where there is none."""
    return "" if value is None else checked(what, value, OPAQUE)


def milliseconds(length: timedelta) -> int:
    """Return a duration as Asterisk's ring time."""
    return max(1, length // timedelta(milliseconds=1))


def whole_seconds(length: timedelta) -> int:
    """Return a duration in seconds, rounded, at least one."""
    return max(1, round(length.total_seconds()))
