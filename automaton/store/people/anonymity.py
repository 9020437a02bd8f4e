"""What campaigns keep of an erased person: calls and how they ended, nameless.

A snapshot names a whole home. The others of it stay: those who live there now, and
those whose contact points the snapshot has, wherever they live today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    or_,
    select,
    update,
)

from automaton.domain.attempt import AttemptState
from automaton.domain.recipient import OPEN_RECIPIENT_STATES
from automaton.errors import RequestError
from automaton.store.tables import (
    alarms,
    attempts,
    campaigns,
    contact_points,
    contacts,
    live_numbers,
    recipients,
)

Snapshot = Row[*tuple[Any, ...]]
# What stands where a number, a name and an address stood.
NOBODY = ""
LONGEST_NAME = 250


@dataclass(frozen=True, slots=True)
class Person:
    """Who is taken out: a contact, their home, their contact points."""

    contact_id: str
    household_id: str | None
    point_ids: tuple[str, ...]


def snapshots_of(connection: Connection, person: Person) -> Sequence[Snapshot]:
    """Return every recipient that a campaign made of this person, alone or at home.

    Also of homes that are no more, or where they lived before: by their contact points.
    """
    points = cast(recipients.c.points, Text)
    named: list[ColumnElement[bool]] = [points.contains(i) for i in person.point_ids]
    asked = select(
        recipients.c.id,
        recipients.c.contact_id,
        recipients.c.household_id,
        recipients.c.points,
        recipients.c.address,
        recipients.c.state,
        recipients.c.said,
    ).where(
        or_(
            recipients.c.contact_id == person.contact_id,
            and_(
                recipients.c.household_id.is_not(None),
                recipients.c.household_id == person.household_id,
            ),
            *named,
        )
    )
    return connection.execute(asked).all()


def refuse_while_called(connection: Connection, found: Sequence[Snapshot]) -> None:
    """Raise `RequestError` while a campaign calls this home, or a call still lives."""
    waited = [row.id for row in found if row.state in OPEN_RECIPIENT_STATES]
    if waited:
        raise RequestError(
            f"This home is still to be called by {_campaigns_of(connection, waited)}: "
            "stop that with automaton campaign stop, or wait for its end.",
            error_id="being_called",
        )
    _refuse_while_asking(connection, [row.id for row in found])
    alive = exists().where(
        attempts.c.recipient_id.in_([row.id for row in found]),
        attempts.c.state.not_in([AttemptState.PLANNED, AttemptState.ENDED]),
    )
    if connection.execute(select(alive)).scalar_one():
        raise RequestError(
            "A call to this home has not ended yet: wait a minute and try again.",
            error_id="being_called",
        )


def _refuse_while_asking(connection: Connection, recipient_ids: Sequence[str]) -> None:
    asks = exists().where(
        alarms.c.recipient_id.in_(recipient_ids), alarms.c.closed_at.is_(None)
    )
    if connection.execute(select(asks)).scalar_one():
        raise RequestError(
            "This home has asked for help by key 3: close that with automaton alarm "
            "close, then ask again.",
            error_id="being_called",
        )


def _campaigns_of(connection: Connection, recipient_ids: Sequence[str]) -> str:
    """Return the campaigns of these recipients by name, the first one first."""
    theirs = select(recipients.c.campaign_id).where(recipients.c.id.in_(recipient_ids))
    asked = select(campaigns.c.name).where(campaigns.c.id.in_(theirs))
    names = connection.execute(asked.order_by(campaigns.c.created_at)).scalars()
    return ", ".join(f"« {name} »" for name in names)


def anonymise(connection: Connection, person: Person, found: Sequence[Snapshot]) -> int:
    """Take the person out of these snapshots and of their calls; return how many."""
    calls = 0
    for row in found:
        others, kept = _others(connection, person, row)
        is_it = recipients.c.id == bindparam("of")
        values = {
            "of": row.id,
            "name": others or NOBODY,
            "address": row.address if others else NOBODY,
            "points": kept,
            "codeword_prompt": None,
            "said": None,
        }
        connection.execute(update(recipients).where(is_it), [values])
        mine = alarms.c.recipient_id == row.id
        connection.execute(update(alarms).where(mine).values(note=NOBODY))
        theirs = and_(
            attempts.c.recipient_id == row.id,
            attempts.c.contact_point_id.not_in([point[0] for point in kept]),
        )
        calls += _forget_calls(connection, theirs)
    mine = attempts.c.contact_point_id.in_(person.point_ids)
    return calls + _forget_calls(connection, mine)


def _forget_calls(connection: Connection, which: ColumnElement[bool]) -> int:
    """Forget whom some calls were for; a number that none of them rings is freed."""
    ids = select(attempts.c.id).where(which)
    connection.execute(delete(live_numbers).where(live_numbers.c.attempt_id.in_(ids)))
    nameless = {"e164": NOBODY, "contact_point_id": NOBODY, "keys": ""}
    named = and_(which, attempts.c.contact_point_id != NOBODY)
    return connection.execute(update(attempts).where(named).values(nameless)).rowcount


def _others(
    connection: Connection, person: Person, row: Snapshot
) -> tuple[str, list[Any]]:
    """Return the names of who else a snapshot is of, and their contact points in it."""
    if row.contact_id is not None:
        return "", []
    ids = [point[0] for point in row.points]
    at_home = and_(
        contacts.c.household_id.is_not(None),
        contacts.c.household_id == row.household_id,
    )
    asked = (
        select(
            contacts.c.id,
            contacts.c.first_name,
            contacts.c.last_name,
            contact_points.c.id.label("point"),
        )
        .outerjoin(contact_points, contact_points.c.contact_id == contacts.c.id)
        .where(
            contacts.c.id != person.contact_id,
            or_(at_home, contact_points.c.id.in_(ids)),
        )
        .order_by(contacts.c.rank, contacts.c.id)
    )
    rows = connection.execute(asked).all()
    names = {one.id: f"{one.first_name} {one.last_name}".strip() for one in rows}
    theirs = {one.point for one in rows}
    kept = [point for point in row.points if point[0] in theirs]
    return ", ".join(names.values())[:LONGEST_NAME], kept
