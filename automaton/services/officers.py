"""The officers of a collectivity: who may launch by telephone, with which code.

Codes come in and leave as hashes. Nothing here tells one: no audit, no error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import Act, Collectivity
from automaton.domain.officer import (
    MEMORY,
    Officer,
    is_code,
    is_short_number,
    is_trivial,
)
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.hashing import hashed
from automaton.services.naming import cleaned_name, not_found
from automaton.services.numbers import carrying, written_number
from automaton.settings.trunk import TrunkSettings


class OfficerBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def add_officer(self, officer: Officer, code: str, act: Act) -> None:
        """Write an officer with the hash of a code; refuse a taken short number."""
        ...

    def officers(self, collectivity_id: str) -> Sequence[Officer]:
        """Return the officers of a collectivity by short number."""
        ...

    def change_officer(
        self, officer_id: str, changes: Mapping[str, str | None], act: Act
    ) -> None:
        """Write another hash (`code`) or telephone (`phone`) of an officer."""
        ...

    def remove_officer(self, officer_id: str, act: Act) -> None:
        """Delete an officer."""
        ...

    def unlock(self, act: Act, short_number: str, caller: str) -> int:
        """Forget the tries at a short number or of a caller; return how many."""
        ...

    def tries(self, collectivity_id: str, since: datetime) -> Mapping[str, int]:
        """Return how often each short number was tried in vain since a moment."""
        ...


@dataclass(frozen=True, slots=True)
class NewOfficer:
    """A person who shall launch by telephone, as people write it.

    One of `trunks`, where there are any, must dial `phone`. `spoken` are the languages
    that there are; without a `language` it is the collectivity's.
    """

    collectivity: Collectivity
    short_number: str
    name: str
    code: str = field(repr=False)
    phone: str = ""
    language: str = ""
    trunks: tuple[TrunkSettings, ...] = ()
    spoken: tuple[str, ...] = ("en", "fr")


def add_officer(book: OfficerBook, clock: Clock, new: NewOfficer, by: str) -> Officer:
    """Add an officer; `RequestError` for what is taken, and for a code that is weak."""
    owner = new.collectivity
    name, language = cleaned_name(new.name), new.language or owner.language
    if not is_short_number(new.short_number):
        raise RequestError(
            "A short number is 1 to 9999, without a 0 in front.",
            error_id="short-number",
        )
    if language not in new.spoken:
        known = ", ".join(new.spoken)
        raise RequestError(
            f"« {language} » is not spoken here: {known} are.",
            error_id="officer-language",
        )
    if name.casefold() in (one.name.casefold() for one in book.officers(owner.id)):
        raise RequestError(f"There is an officer {name} already.", error_id="exists")
    phone = _phone(owner, new.phone, new.trunks)
    added = Officer(new_id(), owner.id, new.short_number, name, phone, language)
    refuse_weak(new.code, added)
    act = Act(by, clock.now(), "officer_added", "officer", added.id, owner.id)
    book.add_officer(added, hashed(new.code), act)
    return added


def change_code(
    book: OfficerBook, clock: Clock, officer: Officer, code: str, by: str
) -> None:
    """Give an officer another code; the old one opens nothing any more."""
    refuse_weak(code, officer)
    act = _act(clock, by, "officer_code_changed", officer)
    book.change_officer(officer.id, {"code": hashed(code)}, act)


def change_phone(
    book: OfficerBook,
    clock: Clock,
    collectivity: Collectivity,
    officer: Officer,
    number: str,
    trunks: tuple[TrunkSettings, ...],
    by: str,
) -> Officer:
    """Register another telephone of an officer, or none; return the officer."""
    phone = _phone(collectivity, number, trunks)
    act = _act(clock, by, "officer_phone_changed", officer)
    book.change_officer(officer.id, {"phone": phone}, act)
    return replace(officer, phone=phone)


def remove_officer(book: OfficerBook, clock: Clock, officer: Officer, by: str) -> None:
    """Delete an officer; what was done under the name stays in audit and reports."""
    book.remove_officer(officer.id, _act(clock, by, "officer_removed", officer))


def unlock(
    book: OfficerBook,
    clock: Clock,
    collectivity: Collectivity,
    officer: Officer | None,
    caller: str,
    by: str,
) -> int:
    """Forget what was tried in vain for an officer, or by a caller; return how much.

    `RequestError` where neither is named, or the caller is no number.
    """
    if officer is None and not caller:
        raise RequestError(
            "Say whom to unlock: an officer, or --caller.", error_id="unlock-whom"
        )
    number = to_e164(caller, collectivity.region) if caller else ""
    subject_id = "" if officer is None else officer.id
    about = ("officer_unlocked", "officer", subject_id, collectivity.id)
    act = Act(by, clock.now(), *about)
    short_number = "" if officer is None else officer.short_number
    return book.unlock(act, short_number, number)


def find_officer(book: OfficerBook, collectivity_id: str, asked: str) -> Officer:
    """Return an officer by short number, name or id; `RequestError` without one."""
    everyone = book.officers(collectivity_id)
    for one in everyone:
        if asked.casefold() in (one.short_number, one.name.casefold(), one.id):
            return one
    known = [f"{one.short_number} {one.name}" for one in everyone]
    raise not_found("officer", asked, known)


def tried_today(
    book: OfficerBook, clock: Clock, collectivity_id: str
) -> Mapping[str, int]:
    """Return how often each short number was tried in vain within a day."""
    return book.tries(collectivity_id, clock.now() - MEMORY)


def refuse_weak(code: str, officer: Officer) -> None:
    """Raise `RequestError` for a code of the wrong form, or that is tried first."""
    if not is_code(code):
        raise RequestError("A code is 6 to 12 digits.", error_id="code-form")
    if is_trivial(code, officer.short_number, officer.phone):
        raise RequestError(
            "This code is among those that are tried first: choose another one.",
            error_id="code-trivial",
        )


def _phone(
    owner: Collectivity, number: str, trunks: tuple[TrunkSettings, ...]
) -> str | None:
    if not number:
        return None
    e164 = written_number(number, owner.region, trunks)
    if trunks:
        carrying(trunks, e164)
    return e164


def _act(clock: Clock, by: str, action: str, officer: Officer) -> Act:
    about = (action, "officer", officer.id, officer.collectivity_id)
    return Act(by, clock.now(), *about)
