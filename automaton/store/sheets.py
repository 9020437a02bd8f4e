"""Every table as a sheet of plain texts: what is written into an archive, and read.

Moments are ISO 8601 in UTC, truth is `true` or `false`, lists and tables are JSON. The
columns are those that the database has, so that an older one can be read too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    String,
    TableClause,
    column,
    inspect,
    select,
    table,
)
from sqlalchemy.types import TypeEngine

from automaton.store.columns import Moment
from automaton.store.tables import metadata

CHUNK = 500
# Who may be dialled at this moment is made anew from the attempts; who leads the nodes
# and what each of them holds is of the moment too, and so is what was tried in vain at
# the officers' door. Sounds are files of the backup.
LEFT_OUT = frozenset(
    {
        "live_numbers",
        "officer_tries",
        "roles",
        "scopes",
        "slices",
        "sounds",
        "trunk_days",
        "trunk_states",
    }
)

Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its name, its columns, and its rows, which are read as asked for."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]


def sheets(connection: Connection) -> Iterator[Sheet]:
    """Yield every table, those that others refer to first, rows by their key."""
    for bare in bare_tables(connection):
        names = tuple(one.name for one in bare.c)
        yield Sheet(bare.name, names, _rows(connection, bare))


def bare_tables(connection: Connection) -> list[TableClause]:
    """Return the tables as they are in the database, values as they are written."""
    there = inspect(connection)
    names = set(there.get_table_names())
    return [
        bare_table(one.name, {found["name"] for found in there.get_columns(one.name)})
        for one in metadata.sorted_tables
        if one.name in names and one.name not in LEFT_OUT
    ]


def bare_table(name: str, known: set[str] | None = None) -> TableClause:
    """Return one table with plain kinds of columns; `known` leaves the others out."""
    return table(
        name,
        *(
            column(one.name, _plain(one))
            for one in metadata.tables[name].columns
            if known is None or one.name in known
        ),
    )


def parsed(text: str | None, kind: TypeEngine[Any]) -> Any:
    """Return what a text of a sheet stands for."""
    if text is None:
        return None
    if isinstance(kind, Moment):
        return datetime.fromisoformat(text)
    if isinstance(kind, Boolean):
        return text == "true"
    if isinstance(kind, Integer):
        return int(text)
    if isinstance(kind, Float):
        return float(text)
    return json.loads(text) if isinstance(kind, JSON) else text


def _plain(one: Column[Any]) -> TypeEngine[Any]:
    """Return the kind of a column without its meaning: a word is a text."""
    if isinstance(one.type, JSON):
        return JSON(none_as_null=True)
    if isinstance(one.type, Moment | Boolean | Integer | Float):
        return one.type
    return String()


def _rows(connection: Connection, bare: TableClause) -> Iterator[Row]:
    names = [one.name for one in metadata.tables[bare.name].primary_key]
    keys = [bare.c[name] for name in names if name in bare.c]  # an older one has fewer
    asked = select(*bare.c).order_by(*keys)
    found = connection.execution_options(yield_per=CHUNK).execute(asked)
    for row in found:
        yield tuple(map(_text, row))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
