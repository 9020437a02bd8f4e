"""What becomes of people who share a number, once a person decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)

from automaton.domain.collectivity import Act
from automaton.domain.roll import Proposal, ProposalKind, ProposalState
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.store.audience import is_visible
from automaton.store.people.cards import address_values
from automaton.store.people.files import address_of
from automaton.store.people.roll import is_published
from automaton.store.tables import (
    contact_points,
    contacts,
    establishments,
    households,
    proposals,
    recipients,
)


def proposal(connection: Connection, proposal_id: str) -> Proposal:
    """Return one proposal; `RequestError` where it is not there."""
    columns = proposals.c
    asked = select(
        columns.id, columns.kind, columns.e164, columns.contact_ids, columns.state
    ).where(columns.id == proposal_id, is_published(proposals))
    row = connection.execute(asked).one_or_none()
    if row is None:
        raise RequestError("There is no such proposal.", error_id="no_proposal")
    id_, kind, e164, ids, state = row
    return Proposal(id_, ProposalKind(kind), e164, tuple(ids), ProposalState(state))


def decide(
    connection: Connection, decided: Proposal, state: ProposalState, act: Act
) -> None:
    """Note a decision; `RequestError` where somebody decided meanwhile."""
    is_open = proposals.c.state == ProposalState.OPEN.value
    found = connection.execute(
        update(proposals)
        .where(proposals.c.id == decided.id, is_open)
        .values(state=state.value, decided_by=act.by, decided_at=act.at)
    )
    if not found.rowcount:
        raise RequestError("This was decided already.", error_id="proposal_decided")


def join_household(connection: Connection, people: Sequence[str]) -> None:
    """Let people be one household: the home of the first; the others move in.

    A home that nobody lives in any more goes, unless a campaign rang it.
    """
    asked = (
        select(contacts.c.id, contacts.c.household_id, *address_columns())
        .where(contacts.c.id.in_(people), is_visible(contacts))
        .order_by(contacts.c.rank, contacts.c.id)
    )
    found = {row.id: row for row in connection.execute(asked)}
    present = [found[who] for who in people if who in found]
    if len(present) < 2:
        raise RequestError("These people are gone.", error_id="no_contact")
    homes = [row.household_id for row in present if row.household_id]
    home = homes[0] if homes else _new_household(connection, present[0].id)
    connection.execute(
        update(contacts).where(contacts.c.id == bindparam("of")),
        [
            {"of": row.id, "household_id": home, "rank": rank}
            for rank, row in enumerate(present)
        ],
    )
    _leave(connection, [left for left in homes if left != home])


def address_columns() -> tuple[Column[Any], ...]:
    """Return the columns of the place where a contact lives."""
    names = ("street", "postal_code", "city", "insee", "latitude", "longitude")
    return tuple(contacts.c[name] for name in names)


def _new_household(connection: Connection, contact_id: str) -> str:
    asked = select(contacts.c.register_id, *address_columns()).where(
        contacts.c.id == contact_id
    )
    row = connection.execute(asked).one()
    home = new_id()
    place = address_values(address_of(row))
    new = {"id": home, "register_id": row.register_id}
    connection.execute(insert(households), new | place)
    return home


def _leave(connection: Connection, homes: Sequence[str]) -> None:
    connection.execute(
        delete(households).where(
            households.c.id.in_(homes),
            ~exists().where(contacts.c.household_id == households.c.id),
            ~exists().where(recipients.c.household_id == households.c.id),
        )
    )


def make_establishment(
    connection: Connection, shared: Proposal, names: tuple[str, str], at: datetime
) -> str:
    """Make an establishment that has the shared number; return its id.

    Its people keep all their contact points. Those with no other number to be rung
    are reached through the establishment alone; the others at home as well.
    """
    asked = (
        select(contacts.c.register_id, contacts.c.language, *address_columns())
        .where(contacts.c.id.in_(shared.contact_ids), is_visible(contacts))
        .order_by(contacts.c.id)
        .limit(1)
    )
    first = connection.execute(asked).one_or_none()
    if first is None:
        raise RequestError("These people are gone.", error_id="no_contact")
    name, contact_name = names
    made = {
        "id": new_id(),
        "register_id": first.register_id,
        "name": name[:200],
        "contact_name": contact_name[:200],
        "language": first.language,
        "created_at": at,
        **address_values(address_of(first)),
    }
    connection.execute(insert(establishments), made)
    _give_number(connection, made["id"], shared)
    _move_in(connection, made["id"], shared)
    return str(made["id"])


def _give_number(
    connection: Connection, establishment_id: str, shared: Proposal
) -> None:
    asked = select(contact_points.c.kind).where(
        contact_points.c.contact_id.in_(shared.contact_ids),
        contact_points.c.value == shared.e164,
    )
    kind = connection.execute(asked.limit(1)).scalar_one_or_none() or "landline"
    point = {
        "id": new_id(),
        "establishment_id": establishment_id,
        "kind": kind,
        "value": shared.e164,
        "rank": 0,
    }
    connection.execute(insert(contact_points), point)


def _move_in(connection: Connection, establishment_id: str, shared: Proposal) -> None:
    points = contact_points.c
    people = contacts.c.id.in_(shared.contact_ids)
    of_its_own = exists().where(
        points.contact_id == contacts.c.id,
        points.kind.in_(("landline", "mobile")),
        points.value != shared.e164,
    )
    homes = list(
        connection.execute(
            select(contacts.c.household_id).where(people, ~of_its_own)
        ).scalars()
    )
    connection.execute(
        update(contacts).where(people).values(establishment_id=establishment_id)
    )
    alone = update(contacts).where(people, ~of_its_own)
    connection.execute(alone.values(household_id=None))
    _leave(connection, [home for home in homes if home])
