"""Single cells in our form: codes, places, years, dates; None where they have none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import isfinite

_DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y")
_YEAR = re.compile(r"(?<!\d)(?:18[89]|19\d|20\d)\d(?!\d)", re.ASCII)


def postcode_in(written: str) -> str | None:
    """Return a postal code; a spreadsheet makes 1000 of 01000."""
    code = written.replace(" ", "")
    if code.isascii() and code.isdigit():
        return code.zfill(5) if len(code) == 4 else code[:10]
    return code if re.fullmatch(r"[A-Za-z0-9-]{3,10}", code) else None


def insee_in(written: str) -> str | None:
    """Return an INSEE code of a commune, with the zero that spreadsheets lose."""
    code = written.replace(" ", "").upper().zfill(5)
    return code if re.fullmatch(r"[0-9][0-9AB][0-9]{3}", code) else None


def coordinates_in(latitude: str, longitude: str) -> tuple[float, float] | None:
    """Return WGS 84 degrees, written with a point or a comma."""
    try:
        north, east = (float(t.replace(",", ".")) for t in (latitude, longitude))
    except ValueError:
        return None
    if not (isfinite(north) and isfinite(east)):
        return None
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 else None


def year_in(written: str) -> str | None:
    """Return the year of "1938", "12/03/1938" or "1938-03-12"."""
    found = _YEAR.search(written)
    return found.group() if found else None


def date_in(written: str) -> str | None:
    """Return a date in ISO form, midnight UTC; days come before months."""
    day = written.partition(" ")[0].partition("T")[0]
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(day, form).replace(tzinfo=UTC).isoformat()
        except ValueError:
            continue
    return None
