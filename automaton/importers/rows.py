"""A table of cells in, contacts out, and what is wrong with the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from automaton.domain.contact import Address, Consent, ContactCard, Origin, Reach
from automaton.domain.dialling import is_emergency
from automaton.domain.intake import ContactRow, Fault, Home, Problem, Reading
from automaton.importers.cells import (
    coordinates_in,
    date_in,
    insee_in,
    postcode_in,
    year_in,
)
from automaton.importers.consent import consent_in
from automaton.importers.headings import POINT_COLUMNS, Column
from automaton.importers.points import points_in
from automaton.importers.sheet import Line, Sheet
from automaton.importers.words import language_of, origin_of

# How many characters a register keeps.
LONGEST_NAME = 100
LONGEST_STREET = 200
LONGEST_HOW = 60
LONGEST_NOTES = 10_000
LONGEST_VALUE = 254


def understood(sheet: Sheet, home: Home) -> Reading:
    """Return every row below the headings, taken or refused with its reason."""
    layout = Layout.of(sheet)
    rows: list[ContactRow] = []
    problems: list[Problem] = []
    for line in sheet.lines:
        if not line.broken and not any(map(str.strip, line.cells)):
            continue
        row = Row(line, layout, home)
        if fault := row.refusal():
            problems.append(fault)
        else:
            rows.append(ContactRow(line.number, row.card))
        problems.extend(row.problems)
    return Reading(
        rows=tuple(rows),
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
        headings=layout.known,
        unknown_headings=sheet.unknown,
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each column of one sheet stands."""

    width: int
    known: tuple[tuple[str, str], ...]
    single: dict[Column, int]
    several: dict[Column, tuple[int, ...]]
    points: tuple[tuple[int, Column], ...]

    @classmethod
    def of(cls, sheet: Sheet) -> Layout:
        """Return the layout of a sheet."""
        columns = sheet.columns
        places = {column: sheet.places(column) for column in Column}
        return cls(
            width=len(columns),
            known=tuple(
                (heading, column.value)
                for heading, column in zip(sheet.headings, columns, strict=True)
                if column
            ),
            single={column: found[0] for column, found in places.items() if found},
            several=places,
            points=tuple(
                (i, column)
                for i, column in enumerate(columns)
                if column is not None and column in POINT_COLUMNS
            ),
        )


@dataclass(slots=True)
class Row:
    """One line on its way to a contact; notes the cells that it cannot read."""

    line: Line
    layout: Layout
    home: Home
    problems: list[Problem] = field(default_factory=list)
    card: ContactCard = field(default_factory=lambda: ContactCard(""))

    def refusal(self) -> Problem | None:
        """Read the line into `card`; return why it is refused, else None."""
        cells = self.line.cells
        if self.line.broken:
            return self._refused(Fault.BROKEN_QUOTES)
        if any(cell.strip() for cell in cells[self.layout.width :]):
            return self._refused(Fault.TOO_MANY_CELLS)
        self.card = self._read_card()
        if not self.card.name:
            return self._refused(Fault.NO_NAME)
        if value := too_long(self.card):
            return self._refused(Fault.TOO_LONG, value)
        return None if self.card.points else self._refused(Fault.NO_POINT)

    def _refused(self, fault: Fault, value: str = "") -> Problem:
        return Problem(self.line.number, fault, value, refused=True)

    def _note(self, fault: Fault, value: str) -> None:
        self.problems.append(Problem(self.line.number, fault, value))

    def _read_card(self) -> ContactCard:
        address = self._address()
        last_name = self.text(Column.NAME)
        first_name = self.text(Column.FIRST_NAME)
        return ContactCard(
            last_name=last_name or first_name,
            first_name=first_name if last_name else "",
            address=address,
            points=self._points(address),
            language=self._language(),
            birth_year=self._birth_year(),
            codeword=self.text(Column.CODE_WORD),
            notes=self.text(Column.NOTES, keep_lines=True),
            origin=self._origin(),
            consent=self._consent(),
            groups=self._groups(),
        )

    def text(self, column: Column, *, keep_lines: bool = False) -> str:
        """Return a cell's text, trimmed; "" where there is none."""
        place = self.layout.single.get(column)
        return "" if place is None else self._cell(place, keep_lines=keep_lines)

    def _cell(self, place: int, *, keep_lines: bool = False) -> str:
        cells = self.line.cells
        cell = cells[place] if place < len(cells) else ""
        if not cell:
            return cell
        if not cell.isprintable():
            kept = "\n" if keep_lines else ""
            cell = "".join(c if c.isprintable() or c in kept else " " for c in cell)
        return cell.strip() if keep_lines else " ".join(cell.split())

    def _texts(self, column: Column) -> list[str]:
        cells = (self._cell(place) for place in self.layout.several[column])
        return [cell for cell in cells if cell]

    def _address(self) -> Address:
        number, street = self.text(Column.STREET_NUMBER), self.text(Column.STREET)
        first = " ".join(part for part in (number, street) if part)
        latitude, longitude = self._coordinates()
        return Address(
            street=", ".join(p for p in (first, *self._texts(Column.STREET_MORE)) if p),
            postal_code=self._checked(Column.POSTCODE, postcode_in, Fault.BAD_POSTCODE),
            city=self.text(Column.COMMUNE),
            insee=self._checked(Column.INSEE, insee_in, Fault.BAD_INSEE),
            latitude=latitude,
            longitude=longitude,
        )

    def _checked(
        self, column: Column, check: Callable[[str], str | None], fault: Fault
    ) -> str:
        """Return what a cell holds in our form; note it where it has none."""
        written = self.text(column)
        value = check(written) if written else ""
        if value is None:
            self._note(fault, written)
        return value or ""

    def _coordinates(self) -> tuple[float | None, float | None]:
        written = self.text(Column.LATITUDE), self.text(Column.LONGITUDE)
        if not any(written):
            return None, None
        found = coordinates_in(*written)
        if found is None:
            self._note(Fault.BAD_COORDINATES, " ".join(written))
        return found or (None, None)

    def _points(self, address: Address) -> tuple[Reach, ...]:
        region = self.home.region_at(address.insee or address.postal_code)
        found: dict[Reach, None] = {}
        for place, column in self.layout.points:
            cell = self._cell(place, keep_lines=True)
            for point in points_in(cell, column, region) if cell else ():
                if isinstance(point, Reach):
                    found[point] = None
                else:
                    self._note(_fault_of(point, column), point)
        return tuple(found)

    def _language(self) -> str:
        return self._checked(Column.LANGUAGE, language_of, Fault.BAD_LANGUAGE)

    def _birth_year(self) -> int | None:
        year = self._checked(Column.BIRTH_YEAR, year_in, Fault.BAD_YEAR)
        return int(year) if year else None

    def _origin(self) -> Origin | None:
        origin = self._checked(Column.ORIGIN, origin_of, Fault.BAD_ORIGIN)
        return Origin(origin) if origin else None

    def _consent(self) -> Consent | None:
        by = self.text(Column.CONSENT_BY)
        how, text = self.text(Column.CONSENT_HOW), self.text(Column.CONSENT_TEXT)
        at = self._checked(Column.CONSENT_AT, date_in, Fault.BAD_DATE)
        if not (by or how or text or at):
            return None
        moment = datetime.fromisoformat(at) if at else None
        said = consent_in(by, how, text, moment)
        if said.agreed is None:
            self._note(Fault.BAD_CONSENT, said.text)
        return said

    def _groups(self) -> tuple[str, ...]:
        names = re.split(r"[;,|]", ";".join(self._texts(Column.GROUP)))
        return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _fault_of(point: str, column: Column) -> Fault:
    """Return what is wrong with a written contact point."""
    if column is Column.EMAIL:
        return Fault.BAD_EMAIL
    return Fault.EMERGENCY_NUMBER if is_emergency(point) else Fault.BAD_NUMBER


def too_long(card: ContactCard) -> str:
    """Return the beginning of the first text that a register cannot keep, else ""."""
    consent = card.consent or Consent()
    short = (card.last_name, card.first_name, card.address.city, card.codeword)
    limits = (
        *((text, LONGEST_NAME) for text in (*short, *card.groups)),
        (consent.by, LONGEST_STREET),
        (consent.how, LONGEST_HOW),
        (consent.text, LONGEST_NOTES),
        (card.address.street, LONGEST_STREET),
        (card.notes, LONGEST_NOTES),
        *((point.value, LONGEST_VALUE) for point in card.points),
    )
    return next((text[:30] for text, limit in limits if len(text) > limit), "")
