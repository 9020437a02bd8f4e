"""A register is renamed, or removed where no campaign ever was for it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, delete, select, update
from sqlalchemy.exc import IntegrityError

from automaton.domain.collectivity import Register
from automaton.errors import RequestError
from automaton.store.tables import (
    campaigns,
    contacts,
    establishments,
    groups,
    households,
    imports,
    proposals,
    registers,
    scenarios,
)

LEFTOVERS = (proposals, groups, establishments, households, imports)


def rename(connection: Connection, told: Register) -> None:
    """Give a register another name; `RequestError` where it is taken."""
    is_it = registers.c.id == told.id
    try:
        connection.execute(update(registers).where(is_it).values(name=told.name))
    except IntegrityError as error:
        raise RequestError(
            f"There is a register « {told.name} » already.", error_id="exists"
        ) from error


def remove(connection: Connection, gone: Register) -> None:
    """Delete a register; `RequestError` as `refuse_in_use` raises it."""
    refuse_in_use(connection, gone)
    for table in LEFTOVERS:
        connection.execute(delete(table).where(_its(table, gone)))
    connection.execute(delete(registers).where(registers.c.id == gone.id))


def refuse_in_use(connection: Connection, register: Register) -> None:
    """Raise `RequestError` unless a register may be removed: what is in the way."""
    if _any(connection, campaigns, _its(campaigns, register)):
        raise RequestError(
            f"The register {register.name} stays: reports of its campaigns need it. It"
            " can be renamed.",
            error_id="register-campaigns",
        )
    if _any(connection, scenarios, _its(scenarios, register)):
        raise RequestError(
            f"The register {register.name} has scenarios: remove each with automaton"
            " scenario remove, then ask again.",
            error_id="register-scenarios",
        )
    staged = imports.c.state == "staged"
    if _any(connection, imports, _its(imports, register), staged):
        raise RequestError(
            f"An import into the register {register.name} is going on: ask again when"
            " it has ended.",
            error_id="register-import",
        )
    if _any(connection, contacts, _its(contacts, register)):
        raise RequestError(
            f"The register {register.name} has contacts: erase each with automaton"
            " contacts erase, then ask again.",
            error_id="register-contacts",
        )


def _any(connection: Connection, table: Table, *which: ColumnElement[bool]) -> bool:
    asked = select(table.c.id).where(*which).limit(1)
    return connection.execute(asked).first() is not None


def _its(table: Table, register: Register) -> ColumnElement[bool]:
    its: ColumnElement[bool] = table.c.register_id == register.id
    return its
