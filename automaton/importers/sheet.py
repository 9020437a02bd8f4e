"""A table of cells with its headings, wherever it was read from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from automaton.errors import RequestError
from automaton.importers.headings import (
    POINT_COLUMNS,
    REPEATABLE,
    Column,
    columns_of,
)

# Titles and empty lines may stand above the headings.
LINES_ABOVE = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One row, and on which line of the file it begins (from 1).

    `broken`: its quotation marks do not match, so that its cells are not known.
    """

    number: int
    cells: list[str]
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows below the headings."""

    headings: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def columns(self) -> tuple[Column | None, ...]:
        """Return the meaning of each column; None where nobody knows it."""
        return columns_of(self.headings)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the headings whose columns are not read."""
        pairs = zip(self.headings, self.columns, strict=True)
        return tuple(heading for heading, column in pairs if heading and not column)

    def places(self, column: Column) -> tuple[int, ...]:
        """Return where a column stands, all of its places where it may repeat."""
        found = tuple(i for i, known in enumerate(self.columns) if known is column)
        return found if column in REPEATABLE else found[:1]


def sheet_of(lines: Iterable[Line]) -> Sheet:
    """Return the table; `RequestError` where no line of headings is found."""
    rows = list(lines)
    for index, line in enumerate(rows[:LINES_ABOVE]):
        if understands(line.cells):
            headings = tuple(_trimmed(line.cells))
            return Sheet(headings, tuple(rows[index + 1 :]))
    raise RequestError(
        "The file has no line of headings with a name (« nom ») and a way to reach "
        "people (« téléphone », « e-mail », …).",
        error_id="no_headings",
    )


def understands(headings: list[str]) -> bool:
    """Tell whether these cells are headings of a file of contacts."""
    columns = columns_of(headings)
    return Column.NAME in columns and not POINT_COLUMNS.isdisjoint(columns)


def _trimmed(headings: list[str]) -> list[str]:
    """Leave out the empty headings at the end, as Excel writes them."""
    cells = [heading.strip() for heading in headings]
    while cells and not cells[-1]:
        cells.pop()
    return cells
