"""Addresses in the order in which somebody walks from door to door."""

from __future__ import annotations

import re
import unicodedata

_HOUSE_NUMBER = re.compile(r"\s*(\d+)\s*((?:bis|ter|quater|[a-d])\b)?[\s,]*", re.I)


def street_key(address: str) -> tuple[str, str, int, str]:
    """Return by what addresses are sorted for a walk: place, street, number, bis."""
    line, _, place = address.partition(",")
    if line.strip().isdecimal() and place:  # « 12, rue des Lilas, 17200 Royan »
        street, _, place = place.partition(",")
        line = f"{line} {street}"
    found = _HOUSE_NUMBER.match(line)
    if found is None:
        return _folded(place), _folded(line), 0, ""
    street = line[found.end() :]
    return _folded(place), _folded(street), int(found[1]), (found[2] or "").lower()


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in plain if c.isascii())
    return " ".join(kept.split())
