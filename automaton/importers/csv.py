"""CSV as French and English office programs write it: bytes in, rows out."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice

from automaton.domain.intake import Home, Reading
from automaton.importers.headings import columns_of
from automaton.importers.rows import understood
from automaton.importers.sheet import LINES_ABOVE, Line, sheet_of
from automaton.importers.text import decoded

DELIMITERS = (";", ",", "\t")
# A cell with line breaks is an address or a note; more is a quote never closed.
MOST_LINES_PER_ROW = 30


def read(content: bytes, home: Home) -> Reading:
    """Return what a CSV file says; `RequestError` where it is no file of contacts."""
    text, encoding = decoded(content)
    text, delimiter = _announced(text)
    delimiter = delimiter or _guessed(text)
    sheet = sheet_of(_lines(text, delimiter))
    reading = understood(sheet, home)
    return replace(reading, encoding=encoding, delimiter=delimiter)


def _announced(text: str) -> tuple[str, str]:
    """Take Excel's own first line, `sep=;`, out of the text."""
    first = next(iter(text.splitlines()), "")
    head = first.strip().strip('"').casefold()
    if head.startswith("sep=") and head[4:] in DELIMITERS:
        # The line stays, empty, so that line numbers are the file's.
        return text[len(first) :], head[4:]
    return text, ""


def _guessed(text: str) -> str:
    """Return the delimiter under which most headings are understood."""
    return max(DELIMITERS, key=lambda delimiter: _known_headings(text, delimiter))


def _known_headings(text: str, delimiter: str) -> int:
    head = list(islice(_lines(text, delimiter), LINES_ABOVE))
    counts = (sum(map(bool, columns_of(line.cells))) for line in head)
    return max(counts, default=0)


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    """Yield the rows; one with broken quotes costs itself, not those after it."""
    rows = io.StringIO(text, newline="").readlines()
    at = 0
    while at < len(rows):
        at = yield from _until_broken(rows, at, delimiter)


def _until_broken(
    rows: list[str], start: int, delimiter: str
) -> Generator[Line, None, int]:
    """Yield rows from a line on; return where to go on after a broken one."""
    rest = map(rows.__getitem__, range(start, len(rows)))
    reader = csv.reader(rest, delimiter=delimiter, strict=True)
    begin = start
    try:
        for cells in reader:
            if start + reader.line_num - begin > MOST_LINES_PER_ROW:
                raise csv.Error
            yield Line(begin + 1, cells)
            begin = start + reader.line_num
    except csv.Error:
        yield Line(begin + 1, [], broken=True)
        return begin + 1
    return len(rows)
