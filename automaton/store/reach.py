"""Who can be rung for a home, a person or an establishment, and by which numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Table,
    bindparam,
    null,
    select,
)

from automaton.store.audience import is_visible
from automaton.store.columns import Moment
from automaton.store.tables import (
    consents,
    contact_points,
    contacts,
    establishments,
)
from automaton.store.withheld import opted_out

CALLABLE = ("landline", "mobile")
AGREED = "given"


class Kind(StrEnum):
    """What a recipient stands for; the value is its column in `recipients`."""

    HOME = "household_id"
    PERSON = "contact_id"
    INSTITUTION = "establishment_id"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that can be called; `rank` is its place in its owner's order."""

    point_id: str
    e164: str
    rank: int
    is_flagged: bool


@dataclass(slots=True)
class Somebody:
    """A person, or an establishment, with its numbers."""

    id: str
    name: str
    language: str
    codeword_prompt: str | None = None
    numbers: list[Number] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Limits:
    """Who may be rung: everybody, or only those who agreed and did not opt out."""

    only_agreed: bool = False
    agreed: frozenset[str] = frozenset()
    opted_out: frozenset[str] = frozenset()

    def numbers(self, people: Iterable[Somebody]) -> list[Number]:
        """Return the numbers that may be rung, in order, each once."""
        allowed = [
            number
            for somebody in people
            if not self.only_agreed or somebody.id in self.agreed
            for number in somebody.numbers
            if number.e164 not in self.opted_out
        ]
        first: dict[str, Number] = {}
        for number in sorted(allowed, key=lambda one: one.rank):
            first.setdefault(number.e164, number)
        return list(first.values())


def people_of(
    connection: Connection,
    kind: Kind,
    ids: Sequence[str],
    as_of: datetime | None = None,
) -> Mapping[str, list[Somebody]]:
    """Return the people behind each id, who is asked for first coming first.

    `as_of`: without those who were added after that moment.
    """
    asked = _PEOPLE[kind] if as_of is None else _PEOPLE_AS_OF[kind]
    found: defaultdict[str, dict[str, Somebody]] = defaultdict(dict)
    for row in connection.execute(asked, {"ids": ids, "as_of": as_of}):
        owner, id_, first, last, language, codeword, point, e164, rank, flagged = row
        somebody = found[owner].get(id_)
        if somebody is None:
            name = f"{first} {last}".strip()
            somebody = found[owner][id_] = Somebody(id_, name, language, codeword)
        if point is not None:
            somebody.numbers.append(Number(point, e164, rank, flagged is not None))
    return {owner: list(people.values()) for owner, people in found.items()}


def consent_of(
    connection: Connection, collectivity_id: str, people: Sequence[Somebody]
) -> Limits:
    """Return who of these people agreed to information, and who opted out."""
    ids = sorted({somebody.id for somebody in people})
    rows = connection.execute(_CONSENTS, {"ids": ids})
    last = {row.contact_id: row.action for row in rows}
    numbers = [n.e164 for somebody in people for n in somebody.numbers]
    return Limits(
        only_agreed=True,
        agreed=frozenset(id_ for id_, action in last.items() if action == AGREED),
        opted_out=opted_out(connection, collectivity_id, numbers),
    )


def _people(table: Table, owner: str, who: Sequence[Any], as_of: Any) -> Select[Any]:
    """Return a row for each number of each person, in the order of preference."""
    points = contact_points.c
    mine = points.establishment_id if table is establishments else points.contact_id
    order = [contacts.c.rank] if table is contacts else []
    joined = table.outerjoin(
        contact_points, (mine == table.c.id) & points.kind.in_(CALLABLE)
    )
    return (
        select(
            table.c[owner],
            table.c.id,
            *who,
            points.id,
            points.value,
            points.rank,
            points.flagged_at,
        )
        .select_from(joined)
        .where(
            table.c[owner].in_(bindparam("ids", expanding=True)),
            is_visible(table, as_of),
        )
        .order_by(*order, table.c.id, points.rank, points.id)
    )


_NAMED = (
    contacts.c.first_name,
    contacts.c.last_name,
    contacts.c.language,
    contacts.c.codeword_prompt,
)
_TITLED = (
    establishments.c.name,
    establishments.c.contact_name,
    establishments.c.language,
    null(),
)


def _people_by_kind(as_of: Any) -> Mapping[Kind, Select[Any]]:
    return {
        Kind.HOME: _people(contacts, "household_id", _NAMED, as_of),
        Kind.PERSON: _people(contacts, "id", _NAMED, as_of),
        Kind.INSTITUTION: _people(establishments, "id", _TITLED, as_of),
    }


_PEOPLE = _people_by_kind(None)
_PEOPLE_AS_OF = _people_by_kind(bindparam("as_of", type_=Moment()))
_CONSENTS = (
    select(consents.c.contact_id, consents.c.action)
    .where(
        consents.c.contact_id.in_(bindparam("ids", expanding=True)),
        # An import is "recorded" in the journal; that says neither yes nor no.
        consents.c.action != "recorded",
    )
    .order_by(consents.c.at, consents.c.id)
)
