"""The officers' door: a short number and a code in, an officer or a refusal out.

A try counts as one in vain before it is looked at, so that many at once gain nothing.
An unknown short number costs the same work and the same waits as a known one. The
console speaks the answer after its `wait`, right or wrong, and counts three tries a
call; what a locked caller types is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import Act
from automaton.domain.errand import CODE_GUESSED, RING_BACK
from automaton.domain.officer import (
    ANONYMOUS,
    RING_BACK_PAUSE,
    Entered,
    Knock,
    Officer,
    Refused,
    Standing,
    is_short_number,
    is_to_be_told,
    lock_of,
    wait_of,
)
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.hashing import is_code_of
from automaton.store.chain import DAEMON
from automaton.store.errands import Errand
from automaton.store.people.officers import Begun

ENTERED, REFUSED, TURNED_AWAY = (
    "officer_entered",
    "officer_refused",
    "officer_turned_away",
)
NOBODY = ""
_EXTENSION = re.compile(r"[0-9]{3,6}")


class DoorBook(Protocol):
    """What the door needs of the store; each method is one transaction."""

    def officers(self, collectivity_id: str) -> Sequence[Officer]:
        """Return the officers of a collectivity by short number."""
        ...

    def begin_try(self, try_id: str, knock: Knock, now: datetime) -> Begun:
        """Note a try before it is looked at; `RequestError` without a collectivity."""
        ...

    def note_right(self, try_id: str, knock: Knock, act: Act) -> None:
        """Forget a try that was right; who came in stands in the audit."""
        ...

    def note_wrong(
        self, try_id: str | None, act: Act, errand: Errand | None = None
    ) -> None:
        """Write into the audit that somebody was turned away; leave an errand."""
        ...

    def ring_back(
        self, officer: Officer, errand: Errand, act: Act, pause: timedelta
    ) -> bool:
        """Leave the errand of ringing an officer; False where that was just done."""
        ...


def enter(book: DoorBook, clock: Clock, knock: Knock) -> Entered | Refused:
    """Look at what somebody typed at the door; takes about 0.1 s."""
    knock, now = _understood(knock), clock.now()
    begun = book.begin_try(new_id(), knock, now)
    if begun.try_id is None:
        return _turned_away(book, knock, begun.standing, now)
    is_right = is_code_of(knock.code, begun.code)
    wait = wait_of(knock, begun.standing)
    if is_right and begun.officer is not None:
        book.note_right(begun.try_id, knock, _act(ENTERED, begun, knock, now))
        return Entered(begun.officer, wait)
    errand = _alarm(begun, now) if is_to_be_told(begun.standing, now) else None
    refused = _act(REFUSED, begun, knock, now)
    book.note_wrong(begun.try_id, refused, errand)
    after = replace(begun.standing, by_caller=(*begun.standing.by_caller, now))
    locked_for = lock_of(knock, after, now)
    return Refused(wait, bool(locked_for), locked_for, begun.standing.is_registered)


def ask_ring_back(
    book: DoorBook, clock: Clock, collectivity_id: str, caller: str | None
) -> bool:
    """Ask that the officer be rung whose telephone calls; False where none is.

    At most once in five minutes: whoever forges the number cannot ring it all night.
    """
    number, now = _number(caller), clock.now()
    for one in book.officers(collectivity_id):
        if one.phone is not None and one.phone == number:
            told = {"collectivity": collectivity_id, "officer": one.id}
            errand = Errand(RING_BACK, one.name, now, told)
            about = ("officer_rung_back", "officer", one.id, collectivity_id)
            act = Act(one.name, now, *about)
            return book.ring_back(one, errand, act, RING_BACK_PAUSE)
    return False


def _understood(knock: Knock) -> Knock:
    """Return a knock with its caller in E.164, and nothing that can be no number.

    What is no short number is not kept: it may be a code, typed too early.
    """
    short = knock.short_number if is_short_number(knock.short_number) else NOBODY
    return replace(knock, caller=_number(knock.caller), short_number=short)


def _number(caller: str | None) -> str:
    """Return a caller's number; whatever is none is as good as withheld."""
    if not caller or _EXTENSION.fullmatch(caller):
        return caller or ANONYMOUS
    try:
        return to_e164(caller, "FR")
    except RequestError:
        return ANONYMOUS


def _turned_away(
    book: DoorBook, knock: Knock, standing: Standing, now: datetime
) -> Refused:
    about = (TURNED_AWAY, "officer", NOBODY, knock.collectivity_id)
    book.note_wrong(None, Act(DAEMON, now, *about))
    return Refused(is_last=True, locked_for=lock_of(knock, standing, now))


def _alarm(begun: Begun, now: datetime) -> Errand:
    told = {"collectivity": begun.owner.id, "name": begun.owner.name}
    return Errand(CODE_GUESSED, DAEMON, now, told)


def _act(action: str, begun: Begun, knock: Knock, now: datetime) -> Act:
    """Return the line of the audit: who is meant where that is known, never a code."""
    officer = begun.officer
    by = officer.name if officer and action == ENTERED else DAEMON
    subject_id = NOBODY if officer is None else officer.id
    return Act(by, now, action, "officer", subject_id, knock.collectivity_id)
