"""A collectivity is made ready: its registers, its people's accounts, its duty list.

Everything that changes something leaves a line in the audit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from automaton.clock import Clock
from automaton.domain.collectivity import (
    Act,
    Collectivity,
    DutyEntry,
    Register,
    RegisterKind,
    Role,
    User,
)
from automaton.domain.phone import is_region, region_of, to_e164
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.numbers import carrying, written_number
from automaton.settings.trunk import TrunkSettings

FIRST_REGISTER = "alerte"
INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")
POSTAL_CODE = re.compile(r"[0-9]{5}")
LOGIN = re.compile(r"[\w.@-]{1,100}")
LANGUAGES = ("fr", "en")
TIME_ZONES = {
    "GP": "America/Guadeloupe",
    "MQ": "America/Martinique",
    "GF": "America/Cayenne",
    "RE": "Indian/Reunion",
    "YT": "Indian/Mayotte",
    "PM": "America/Miquelon",
    "BL": "America/St_Barthelemy",
    "MF": "America/Marigot",
    "WF": "Pacific/Wallis",
    "PF": "Pacific/Tahiti",
    "NC": "Pacific/Noumea",
}


class HouseBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def add_collectivity(
        self, collectivity: Collectivity, first: Register, act: Act
    ) -> None:
        """Write a collectivity with its first register; refuse a taken name."""
        ...

    def collectivities(self) -> Sequence[Collectivity]:
        """Return every collectivity by name."""
        ...

    def add_register(self, register: Register, act: Act) -> None:
        """Write a register; refuse a taken name."""
        ...

    def registers(self, collectivity_id: str) -> Sequence[Register]:
        """Return the registers of a collectivity by name."""
        ...

    def add_user(self, user: User, act: Act) -> None:
        """Write an account; refuse a taken login."""
        ...

    def users(self, collectivity_id: str) -> Sequence[User]:
        """Return the accounts of a collectivity by login."""
        ...

    def remove_user(self, user_id: str, at: datetime, act: Act) -> None:
        """End an account."""
        ...

    def add_duty_entry(self, entry: DutyEntry, act: Act) -> DutyEntry:
        """Write a number at the end of a duty list; return it with its rank."""
        ...

    def duty_list(self, collectivity_id: str) -> Sequence[DutyEntry]:
        """Return a duty list in the order in which it is rung."""
        ...

    def remove_duty_entry(self, entry_id: str, act: Act) -> None:
        """Take a number off its duty list."""
        ...


@dataclass(frozen=True, slots=True)
class NewCollectivity:
    """What is asked of somebody who adds a collectivity; the rest follows from it."""

    name: str
    insee: str = ""
    postal_code: str = ""
    region: str = ""
    timezone: str = ""
    language: str = "fr"


def add_collectivity(
    book: HouseBook, clock: Clock, new: NewCollectivity, by: str
) -> Collectivity:
    """Add a collectivity with a register for alerts; return it.

    Region and time zone follow from the INSEE or postal code where they are not given.
    """
    region = new.region.upper() or region_of(new.insee or new.postal_code)
    timezone = new.timezone or TIME_ZONES.get(region, "Europe/Paris")
    _check_zone(timezone)
    _check_codes(new.insee, new.postal_code)
    _check_place(region, new.language)
    added = Collectivity(
        id=new_id(),
        name=_named(new.name),
        insee=new.insee,
        postal_code=new.postal_code,
        region=region,
        timezone=timezone,
        language=new.language,
    )
    first = Register(new_id(), added.id, FIRST_REGISTER, RegisterKind.ALERT)
    act = Act(by, clock.now(), "collectivity_added", "collectivity", added.id, added.id)
    book.add_collectivity(added, first, act)
    return added


def find_collectivity(book: HouseBook, asked: str = "") -> Collectivity:
    """Return a collectivity by its id or name; the only one where nothing is asked."""
    everyone = book.collectivities()
    if not asked and len(everyone) == 1:
        return everyone[0]
    for one in everyone:
        if asked == one.id or asked.casefold() == one.name.casefold():
            return one
    raise _not_found("collectivity", asked, [one.name for one in everyone])


@dataclass(frozen=True, slots=True)
class NewRegister:
    """One more list of contacts of a collectivity."""

    collectivity_id: str
    name: str
    kind: RegisterKind = RegisterKind.ALERT


def add_register(book: HouseBook, clock: Clock, new: NewRegister, by: str) -> Register:
    """Add a register to a collectivity; return it."""
    whose = new.collectivity_id
    added = Register(new_id(), whose, _named(new.name), new.kind)
    act = Act(by, clock.now(), "register_added", "register", added.id, whose)
    book.add_register(added, act)
    return added


def find_register(book: HouseBook, collectivity_id: str, asked: str = "") -> Register:
    """Return a register by its id or name; the only one where nothing is asked."""
    everyone = book.registers(collectivity_id)
    if not asked and len(everyone) == 1:
        return everyone[0]
    for one in everyone:
        if asked == one.id or asked.casefold() == one.name.casefold():
            return one
    raise _not_found("register", asked, [one.name for one in everyone])


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person who gets an account."""

    collectivity_id: str
    login: str
    name: str
    role: Role = Role.OPERATOR


def add_user(book: HouseBook, clock: Clock, new: NewUser, by: str) -> User:
    """Add an account; return it."""
    login = _named(new.login).casefold()
    if not LOGIN.fullmatch(login):
        raise RequestError(
            f"« {login} » is no account: write one word of letters, digits and . _ - @",
            error_id="bad_login",
        )
    added = User(new_id(), new.collectivity_id, login, _named(new.name), new.role)
    act = Act(by, clock.now(), "user_added", "user", added.id, new.collectivity_id)
    book.add_user(added, act)
    return added


def remove_user(
    book: HouseBook, clock: Clock, collectivity_id: str, login: str, by: str
) -> User:
    """End an account; return it as it was."""
    everyone = book.users(collectivity_id)
    for user in everyone:
        if login.casefold() in (user.login, user.id):
            at = clock.now()
            act = Act(by, at, "user_removed", "user", user.id, collectivity_id)
            book.remove_user(user.id, at, act)
            return user
    raise _not_found("user", login, [user.login for user in everyone])


@dataclass(frozen=True, slots=True)
class NewDutyNumber:
    """A telephone for a duty list, as people write it; one of `trunks` must dial it."""

    collectivity: Collectivity
    name: str
    number: str
    trunks: tuple[TrunkSettings, ...] = ()


def add_duty_number(
    book: HouseBook, clock: Clock, new: NewDutyNumber, by: str
) -> DutyEntry:
    """Put a telephone at the end of a duty list; return it with its rank.

    `RequestError` for a number that no trunk may dial, and for an emergency number.
    """
    whose = new.collectivity.id
    e164 = written_number(new.number, new.collectivity.region, new.trunks)
    if new.trunks:
        carrying(new.trunks, e164)
    if any(entry.e164 == e164 for entry in book.duty_list(whose)):
        raise RequestError("This number is on the duty list.", error_id="exists")
    entry = DutyEntry(new_id(), whose, 0, _named(new.name), e164)
    act = Act(by, clock.now(), "duty_number_added", "duty_entry", entry.id, whose)
    return book.add_duty_entry(entry, act)


def undiallable_duty_numbers(
    entries: Sequence[DutyEntry], trunks: Sequence[TrunkSettings]
) -> tuple[DutyEntry, ...]:
    """Return what of a duty list no trunk may dial any more."""
    return tuple(
        entry
        for entry in entries
        if not any(trunk.allowed.names(entry.e164) for trunk in trunks)
    )


def remove_duty_number(
    book: HouseBook, clock: Clock, collectivity: Collectivity, asked: str, by: str
) -> DutyEntry:
    """Take a telephone off a duty list, by name, number or id; return it as it was."""
    entry = find_duty_number(book, collectivity, asked)
    done = ("duty_number_removed", "duty_entry", entry.id)
    book.remove_duty_entry(entry.id, Act(by, clock.now(), *done, collectivity.id))
    return entry


def find_duty_number(
    book: HouseBook, collectivity: Collectivity, asked: str
) -> DutyEntry:
    """Return a telephone of a duty list; `RequestError` unless exactly one is meant."""
    everyone = book.duty_list(collectivity.id)
    known = {
        asked.casefold(),
        asked.replace(" ", ""),
        _number(asked, collectivity.region),
    }
    meant = [e for e in everyone if known & {e.id, e.name.casefold(), e.e164}]
    if not meant:
        raise _not_found("duty entry", asked, [entry.name for entry in everyone])
    if len(meant) > 1:
        raise RequestError(
            f"« {asked} » stands {len(meant)} times on the duty list: name the number.",
            error_id="duty_ambiguous",
        )
    return meant[0]


def _number(written: str, region: str) -> str:
    try:
        return to_e164(written, region)
    except RequestError:
        return ""


def _check_codes(insee: str, postal_code: str) -> None:
    """Refuse codes that name no place, for they decide how numbers are read."""
    if postal_code and not POSTAL_CODE.fullmatch(postal_code):
        raise RequestError(
            f"« {postal_code} » is no postal code: it has five digits, like 17200.",
            error_id="bad_postal_code",
        )
    if insee and not INSEE.fullmatch(insee):
        raise RequestError(
            f"« {insee} » is no INSEE code: it has five signs, like 17306 or 2A004.",
            error_id="bad_insee",
        )


def _check_place(region: str, language: str) -> None:
    """Refuse a region that nobody numbers, or a language that nobody speaks here."""
    if not is_region(region):
        raise RequestError(
            f"« {region} » is no region: write it like FR or RE.", error_id="bad_region"
        )
    if language not in LANGUAGES:
        raise RequestError(
            f"« {language} » is not spoken here: write fr or en.",
            error_id="bad_language",
        )


def _named(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 100:
        raise RequestError("A name has 1 to 100 characters.", error_id="bad_name")
    return cleaned


def _check_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise RequestError(
            f"« {timezone} » is not a time zone; write it like Europe/Paris.",
            error_id="bad_timezone",
        ) from error


def _not_found(what: str, asked: str, known: Sequence[str]) -> RequestError:
    if not known:
        return RequestError(f"There is no {what} yet.", error_id="not_found")
    some = ", ".join(known[:10])
    wanted = f"called « {asked} »" if asked else "named, and there is not exactly one"
    return RequestError(
        f"There is no {what} {wanted}; known: {some}.", error_id="not_found"
    )
