"""Contacts looked up: pages of a list, and everything that is kept of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    exists,
    func,
    or_,
    select,
)

from automaton.domain.contact import TITLES, VOICE_KINDS, Address, PointKind, Reach
from automaton.domain.roll import (
    CallOnFile,
    ConsentOnFile,
    ContactFile,
    ContactPage,
    ContactSummary,
    PointOnFile,
    Search,
)
from automaton.errors import RequestError
from automaton.store.audience import is_visible
from automaton.store.people.roll import CARD_COLUMNS, card_of
from automaton.store.tables import (
    attempts,
    campaigns,
    collectivities,
    consents,
    contact_points,
    contacts,
    establishments,
    group_members,
    groups,
    recipients,
    registers,
)

_VOICE = [kind.value for kind in PointKind if kind in VOICE_KINDS]
_SUMMARY = (
    contacts.c.id,
    contacts.c.last_name,
    contacts.c.first_name,
    contacts.c.street,
    contacts.c.postal_code,
    contacts.c.city,
    contacts.c.insee,
    contacts.c.latitude,
    contacts.c.longitude,
)


def page(connection: Connection, search: Search) -> ContactPage:
    """Return some contacts by name, and how many there are."""
    wanted = [
        contacts.c.register_id == search.register_id,
        is_visible(contacts),
        *_conditions(search),
    ]
    total = select(func.count()).select_from(contacts).where(*wanted)
    key = func.coalesce(contacts.c.identity_key, "")
    ids = select(contacts.c.id).where(*wanted).order_by(key, contacts.c.id)
    if search.after:
        asked = select(key).where(contacts.c.id == search.after)
        last = connection.execute(asked.where(wanted[0])).scalar_one_or_none()
        if last is None:
            raise RequestError(
                f"No page of this register ends at « {search.after} »: begin again "
                "without --after.",
                error_id="no_contact",
            )
        behind = and_(key == last, contacts.c.id > search.after)
        ids = ids.where(or_(key > last, behind))
    found = list(connection.execute(ids.limit(search.limit)).scalars())
    return ContactPage(
        total=connection.execute(total).scalar_one(),
        contacts=tuple(summaries(connection, found)),
        after=found[-1] if len(found) == search.limit else "",
    )


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    words = [word for word in search.words if word not in TITLES]
    found: list[ColumnElement[bool]] = [
        contacts.c.identity_key.contains(word, autoescape=True) for word in words
    ]
    if search.digits:
        point = contact_points.c
        mine = point.contact_id == contacts.c.id
        number = point.value.contains(search.digits, autoescape=True)
        postal_code = contacts.c.postal_code.startswith(search.digits)
        found.append(or_(exists().where(mine, number), postal_code))
    return found


def summaries(connection: Connection, ids: Sequence[str]) -> list[ContactSummary]:
    """Return these contacts in short, in the order in which they are asked for."""
    asked = select(*_SUMMARY).where(contacts.c.id.in_(ids))
    columns = contact_points.c
    numbers: dict[str, list[str]] = defaultdict(list)
    points = select(columns.contact_id, columns.value).where(
        columns.contact_id.in_(ids), columns.kind.in_(_VOICE)
    )
    for who, value in connection.execute(points.order_by(columns.rank, columns.id)):
        numbers[who].append(value)
    found = {row.id: row for row in connection.execute(asked)}
    return [
        ContactSummary(
            id=row.id,
            name=f"{row.first_name} {row.last_name}".strip(),
            address=address_of(row),
            numbers=tuple(numbers[row.id]),
        )
        for row in (found[who] for who in ids if who in found)
    ]


def address_of(row: Any) -> Address:
    """Return the address of a row that has the columns of a place."""
    return Address(
        row.street,
        row.postal_code,
        row.city,
        row.insee or "",
        row.latitude,
        row.longitude,
    )


def contact_file(connection: Connection, contact_id: str) -> ContactFile:
    """Return everything about one person; `RequestError` where nobody is there."""
    row = connection.execute(_file_query(contact_id)).one_or_none()
    if row is None:
        raise RequestError("There is no such contact.", error_id="no_contact")
    points = _points(connection, contact_id)
    reaches = [Reach(PointKind(point.kind), point.value) for point in points]
    return ContactFile(
        id=row.id,
        register_id=row.register_id,
        register=row.register,
        collectivity=row.collectivity,
        collectivity_id=row.collectivity_id,
        card=card_of(row, reaches, _groups(connection, contact_id)),
        created_at=row.created_at,
        points=tuple(points),
        consents=_journal(connection, contact_id),
        calls=_calls(connection, row, points),
        household=_household(connection, row),
        establishment=row.establishment or "",
    )


def _file_query(contact_id: str) -> Any:
    return (
        select(
            *CARD_COLUMNS,
            contacts.c.register_id,
            contacts.c.created_at,
            registers.c.name.label("register"),
            collectivities.c.id.label("collectivity_id"),
            collectivities.c.name.label("collectivity"),
            establishments.c.name.label("establishment"),
        )
        .join(registers, registers.c.id == contacts.c.register_id)
        .join(collectivities, collectivities.c.id == registers.c.collectivity_id)
        .outerjoin(establishments, establishments.c.id == contacts.c.establishment_id)
        .where(contacts.c.id == contact_id, is_visible(contacts))
    )


def _points(connection: Connection, contact_id: str) -> list[PointOnFile]:
    columns = contact_points.c
    asked = (
        select(
            columns.id,
            columns.kind,
            columns.value,
            columns.rank,
            columns.flagged_at,
            func.coalesce(columns.flag_reason, ""),
        )
        .where(columns.contact_id == contact_id)
        .order_by(columns.rank, columns.id)
    )
    return [PointOnFile(*row) for row in connection.execute(asked)]


def _groups(connection: Connection, contact_id: str) -> list[str]:
    asked = (
        select(groups.c.name)
        .join(group_members, group_members.c.group_id == groups.c.id)
        .where(group_members.c.contact_id == contact_id)
        .order_by(groups.c.name)
    )
    return list(connection.execute(asked).scalars())


def _journal(connection: Connection, contact_id: str) -> tuple[ConsentOnFile, ...]:
    columns = consents.c
    asked = (
        select(columns.at, columns.by, columns.how, columns.action, columns.text)
        .where(columns.contact_id == contact_id)
        .order_by(columns.at, columns.id)
    )
    return tuple(ConsentOnFile(*row) for row in connection.execute(asked))


def _calls(
    connection: Connection, row: Any, points: Sequence[PointOnFile]
) -> tuple[CallOnFile, ...]:
    """Return the tries for this person alone, and those at their own numbers."""
    tries = attempts.c
    mine = or_(
        recipients.c.contact_id == row.id,
        tries.contact_point_id.in_([point.id for point in points]),
    )
    wanted: Sequence[Column[Any]] = (
        campaigns.c.name,
        tries.e164,
        tries.due_at,
        tries.state,
        tries.claimed_at,
        tries.rang_at,
        tries.answered_at,
        tries.ended_at,
        tries.outcome,
        tries["keys"],
        tries.heard_seconds,
    )
    asked = (
        select(*wanted)
        .join(recipients, recipients.c.id == tries.recipient_id)
        .join(campaigns, campaigns.c.id == tries.campaign_id)
        .where(mine)
        .order_by(tries.due_at, tries.id)
    )
    return tuple(_call(found) for found in connection.execute(asked))


def _call(row: Any) -> CallOnFile:
    campaign, number, due_at, state, claimed, rang, answered, ended, *rest = row
    outcome, keys, heard = rest
    return CallOnFile(
        campaign=campaign,
        number=number,
        due_at=due_at,
        state=state.value,
        claimed_at=claimed,
        rang_at=rang,
        answered_at=answered,
        ended_at=ended,
        outcome=outcome.value if outcome else "",
        keys=keys,
        heard_seconds=heard,
    )


def _household(connection: Connection, row: Any) -> tuple[ContactSummary, ...]:
    """Return the other people of the home."""
    if row.household_id is None:
        return ()
    asked = select(contacts.c.id).where(
        contacts.c.household_id == row.household_id,
        contacts.c.id != row.id,
        is_visible(contacts),
    )
    return tuple(summaries(connection, list(connection.execute(asked).scalars())))
