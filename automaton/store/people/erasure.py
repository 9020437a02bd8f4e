"""One person is deleted; what their calls cost and how they ended stays, nameless."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    or_,
    select,
    update,
)

from automaton.domain.audit import Seal
from automaton.domain.recipient import OPEN_RECIPIENT_STATES
from automaton.domain.roll import Erased
from automaton.errors import RequestError
from automaton.store.chain import OPTION
from automaton.store.claims import keep_first
from automaton.store.tables import (
    attempts,
    contact_points,
    contacts,
    households,
    opt_outs,
    proposals,
    recipients,
    registers,
    tombstones,
)

# What stands where a number, a name and an address stood.
NOBODY = ""


def erase(
    connection: Connection, contact_id: str, *, even_if_called: bool = False
) -> Erased:
    """Delete one person who is there.

    `RequestError` where a campaign would still call them.
    """
    row = connection.execute(
        select(
            contacts.c.household_id, contacts.c.register_id, contacts.c.codeword_prompt
        ).where(contacts.c.id == contact_id)
    ).one()
    points = connection.execute(
        select(contact_points.c.id, contact_points.c.value).where(
            contact_points.c.contact_id == contact_id
        )
    ).all()
    if not even_if_called:
        _refuse_while_called(connection, _about(contact_id, row.household_id))
    ids = [point.id for point in points]
    calls = _anonymise_attempts(connection, contact_id, ids)
    _anonymise_recipients(connection, contact_id, row.household_id, ids)
    _forget_proposals(connection, contact_id, row.register_id)
    connection.execute(delete(contacts).where(contacts.c.id == contact_id))
    _forget_numbers(connection, row.register_id, [point.value for point in points])
    _leave_household(connection, row.household_id)
    return Erased(contact_id, calls, _unused_prompts(connection, row.codeword_prompt))


def bury(connection: Connection, contact_id: str, at: datetime) -> None:
    """Note that somebody was erased; on a connection that knows the node's key."""
    seal: Seal = connection.get_execution_options()[OPTION].seal
    row = {"digest": digest(seal, contact_id), "at": at}
    connection.execute(keep_first(connection, tombstones), row)


def digest(seal: Seal, contact_id: str) -> str:
    """Return the keyed hash of somebody's id."""
    return seal.hashed(f"erased {contact_id}")


def _about(contact_id: str, household_id: str | None) -> ColumnElement[bool]:
    mine = recipients.c.contact_id == contact_id
    if household_id is None:
        return mine
    return or_(mine, recipients.c.household_id == household_id)


def _refuse_while_called(connection: Connection, about: ColumnElement[bool]) -> None:
    going_on = recipients.c.state.in_(OPEN_RECIPIENT_STATES)
    if connection.execute(select(exists().where(about, going_on))).scalar_one():
        raise RequestError(
            "A campaign is calling this home: stop it, or wait for its end.",
            error_id="being_called",
        )


def _anonymise_attempts(
    connection: Connection, contact_id: str, point_ids: Sequence[str]
) -> int:
    theirs = select(recipients.c.id).where(recipients.c.contact_id == contact_id)
    done = connection.execute(
        update(attempts)
        .where(
            or_(
                attempts.c.contact_point_id.in_(point_ids),
                attempts.c.recipient_id.in_(theirs),
            )
        )
        .values(e164=NOBODY, contact_point_id=NOBODY, keys="")
    )
    return done.rowcount


def _anonymise_recipients(
    connection: Connection,
    contact_id: str,
    household_id: str | None,
    point_ids: Sequence[str],
) -> None:
    """Take the person out of each snapshot; the others of the home stay in it."""
    others = _names_of_others(connection, contact_id, household_id)
    found = connection.execute(
        select(
            recipients.c.id,
            recipients.c.contact_id,
            recipients.c.points,
            recipients.c.address,
        ).where(_about(contact_id, household_id))
    )
    rows = [
        _without(row, None if row.contact_id else others, point_ids) for row in found
    ]
    if rows:
        is_it = recipients.c.id == bindparam("of")
        connection.execute(update(recipients).where(is_it), rows)


def _without(row: Any, others: str | None, point_ids: Sequence[str]) -> dict[str, Any]:
    kept = [point for point in row.points if others and point[0] not in point_ids]
    return {
        "of": row.id,
        "name": others or NOBODY,
        "address": row.address if others else NOBODY,
        "points": kept,
        "codeword_prompt": None,
    }


def _names_of_others(
    connection: Connection, contact_id: str, household_id: str | None
) -> str:
    if household_id is None:
        return ""
    asked = (
        select(contacts.c.first_name, contacts.c.last_name)
        .where(contacts.c.household_id == household_id, contacts.c.id != contact_id)
        .order_by(contacts.c.rank, contacts.c.id)
    )
    names = (f"{first} {last}".strip() for first, last in connection.execute(asked))
    return ", ".join(names)[:250]


def _forget_proposals(
    connection: Connection, contact_id: str, register_id: str
) -> None:
    asked = select(proposals.c.id, proposals.c.contact_ids).where(
        proposals.c.register_id == register_id
    )
    for id_, people in connection.execute(asked).all():
        if contact_id not in people:
            continue
        rest = [who for who in people if who != contact_id]
        is_it = proposals.c.id == id_
        if len(rest) < 2:
            connection.execute(delete(proposals).where(is_it))
        else:
            connection.execute(update(proposals).where(is_it).values(contact_ids=rest))


def _forget_numbers(
    connection: Connection, register_id: str, values: Sequence[str]
) -> None:
    """Delete the opt-outs of numbers that nobody else of the collectivity has."""
    whose = select(registers.c.collectivity_id).where(registers.c.id == register_id)
    elsewhere = (
        select(contact_points.c.value)
        .outerjoin(contacts, contacts.c.id == contact_points.c.contact_id)
        .where(contact_points.c.value.in_(values))
    )
    connection.execute(
        delete(opt_outs).where(
            opt_outs.c.collectivity_id.in_(whose),
            opt_outs.c.e164.in_(values),
            opt_outs.c.e164.not_in(elsewhere),
        )
    )


def _leave_household(connection: Connection, household_id: str | None) -> None:
    """Delete a home in which nobody is left."""
    if household_id is None:
        return
    connection.execute(
        delete(households).where(
            households.c.id == household_id,
            ~exists().where(contacts.c.household_id == household_id),
        )
    )


def _unused_prompts(connection: Connection, prompt: str | None) -> tuple[str, ...]:
    if prompt is None:
        return ()
    theirs = exists().where(contacts.c.codeword_prompt == prompt)
    to_be_rung = exists().where(
        recipients.c.codeword_prompt == prompt,
        recipients.c.state.in_(OPEN_RECIPIENT_STATES),
    )
    in_use = connection.execute(select(or_(theirs, to_be_rung))).scalar_one()
    return () if in_use else (prompt,)
