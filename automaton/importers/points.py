"""Cells with telephone numbers and addresses, as contact points."""

from __future__ import annotations

import re
from collections.abc import Iterator

from automaton.domain.contact import PointKind, Reach
from automaton.domain.phone import OVERSEAS_START, to_e164
from automaton.errors import RequestError
from automaton.importers.headings import Column

# In France and overseas the number itself tells a mobile; elsewhere the heading does.
_FRENCH = re.compile(r"\+(?:33|262|508|590|594|596|681|687|689)")
_MOBILE = re.compile(
    r"\+(?:33[67]|(?:262|590|594|596)6(?:9|39)|687[7-9]|689[78]|508[457])"
)
_METROPOLITAN = re.compile(r"0[1-9]\d{8}")
_SIGNS = str.maketrans("", "", " .-/\u00a0\u202f")
_SEPARATORS = re.compile(r"[/;,|\n\r]+|\s+(?:ou|et|or|and)\s+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>(),;:\"\\]+@[^\s@<>(),;:\"\\]+\.[^\s@<>(),;:\"\\.]{2,}")

_KINDS = {
    Column.SMS: PointKind.SMS,
    Column.FAX: PointKind.FAX,
    Column.EMAIL: PointKind.EMAIL,
}


def points_in(cell: str, column: Column, region: str) -> Iterator[Reach | str]:
    """Yield the contact points of one cell; what is none comes back as it was."""
    if column is Column.EMAIL:
        parts = (part for part in re.split(r"[\s,;|]+", cell) if part)
        yield from (_email(part) or part for part in parts)
        return
    for written in _separate(cell, region):
        number = number_in(written, region)
        yield Reach(kind_of(number, column), number) if number else written


def _separate(cell: str, region: str) -> list[str]:
    """Return the numbers in a cell: a slash may stand between two, or inside one."""
    if number_in(cell, region):
        return [cell]
    return [part.strip() for part in _SEPARATORS.split(cell) if part.strip()]


def number_in(written: str, region: str) -> str:
    """Return a written number in E.164, "" where it is none.

    The first lines are a short cut for the form that nearly every cell has.
    """
    digits = written.translate(_SIGNS)
    if (
        region == "FR"
        and _METROPOLITAN.fullmatch(digits)
        and not OVERSEAS_START.match(digits, 1)
    ):
        return f"+33{digits[1:]}"
    # Letters would be read as on a keypad: "3615 ULLA", or Excel's "2,6E+08".
    if re.search(r"[^\W\d_]", written):
        return ""
    try:
        return to_e164(written, region)
    except RequestError:
        return ""


def kind_of(number: str, column: Column) -> PointKind:
    """Return what kind of contact point a number under a heading is."""
    if kind := _KINDS.get(column):
        return kind
    if _FRENCH.match(number):
        mobile = _MOBILE.match(number) is not None
    else:
        mobile = column is Column.MOBILE
    return PointKind.MOBILE if mobile else PointKind.LANDLINE


def _email(written: str) -> Reach | None:
    if not _EMAIL.fullmatch(written):
        return None
    local, _, domain = written.partition("@")
    return Reach(PointKind.EMAIL, f"{local}@{domain.lower()}")
