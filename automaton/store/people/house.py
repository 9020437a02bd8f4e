"""Collectivities with their registers, people with accounts and duty lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from automaton.domain.collectivity import (
    Collectivity,
    Register,
    RegisterKind,
    Role,
    User,
)
from automaton.errors import RequestError
from automaton.store.audience import is_visible
from automaton.store.tables import (
    collectivities,
    contacts,
    registers,
    users,
)

_COLLECTIVITY = (
    collectivities.c.id,
    collectivities.c.name,
    collectivities.c.insee,
    collectivities.c.postal_code,
    collectivities.c.region,
    collectivities.c.timezone,
    collectivities.c.language,
)
_IS_THERE = collectivities.c.removed_at.is_(None)


def add_collectivity(
    connection: Connection, collectivity: Collectivity, at: datetime
) -> None:
    """Write a collectivity; `RequestError` where its name is taken."""
    row = collectivity_row(collectivity) | {"created_at": at}
    _insert_new(connection, collectivities, row, f"collectivity « {row['name']} »")


def collectivity_row(told: Collectivity) -> dict[str, Any]:
    """Return what is written of a collectivity."""
    empty = {"insee": told.insee or None, "postal_code": told.postal_code or None}
    return asdict(told) | empty


def all_collectivities(connection: Connection) -> list[Collectivity]:
    """Return every collectivity that was not removed, by name."""
    asked = select(*_COLLECTIVITY).where(_IS_THERE).order_by(collectivities.c.name)
    return [_collectivity(row) for row in connection.execute(asked)]


def held_collectivity(connection: Connection, collectivity_id: str) -> Collectivity:
    """Return a collectivity, held until the transaction ends; `RequestError` if gone.

    On PostgreSQL nothing of it is added meanwhile; SQLite has one writer.
    """
    is_it = collectivities.c.id == collectivity_id
    asked = select(*_COLLECTIVITY).where(is_it, _IS_THERE).with_for_update()
    row = connection.execute(asked).one_or_none()
    if row is None:
        raise RequestError("There is no such collectivity.", error_id="not_found")
    return _collectivity(row)


def collectivity_of(
    connection: Connection, register_id: str, *, hold: bool = False
) -> Collectivity:
    """Return whose register it is; `RequestError` for one that is not there.

    With `hold` it is not removed before the transaction ends.
    """
    asked = (
        select(*_COLLECTIVITY)
        .join(registers, registers.c.collectivity_id == collectivities.c.id)
        .where(registers.c.id == register_id, _IS_THERE)
    )
    if hold:
        asked = asked.with_for_update(read=True, of=collectivities)
    row = connection.execute(asked).one_or_none()
    if row is None:
        raise RequestError("There is no such register.", error_id="no_register")
    return _collectivity(row)


def _collectivity(row: Any) -> Collectivity:
    id_, name, insee, postal_code, region, timezone, language = row
    return Collectivity(
        id_, name, insee or "", postal_code or "", region, timezone, language
    )


def add_register(connection: Connection, register: Register, at: datetime) -> None:
    """Write a register; `RequestError` where the collectivity has one so named."""
    row = {
        "id": register.id,
        "collectivity_id": register.collectivity_id,
        "name": register.name,
        "kind": register.kind.value,
        "created_at": at,
    }
    _insert_new(connection, registers, row, f"register « {register.name} »")


def registers_of(connection: Connection, collectivity_id: str) -> list[Register]:
    """Return the registers of a collectivity by name, with their sizes."""
    columns = registers.c
    members = (
        select(func.count())
        .select_from(contacts)
        .where(contacts.c.register_id == columns.id, is_visible(contacts))
        .scalar_subquery()
    )
    asked = (
        select(columns.id, columns.collectivity_id, columns.name, columns.kind, members)
        .where(columns.collectivity_id == collectivity_id)
        .order_by(columns.name)
    )
    return [
        Register(id_, whose, name, RegisterKind(kind), count)
        for id_, whose, name, kind, count in connection.execute(asked)
    ]


def add_user(connection: Connection, user: User, at: datetime) -> None:
    """Write an account; `RequestError` where the login is taken."""
    row = {
        "id": user.id,
        "collectivity_id": user.collectivity_id,
        "login": user.login,
        "name": user.name,
        "role": user.role.value,
        "created_at": at,
    }
    _insert_new(connection, users, row, f"user « {user.login} »")


def users_of(connection: Connection, collectivity_id: str) -> list[User]:
    """Return the accounts of a collectivity that were not removed, by login."""
    columns = users.c
    asked = (
        select(
            columns.id,
            columns.collectivity_id,
            columns.login,
            columns.name,
            columns.role,
        )
        .where(columns.collectivity_id == collectivity_id, columns.removed_at.is_(None))
        .order_by(columns.login)
    )
    return [User(*row[:4], Role(row.role)) for row in connection.execute(asked)]


def ended_user(connection: Connection, collectivity_id: str, login: str) -> str | None:
    """Return the id of an account that was ended, None where there is none."""
    asked = select(users.c.id).where(
        _theirs(users, collectivity_id),
        users.c.login == login,
        users.c.removed_at.is_not(None),
    )
    return connection.execute(asked).scalar()


def reopen_user(connection: Connection, user: User) -> None:
    """Open an account again that was ended, with another name and role."""
    again = {"name": user.name, "role": user.role.value, "removed_at": None}
    connection.execute(update(users).where(users.c.id == user.id).values(again))


def remove_user(connection: Connection, user_id: str, at: datetime) -> bool:
    """Mark an account as removed; return whether it was there."""
    is_it = (users.c.id == user_id, users.c.removed_at.is_(None))
    found = connection.execute(update(users).where(*is_it).values(removed_at=at))
    return found.rowcount > 0


def _theirs(table: Table, collectivity_id: str) -> ColumnElement[bool]:
    theirs: ColumnElement[bool] = table.c.collectivity_id == collectivity_id
    return theirs


def _insert_new(
    connection: Connection, table: Table, row: Mapping[str, Any], what: str
) -> None:
    try:
        connection.execute(insert(table), row)
    except IntegrityError as error:
        raise RequestError(
            f"The {what} exists already, or what it belongs to does not.",
            error_id="exists",
        ) from error
