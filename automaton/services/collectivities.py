"""A collectivity is added, with a register for alerts, and found again.

Everything that changes something leaves a line in the audit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from zoneinfo import ZoneInfo

from automaton.clock import Clock
from automaton.domain.collectivity import Act, Collectivity, Register, RegisterKind
from automaton.domain.phone import is_region, region_of
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.naming import cleaned_name, not_found

FIRST_REGISTER = "alerte"
INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")
POSTAL_CODE = re.compile(r"[0-9]{5}")
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


class CollectivityBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def add_collectivity(
        self, collectivity: Collectivity, first: Register, act: Act
    ) -> None:
        """Write a collectivity with its first register; refuse a taken name."""
        ...

    def collectivities(self) -> Sequence[Collectivity]:
        """Return every collectivity by name."""
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
    book: CollectivityBook, clock: Clock, new: NewCollectivity, by: str
) -> Collectivity:
    """Add a collectivity with a register for alerts; return it.

    Region and time zone follow from the INSEE or postal code where they are not given.
    """
    region = new.region.upper() or region_of(new.insee or new.postal_code)
    added = checked(
        Collectivity(
            id=new_id(),
            name=new.name,
            insee=new.insee,
            postal_code=new.postal_code,
            region=region,
            timezone=new.timezone or zone_of_region(region),
            language=new.language,
        )
    )
    refuse_taken(book, added)
    first = Register(new_id(), added.id, FIRST_REGISTER, RegisterKind.ALERT)
    act = Act(by, clock.now(), "collectivity_added", "collectivity", added.id, added.id)
    book.add_collectivity(added, first, act)
    return added


def find_collectivity(book: CollectivityBook, asked: str = "") -> Collectivity:
    """Return a collectivity by its id or name; the only one where nothing is asked."""
    everyone = book.collectivities()
    if not asked and len(everyone) == 1:
        return everyone[0]
    for one in everyone:
        if asked == one.id or asked.casefold() == one.name.casefold():
            return one
    raise not_found("collectivity", asked, [one.name for one in everyone])


def zone_of_region(region: str) -> str:
    """Return the time zone of a region, that of Paris where it is not told apart."""
    return TIME_ZONES.get(region, "Europe/Paris")


def checked(told: Collectivity) -> Collectivity:
    """Return a collectivity, its name cleaned; `RequestError` for what cannot be."""
    _check_zone(told.timezone)
    _check_codes(told.insee, told.postal_code)
    _check_place(told.region, told.language)
    return replace(told, name=cleaned_name(told.name))


def refuse_taken(book: CollectivityBook, told: Collectivity) -> None:
    """Refuse a name that another collectivity has: neither could be called by it."""
    for one in book.collectivities():
        if one.id != told.id and one.name.casefold() == told.name.casefold():
            raise RequestError(
                f"There is a collectivity « {one.name} » already.", error_id="exists"
            )


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


def _check_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise RequestError(
            f"« {timezone} » is not a time zone; write it like Europe/Paris.",
            error_id="bad_timezone",
        ) from error
