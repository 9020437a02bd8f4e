"""A whole register at once, as an import compares it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, or_, select

from automaton.domain.contact import (
    Address,
    Consent,
    ContactCard,
    Origin,
    PointKind,
    Reach,
)
from automaton.domain.roll import (
    KnownContact,
    Proposal,
    ProposalKind,
    ProposalState,
    Snapshot,
)
from automaton.store.audience import is_visible
from automaton.store.people.cards import ACTIONS
from automaton.store.people.staging import generation_of
from automaton.store.tables import (
    consents,
    contact_points,
    contacts,
    group_members,
    groups,
    imports,
    proposals,
)

_AGREED = {action: agreed for agreed, action in ACTIONS.items()}
CARD_COLUMNS = (
    contacts.c.id,
    contacts.c.last_name,
    contacts.c.first_name,
    contacts.c.street,
    contacts.c.postal_code,
    contacts.c.city,
    contacts.c.insee,
    contacts.c.latitude,
    contacts.c.longitude,
    contacts.c.language,
    contacts.c.birth_year,
    contacts.c.codeword,
    contacts.c.notes,
    contacts.c.origin,
    contacts.c.household_id,
    contacts.c.establishment_id,
)


def snapshot(connection: Connection, register_id: str) -> Snapshot:
    """Return the visible contacts of a register, and every proposal about them."""
    who = (contacts.c.register_id == register_id, is_visible(contacts))
    people = select(*CARD_COLUMNS).where(*who).order_by(contacts.c.id)
    points = _points(connection, *who)
    memberships = _memberships(connection, *who)
    agreed = _consents(connection, *who)
    return Snapshot(
        contacts=tuple(
            KnownContact(
                row.id,
                card_of(row, points.get(row.id, []), memberships.get(row.id, [])),
                tuple(agreed.get(row.id, ())),
                row.household_id,
                row.establishment_id,
            )
            for row in connection.execute(people)
        ),
        proposals=tuple(proposals_of(connection, register_id)),
        generation=generation_of(connection, register_id),
    )


def card_of(row: Any, points: list[Reach], names: list[str]) -> ContactCard:
    """Return the card of a row of `CARD_COLUMNS`."""
    return ContactCard(
        last_name=row.last_name,
        first_name=row.first_name,
        address=Address(
            street=row.street,
            postal_code=row.postal_code,
            city=row.city,
            insee=row.insee or "",
            latitude=row.latitude,
            longitude=row.longitude,
        ),
        points=tuple(points),
        language=row.language,
        birth_year=row.birth_year,
        codeword=row.codeword or "",
        notes=row.notes,
        origin=Origin(row.origin),
        groups=tuple(names),
    )


def proposals_of(connection: Connection, register_id: str) -> list[Proposal]:
    """Return the proposals of a register, those of unpublished imports left out."""
    asked = (
        select(
            proposals.c.id,
            proposals.c.kind,
            proposals.c.e164,
            proposals.c.contact_ids,
            proposals.c.state,
        )
        .where(proposals.c.register_id == register_id, is_published(proposals))
        .order_by(proposals.c.id)
    )
    return [
        Proposal(id_, ProposalKind(kind), e164, tuple(ids), ProposalState(state))
        for id_, kind, e164, ids, state in connection.execute(asked)
    ]


def is_published(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row is not of an unpublished import."""
    published = select(imports.c.id).where(imports.c.state == "published")
    return or_(table.c.import_id.is_(None), table.c.import_id.in_(published))


def _points(connection: Connection, *who: Any) -> dict[str, list[Reach]]:
    columns = contact_points.c
    asked = (
        select(columns.contact_id, columns.kind, columns.value)
        .join(contacts, contacts.c.id == columns.contact_id)
        .where(*who)
        .order_by(columns.contact_id, columns.rank, columns.id)
    )
    kinds = {kind.value: kind for kind in PointKind}
    found: dict[str, list[Reach]] = defaultdict(list)
    for contact_id, kind, value in connection.execute(asked):
        found[contact_id].append(Reach(kinds[kind], value))
    return found


def _memberships(connection: Connection, *who: Any) -> dict[str, list[str]]:
    asked: Select[Any] = (
        select(group_members.c.contact_id, groups.c.name)
        .join(groups, groups.c.id == group_members.c.group_id)
        .join(contacts, contacts.c.id == group_members.c.contact_id)
        .where(*who)
        .order_by(group_members.c.contact_id, groups.c.name)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for contact_id, name in connection.execute(asked):
        found[contact_id].append(name)
    return found


def _consents(connection: Connection, *who: Any) -> dict[str, list[Consent]]:
    columns = consents.c
    # What an import recorded without a word says nothing of the person.
    stated = or_(columns.action != ACTIONS[None], columns.text != "")
    asked = (
        select(
            columns.contact_id,
            columns.by,
            columns.at,
            columns.how,
            columns.text,
            columns.action,
        )
        .join(contacts, contacts.c.id == columns.contact_id)
        .where(*who, stated)
        .order_by(columns.at, columns.id)
    )
    found: dict[str, list[Consent]] = defaultdict(list)
    for contact_id, by, at, how, text, action in connection.execute(asked):
        found[contact_id].append(Consent(by, at, how, text, _AGREED[action]))
    return found
