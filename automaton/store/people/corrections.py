"""A collectivity is corrected or removed, unless something still hangs on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from automaton.domain.collectivity import Collectivity
from automaton.errors import RequestError
from automaton.store.people.house import collectivity_row, held_collectivity
from automaton.store.tables import (
    call_ins,
    campaigns,
    collectivities,
    contacts,
    duty_entries,
    establishments,
    groups,
    households,
    imports,
    officer_tries,
    officers,
    opt_outs,
    proofs_of_readiness,
    proposals,
    recordings_left,
    registers,
    scenarios,
    users,
)

OWN = (
    *(opt_outs, duty_entries, officer_tries, officers, scenarios),
    *(proofs_of_readiness, call_ins, recordings_left),
)
LEFTOVERS = (proposals, groups, establishments, households)
NAMED = 5  # so many campaigns are told by name


def correct(connection: Connection, told: Collectivity) -> None:
    """Write what is known of a collectivity anew.

    `RequestError` while a campaign of it is not over, which says its name and keeps
    its hours; for a region by which numbers were read; for a taken name.
    """
    before = held_collectivity(connection, told.id)
    refuse_campaigns(connection, before)
    if told.region != before.region:
        _refuse_read_numbers(connection, before)
    is_it = collectivities.c.id == told.id
    try:
        connection.execute(
            update(collectivities).where(is_it).values(collectivity_row(told))
        )
    except IntegrityError as error:
        raise RequestError(
            f"There is a collectivity « {told.name} » already.", error_id="exists"
        ) from error


def remove(connection: Connection, collectivity_id: str, at: datetime) -> None:
    """Mark a collectivity and its accounts as removed, and free its name.

    Of an account the login stays, by which the audit and reports tell who acted.
    What nobody can reach any more is deleted; its campaigns stay for their reports.
    `RequestError` as `refuse_occupied` raises it.
    """
    gone = held_collectivity(connection, collectivity_id)
    refuse_occupied(connection, gone)
    ended = {"name": "", "removed_at": func.coalesce(users.c.removed_at, at)}
    connection.execute(update(users).where(_theirs(users, gone)).values(ended))
    is_it = collectivities.c.id == gone.id
    freed = {"removed_at": at, "name": f"{gone.name} ({gone.id})"}
    connection.execute(update(collectivities).where(is_it).values(freed))
    clear_removed(connection)


def clear_removed(connection: Connection) -> int:
    """Delete what removed collectivities left; return how many rows that were.

    A restore does it again. The people whom it brought are erased before.
    """
    gone = select(collectivities.c.id).where(collectivities.c.removed_at.is_not(None))
    its_registers = select(registers.c.id).where(registers.c.collectivity_id.in_(gone))
    left = [(table, table.c.register_id.in_(its_registers)) for table in LEFTOVERS]
    left += [(one, one.c.collectivity_id.in_(gone)) for one in OWN]
    found = [connection.execute(delete(table).where(its)) for table, its in left]
    return sum(one.rowcount for one in found)


def refuse_occupied(connection: Connection, whose: Collectivity) -> None:
    """Raise `RequestError` unless a collectivity may be removed: what is in the way."""
    refuse_campaigns(connection, whose)
    staged = imports.c.state == "staged"
    if _count(connection, imports, _in_registers(imports, whose), staged):
        raise RequestError(
            f"An import into a register of {whose.name} is going on: ask again when it"
            " has ended.",
            error_id="collectivity-import",
        )
    people = _count(connection, contacts, _in_registers(contacts, whose))
    if people:
        raise RequestError(
            f"{whose.name} has contacts ({people}): erase each with automaton contacts"
            " erase, then ask again.",
            error_id="collectivity-contacts",
        )


def refuse_campaigns(connection: Connection, whose: Collectivity) -> None:
    """Raise `RequestError` while a collectivity has a campaign that is not over."""
    still_open = campaigns.c.state.not_in(FINAL_CAMPAIGN_STATES)
    asked = select(campaigns.c.name).where(_theirs(campaigns, whose), still_open)
    names = list(connection.execute(asked.order_by(campaigns.c.id)).scalars())
    if names:
        told = ", ".join([*names[:NAMED], *["…"][: len(names) > NAMED]])
        raise RequestError(
            f"{whose.name} has campaigns that are not over ({told}): end each with"
            " automaton campaign stop (the daemon must run), then ask again.",
            error_id="collectivity-campaigns",
        )


def _refuse_read_numbers(connection: Connection, whose: Collectivity) -> None:
    """Refuse another region once numbers were read by this one: they would stay."""
    people = _count(connection, contacts, _in_registers(contacts, whose))
    if people or _count(connection, duty_entries, _theirs(duty_entries, whose)):
        raise RequestError(
            f"Numbers of {whose.name} were read as those of {whose.region} already:"
            " erase its contacts and empty its duty list first, or give --region"
            f" {whose.region}, or add another collectivity.",
            error_id="collectivity-region",
        )


def _count(connection: Connection, table: Table, *which: ColumnElement[bool]) -> int:
    asked = select(func.count()).select_from(table).where(*which)
    return connection.execute(asked).scalar_one()


def _in_registers(table: Table, whose: Collectivity) -> ColumnElement[bool]:
    mine = select(registers.c.id).where(_theirs(registers, whose))
    return table.c.register_id.in_(mine)


def _theirs(table: Table, whose: Collectivity) -> ColumnElement[bool]:
    theirs: ColumnElement[bool] = table.c.collectivity_id == whose.id
    return theirs
