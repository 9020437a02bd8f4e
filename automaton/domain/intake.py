"""What an importer hands over: rows as understood, and what is wrong with others."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from automaton.domain.contact import ContactCard
from automaton.domain.phone import OVERSEAS, region_of


class Fault(StrEnum):
    """Why a row, or one of its cells, could not be taken."""

    NO_NAME = "no_name"
    NO_POINT = "no_point"
    BROKEN_QUOTES = "broken_quotes"
    TOO_MANY_CELLS = "too_many_cells"
    BAD_NUMBER = "bad_number"
    EMERGENCY_NUMBER = "emergency_number"
    BAD_EMAIL = "bad_email"
    BAD_POSTCODE = "bad_postcode"
    BAD_INSEE = "bad_insee"
    BAD_COORDINATES = "bad_coordinates"
    BAD_YEAR = "bad_year"
    BAD_DATE = "bad_date"
    BAD_ORIGIN = "bad_origin"
    BAD_LANGUAGE = "bad_language"
    BAD_CONSENT = "bad_consent"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong on one line.

    `refused`: the whole row is left out; otherwise only this cell is.
    """

    line: int
    fault: Fault
    value: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One row that was understood, and on which line of the file it begins."""

    line: int
    card: ContactCard


@dataclass(frozen=True, slots=True)
class Reading:
    """One file as understood: each line is in `rows`, or refused in `problems`."""

    rows: tuple[ContactRow, ...]
    problems: tuple[Problem, ...] = ()
    headings: tuple[tuple[str, str], ...] = ()
    unknown_headings: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """What goes without saying in a collectivity's own file: its numbering region."""

    region: str = "FR"

    def region_at(self, code: str) -> str:
        """Return the region of a row with this INSEE or postal code.

        A register of La Réunion may hold a person who lives in Royan.
        """
        french = self.region == "FR" or self.region in OVERSEAS.values()
        known = french and re.fullmatch(r"[0-9][0-9AB][0-9]{3}", code.strip())
        return region_of(code) if known else self.region


Importer = Callable[[bytes, Home], Reading]
