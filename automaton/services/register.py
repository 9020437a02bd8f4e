"""People in a register: found, shown, handed out on request, erased on request.

Whoever lists people, looks at a whole file, takes it along or erases it leaves a line
in the audit (GDPR, article 5); a copy and the erasure (15, 17) are one command each.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import Act
from automaton.domain.contact import plain
from automaton.domain.roll import ContactFile, ContactPage, Erased, Search
from automaton.services.sheets import harmless
from automaton.voices.cache import PromptCache, PromptId
from automaton.voices.choice import voice_names

LARGEST_PAGE = 1_000


class ContactBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def page(self, search: Search, act: Act) -> ContactPage:
        """Return some contacts by name; that it was asked, and how many, is noted."""
        ...

    def contact_file(self, contact_id: str, act: Act) -> ContactFile:
        """Return everything about one person; `RequestError` where nobody is there."""
        ...

    def erase(self, contact_id: str, act: Act) -> Erased:
        """Delete one person; `RequestError` while a campaign still calls them."""
        ...

    def sweep(self) -> None:
        """Take what was deleted out of the database's files; `LineError` if busy."""
        ...


def list_contacts(
    book: ContactBook, clock: Clock, search: Search, by: str, form: str = "table"
) -> ContactPage:
    """Return a page of contacts; the look is journalled, the words asked for are not.

    `form` tells as what it is handed out: table, json.
    """
    told = (("format", form),)
    where = ("register", search.register_id)
    act = Act(by, clock.now(), "contacts_listed", *where, details=told)
    return book.page(search, act)


def search_for(
    register_id: str, asked: str = "", after: str = "", size: int = 50
) -> Search:
    """Return the question for a page of who has all these words, or this number."""
    words = tuple(plain(asked).split())
    digits = "".join(words)
    is_number = len(digits) >= 4 and digits.isdigit()
    return Search(
        register_id=register_id,
        words=() if is_number else words,
        digits=digits.lstrip("0") if is_number else "",
        after=after,
        limit=max(1, min(size, LARGEST_PAGE)),
    )


def show_contact(
    book: ContactBook, clock: Clock, contact_id: str, by: str
) -> ContactFile:
    """Return everything that is kept of one person; the look is journalled."""
    return book.contact_file(contact_id, _act(clock, "contact_shown", contact_id, by))


@dataclass(frozen=True, slots=True)
class Export:
    """Everything that is kept of one person, to be handed over, in two forms."""

    json: str
    csv: str


def export_contact(book: ContactBook, clock: Clock, contact_id: str, by: str) -> Export:
    """Return what a person may ask for (GDPR, articles 15 and 20)."""
    act = _act(clock, "contact_exported", contact_id, by)
    found = plain_values(book.contact_file(contact_id, act))
    return Export(
        json=json.dumps(found, ensure_ascii=False, indent=2),
        csv=_as_csv(found),
    )


def erase_contact(
    book: ContactBook,
    clock: Clock,
    contact_id: str,
    by: str,
    sounds: PromptCache | None = None,
    recordings: Path | None = None,
) -> Erased:
    """Delete one person; the records of their calls stay, without name and number.

    `RequestError` while a campaign that has not ended would still call them;
    `LineError` where they are erased, but their bytes are not yet out of the files.
    """
    erased = book.erase(contact_id, _act(clock, "contact_erased", contact_id, by))
    if sounds is not None:
        for prompt in erased.prompts:
            sounds.forget(PromptId(prompt))
        for text, language in erased.said:
            sounds.forget_text(text, language, voice_names())
    if recordings is not None:
        for file in erased.recordings:
            (recordings / file).unlink(missing_ok=True)
    book.sweep()
    return replace(erased, said=())


def _act(clock: Clock, action: str, contact_id: str, by: str) -> Act:
    return Act(by, clock.now(), action, "contact", contact_id)


def plain_values(found: ContactFile) -> dict[str, Any]:
    """Return a file as words, numbers and lists; moments in ISO 8601.

    The other people of the home are theirs to ask for: only their number is told.
    """
    return {name: _plain_value(value) for name, value in values_of(found).items()}


def values_of(found: ContactFile) -> dict[str, Any]:
    """Return the same with its moments as they are."""
    return asdict(found) | {"household": len(found.household)}


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain_value(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_value(inner) for inner in value]
    return value


def _as_csv(found: dict[str, Any]) -> str:
    """Return the same as two columns: where in the file, and what."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(("field", "value"))
    for place, value in _leaves("", found):
        writer.writerow((place, harmless(value)))
    return out.getvalue()


def _leaves(place: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        inner = [(f"{place}.{name}".strip("."), v) for name, v in value.items()]
    elif isinstance(value, list):
        inner = [(f"{place}.{index}", v) for index, v in enumerate(value, 1)]
    else:
        return [(place, "" if value is None else str(value))]
    return [leaf for where, v in inner for leaf in _leaves(where, v)]
