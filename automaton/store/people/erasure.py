"""One person is deleted; what their calls cost and how they ended stays, nameless."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Connection,
    delete,
    exists,
    or_,
    select,
    update,
)

from automaton.domain.audit import Seal
from automaton.domain.recipient import OPEN_RECIPIENT_STATES
from automaton.domain.roll import Erased
from automaton.store.chain import OPTION
from automaton.store.claims import keep_first
from automaton.store.people.anonymity import (
    NOBODY,
    Person,
    Snapshot,
    anonymise,
    refuse_while_called,
    snapshots_of,
)
from automaton.store.tables import (
    call_ins,
    contact_points,
    contacts,
    households,
    message_texts,
    officer_tries,
    opt_outs,
    proposals,
    recipients,
    recordings_left,
    registers,
    tombstones,
)

__all__ = ["NOBODY", "bury", "digest", "erase"]


def erase(
    connection: Connection, contact_id: str, *, even_if_called: bool = False
) -> Erased:
    """Delete one person who is there.

    `RequestError` where a campaign would still call them, or a call still lives.
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
    ids = tuple(point.id for point in points)
    person = Person(contact_id, row.household_id, ids)
    found = snapshots_of(connection, person)
    if not even_if_called:
        refuse_while_called(connection, found)
    calls = anonymise(connection, person, found)
    _forget_proposals(connection, contact_id, row.register_id)
    connection.execute(delete(contacts).where(contacts.c.id == contact_id))
    values = [point.value for point in points]
    recordings = _forget_numbers(connection, row.register_id, values)
    _leave_household(connection, row.household_id)
    unused = _unused_prompts(connection, row.codeword_prompt)
    said = _spoken(connection, found)
    return Erased(contact_id, calls, unused, said, recordings)


def _spoken(
    connection: Connection, found: Sequence[Snapshot]
) -> tuple[tuple[str, str], ...]:
    """Return what was said of this person to their home, in each language that is."""
    texts = {
        value
        for row in found
        for variable, value in (row.said or {}).items()
        if variable != "street"
    }
    if not texts:
        return ()
    languages = connection.execute(select(message_texts.c.language).distinct())
    return tuple((text, one) for one in languages.scalars() for text in sorted(texts))


def refuse_called(connection: Connection, contact_id: str) -> None:
    """Raise `RequestError` where `erase` would, for somebody who is there."""
    contact, point = contacts.c, contact_points.c
    mine = select(contact.household_id).where(contact.id == contact_id)
    household = connection.execute(mine).scalar()
    asked = select(point.id).where(point.contact_id == contact_id)
    ids = tuple(connection.execute(asked).scalars())
    person = Person(contact_id, household, ids)
    refuse_while_called(connection, snapshots_of(connection, person))


def bury(connection: Connection, contact_id: str, at: datetime) -> None:
    """Note that somebody was erased; on a connection that knows the node's key."""
    seal: Seal = connection.get_execution_options()[OPTION].seal
    row = {"digest": digest(seal, contact_id), "at": at, "key_id": seal.key_id}
    connection.execute(keep_first(connection, tombstones), row)


def digest(seal: Seal, contact_id: str) -> str:
    """Return the keyed hash of somebody's id."""
    return seal.hashed(f"erased {contact_id}")


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
) -> tuple[str, ...]:
    """Delete what is kept of numbers that nobody has any more.

    That is opt-outs, proposals, what was tried in vain from there at the officers'
    door, and what was left by that telephone, whose files are returned; calls that came
    in stay as numbers of a statistic.
    """
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
    connection.execute(
        delete(officer_tries).where(
            officer_tries.c.collectivity_id.in_(whose),
            officer_tries.c.caller.in_(values),
            officer_tries.c.caller.not_in(elsewhere),
        )
    )
    connection.execute(
        delete(proposals).where(
            proposals.c.register_id == register_id,
            proposals.c.e164.in_(values),
            proposals.c.e164.not_in(elsewhere),
        )
    )
    theirs, left = (
        (
            table.c.collectivity_id.in_(whose),
            table.c.e164.in_(values),
            table.c.e164.not_in(elsewhere),
        )
        for table in (call_ins, recordings_left)
    )
    connection.execute(update(call_ins).where(*theirs).values(e164=None))
    gone = delete(recordings_left).where(*left).returning(recordings_left.c.file)
    return tuple(connection.execute(gone).scalars())


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
