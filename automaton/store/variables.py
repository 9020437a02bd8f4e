"""What the variables of a message stand for, for each who is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from automaton.domain.message import variables_of
from automaton.store.reach import Somebody
from automaton.store.tables import contacts, message_texts

LONGEST_NAME = 250


@dataclass(frozen=True, slots=True)
class Said:
    """What is said to one recipient: a value for each variable that has one."""

    name: str
    language: str
    values: Mapping[str, str]


def variables_in(connection: Connection, message_id: str) -> tuple[str, ...]:
    """Return the variables of a message, in whatever language."""
    lists = connection.execute(_PARTS, {"message": message_id}).scalars()
    return variables_of([part for parts in lists for part in parts or ()])


def named(people: Iterable[Somebody]) -> str:
    """Return the names of the people of one recipient, each once."""
    names = dict.fromkeys(somebody.name for somebody in people if somebody.name)
    return ", ".join(names)[:LONGEST_NAME]


def values_by_id(
    connection: Connection,
    rows: Sequence[Row[Any]],
    people: Mapping[str, Sequence[Somebody]],
    variables: Sequence[str],
) -> Mapping[str, Mapping[str, str]]:
    """Return the values of each row of an audience; one that is empty is left out."""
    words: Mapping[str, str] = {}
    if "code_word" in variables:
        everybody = [one.id for some in people.values() for one in some]
        found = connection.execute(_WORDS, {"ids": everybody})
        words = {row.id: row.codeword for row in found}
    return {
        row.id: {
            variable: value
            for variable, value in _values(row, people.get(row.id, ()), words).items()
            if variable in variables and value
        }
        for row in rows
    }


def said_to(
    connection: Connection,
    rows: Sequence[Row[Any]],
    people: Mapping[str, Sequence[Somebody]],
    variables: Sequence[str],
) -> Mapping[str, Said]:
    """Return what is said to each row of an audience, with whom it is said to."""
    values = values_by_id(connection, rows, people, variables)
    found = {}
    for row in rows:
        some = people.get(row.id, ())
        language = some[0].language if some else "fr"
        found[row.id] = Said(named(some) or row.id, language, values[row.id])
    return found


def _values(
    row: Row[Any], people: Sequence[Somebody], words: Mapping[str, str]
) -> dict[str, str]:
    agreed = (words[somebody.id] for somebody in people if somebody.id in words)
    return {
        "name": named(people),
        "street": (row.street or "").strip(),
        "code_word": next(agreed, ""),
    }


_PARTS = select(message_texts.c.parts).where(
    message_texts.c.message_id == bindparam("message")
)
_WORDS = select(contacts.c.id, contacts.c.codeword).where(
    contacts.c.id.in_(bindparam("ids", expanding=True)),
    contacts.c.codeword.is_not(None),
)
