"""Who may launch by telephone, and how the guessing of codes is slowed and locked.

A lock falls on the caller alone, by steps. What is tried at one short number slows the
answers there, for whoever calls, by no more than a minute: nobody shuts an officer out.
Callers who show no number cannot be told apart, so none of them is locked; once a lock
would fall on them, each waits the whole minute.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ANONYMOUS = ""
TRIES_A_CALL = 3
MEMORY = timedelta(days=1)  # so long a wrong try counts
# After so many wrong tries of one caller within a day: locked for so long.
LOCKS = (
    (3, timedelta(minutes=1)),
    (6, timedelta(minutes=15)),
    (9, timedelta(hours=1)),
    (12, timedelta(hours=24)),
)
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=60)
# So many wrong tries of a collectivity within a day are told to those on duty, and
# again where it goes on after the pause.
TOLD_AFTER = 10
TOLD_AGAIN_AFTER = timedelta(hours=6)
RING_BACK_PAUSE = timedelta(minutes=5)

SHORTEST_CODE, LONGEST_CODE = 6, 12
_SHORT_NUMBER = re.compile(r"[1-9]\d{0,3}")
_CODE = re.compile(rf"[0-9]{{{SHORTEST_CODE},{LONGEST_CODE}}}")
_ROWS = ("01234567890123456789", "98765432109876543210")


@dataclass(frozen=True, slots=True)
class Officer:
    """A person who may launch by telephone; `phone` is rung back, where there is one.

    The hash of the code is not among what is told of an officer.
    """

    id: str
    collectivity_id: str
    short_number: str
    name: str
    phone: str | None = None
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Knock:
    """What somebody at the officers' door has typed.

    `caller` is the number that is shown, None where it is withheld. `is_rung_back`: the
    call is ours, to the officer's own telephone, so nobody has forged its number.
    """

    collectivity_id: str
    caller: str | None
    short_number: str
    code: str = field(repr=False)
    is_rung_back: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What was tried in vain within a day, before this try.

    `by_caller`: the moments of the caller's own tries in their order. `at_number`: how
    many there were at this short number, by anybody; `in_all` at any of the
    collectivity. `told_at`: when those on duty were told last. `is_registered`: the
    caller is an officer's telephone.
    """

    by_caller: Sequence[datetime] = ()
    at_number: int = 0
    in_all: int = 0
    told_at: datetime | None = None
    is_registered: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """The door is open to an officer, told after `wait`."""

    officer: Officer
    wait: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Refused:
    """The door stays shut, told after `wait`; never why.

    `is_last`: the call ends here. `locked_for`: so long this caller is not listened to.
    `may_ring_back`: the caller is an officer's telephone, which may be rung instead.
    """

    wait: timedelta = timedelta()
    is_last: bool = False
    locked_for: timedelta = timedelta()
    may_ring_back: bool = False


def is_short_number(text: str) -> bool:
    """Tell whether something can be a short number: 1 to 4 digits, no 0 in front."""
    return _SHORT_NUMBER.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Tell whether something has the form of a code: 6 to 12 digits."""
    return _CODE.fullmatch(text) is not None


def is_trivial(code: str, short_number: str, phone: str | None = None) -> bool:
    """Tell whether a code is among those that are tried first.

    One digit or block of digits again and again, a row up or down, the short number
    with zeros, a part of the officer's own telephone number.
    """
    sizes = range(1, len(code) // 2 + 1)
    again = any(code == code[:size] * (len(code) // size) for size in sizes)
    in_a_row = any(code in row for row in _ROWS)
    padded = code.strip("0") in {"", short_number.strip("0")}
    return again or in_a_row or padded or code in (phone or "")


def lock_of(knock: Knock, standing: Standing, now: datetime) -> timedelta:
    """Return how long a caller is not listened to, nothing where there is no lock."""
    if knock.is_rung_back or standing.is_registered or knock.caller == ANONYMOUS:
        return timedelta()
    until = locked_until(standing.by_caller)
    return timedelta() if until is None else max(until - now, timedelta())


def locked_until(wrong: Sequence[datetime]) -> datetime | None:
    """Return until when the tries of one caller lock it, None where they are few."""
    ends = [wrong[count - 1] + span for count, span in LOCKS if len(wrong) >= count]
    return max(ends, default=None)


def wait_of(knock: Knock, standing: Standing) -> timedelta:
    """Return how long the answer waits: 1, 2, 4 … 60 s, whatever it is.

    A telephone that we rang ourselves waits for what was tried on it alone.
    """
    if knock.is_rung_back:
        return doubled(len(standing.by_caller))
    if knock.caller == ANONYMOUS and len(standing.by_caller) >= LOCKS[0][0]:
        return LONGEST_WAIT
    return doubled(standing.at_number)


def doubled(wrong: int) -> timedelta:
    """Return the wait after so many wrong tries: nothing, then 1, 2, 4 … 60 s."""
    if not wrong:
        return timedelta()
    doublings = min(wrong - 1, (LONGEST_WAIT // FIRST_WAIT).bit_length())
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def is_to_be_told(standing: Standing, now: datetime) -> bool:
    """Tell whether one more wrong try is to be told to those on duty."""
    if standing.in_all + 1 < TOLD_AFTER:
        return False
    return standing.told_at is None or now - standing.told_at >= TOLD_AGAIN_AFTER
