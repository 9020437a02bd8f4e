"""Files that still name an erased person: reports that were written before."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from pathlib import Path

from automaton.domain.contact import ContactCard

_GAP = r"[\s.()\-/\u00a0\u202f]*"
_COUNTRY = re.compile(r"\+(?:33|262|590|594|596|508|687|689|\d{2})")


def forget_reports(folder: Path, card: ContactCard) -> tuple[Path, ...]:
    """Delete what names this person in the folder of reports; return what it was.

    A report is written anew from the database, which knows them no more.
    """
    named = _names(card)
    gone = [path for path in _files(folder) if named.search(_text(path))]
    for path in gone:
        path.unlink()
    return tuple(gone)


def _files(folder: Path) -> Iterable[Path]:
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink()]


def _text(path: Path) -> str:
    return html.unescape(path.read_bytes().decode("utf-8", "replace"))


def _names(card: ContactCard) -> re.Pattern[str]:
    """Return what finds a name in either order, and a number in any writing."""
    names = [name for name in (card.first_name, card.last_name) if name]
    orders = {r"\s+".join(map(re.escape, n)) for n in (names, names[::-1]) if n}
    values = {_value(point.value) for point in card.points}
    return re.compile("|".join(sorted(orders | values)), re.IGNORECASE)


def _value(value: str) -> str:
    if not value.startswith("+"):
        return re.escape(value)
    return _GAP.join(_COUNTRY.sub("", value))
