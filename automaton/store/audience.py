"""The question "who" of a campaign, kept as JSON, answered in order of ids.

Keys: `register` (an id); `groups` (ids: homes with a member in one of them);
`recipients_of` (a campaign's id) with `states` (of its recipients): a follow-up;
`answered` adds those whose telephone was answered, whatever their state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from automaton.domain.recipient import RecipientState
from automaton.errors import RequestError
from automaton.store.tables import (
    attempts,
    contacts,
    establishments,
    group_members,
    households,
    imports,
    recipients,
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a campaign wants to reach."""

    register: str
    groups: tuple[str, ...] = ()
    recipients_of: str | None = None
    states: tuple[str, ...] = ()
    answered: bool = False


def audience_of(written: Mapping[str, Any]) -> Audience:
    """Return the audience of a JSON object.

    `RequestError` where it is not understood whole: half a filter rings too many.
    """
    known = {field.name for field in fields(Audience)}
    states = set(written.get("states", ())) - {s.value for s in RecipientState}
    strange = sorted((set(written) - known) | states)
    if strange or "register" not in written:
        what = ", ".join(strange) or "no register"
        raise RequestError(
            f"This audience is not understood: {what}", error_id="audience"
        )
    return Audience(
        register=written["register"],
        groups=tuple(written.get("groups", ())),
        recipients_of=written.get("recipients_of"),
        states=tuple(written.get("states", ())),
        answered=bool(written.get("answered", False)),
    )


def is_visible(table: Table, as_of: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition that a row is not removed, nor of an unpublished import.

    `as_of`: nor added, nor published, after that moment.
    """
    hidden = imports.c.state != "published"
    if as_of is not None:
        hidden = or_(hidden, imports.c.published_at > as_of)
    # By what is hidden: asked by what is published, SQLite reads everybody who ever
    # came by a file for each chunk of a plan (100 ms at 500,000 homes, 4 as it is).
    unseen = select(imports.c.id).where(hidden)
    imported = or_(table.c.import_id.is_(None), table.c.import_id.not_in(unseen))
    is_old = true() if as_of is None else table.c.created_at <= as_of
    return and_(table.c.removed_at.is_(None), imported, is_old)


def homes(audience: Audience, as_of: datetime | None = None) -> Select[Any]:
    """Return id and address of the households with at least one visible contact."""
    of_the_home = contacts.c.household_id == households.c.id
    is_there = and_(of_the_home, is_visible(contacts, as_of))
    lives_there = exists().where(is_there)
    member = exists().where(is_there, _member(audience))
    return select(households.c.id, *_address(households)).where(
        households.c.register_id == audience.register,
        member if audience.groups else lives_there,
        _followed(households, "household_id", audience),
    )


def persons(
    audience: Audience, as_of: datetime | None = None, *, living_alone: bool
) -> Select[Any]:
    """Return id and address of the visible contacts, else their home's address.

    `living_alone`: only those without a household. The people of an establishment are
    reached through it.
    """
    own = _address(contacts)
    home = _address(households)
    address = [
        case((contacts.c.street != "", mine), else_=func.coalesce(ours, mine)).label(
            mine.name
        )
        for mine, ours in zip(own, home, strict=True)
    ]
    return (
        select(contacts.c.id, *address)
        .outerjoin(households, households.c.id == contacts.c.household_id)
        .where(
            contacts.c.register_id == audience.register,
            is_visible(contacts, as_of),
            contacts.c.establishment_id.is_(None),
            contacts.c.household_id.is_(None) if living_alone else true(),
            _member(audience),
            _followed(contacts, "contact_id", audience),
        )
    )


def institutions(audience: Audience, as_of: datetime | None = None) -> Select[Any]:
    """Return id and address of the visible establishments; none is in a group."""
    return select(establishments.c.id, *_address(establishments)).where(
        establishments.c.register_id == audience.register,
        is_visible(establishments, as_of),
        false() if audience.groups else true(),
        _followed(establishments, "establishment_id", audience),
    )


def _address(table: Table) -> tuple[Column[str], Column[str], Column[str]]:
    return table.c.street, table.c.postal_code, table.c.city


def _member(audience: Audience) -> ColumnElement[bool]:
    if not audience.groups:
        return true()
    return exists().where(
        group_members.c.contact_id == contacts.c.id,
        group_members.c.group_id.in_(audience.groups),
    )


def _followed(table: Table, column: str, audience: Audience) -> ColumnElement[bool]:
    """Return the condition that another campaign had this one as its recipient."""
    if audience.recipients_of is None:
        return true()
    states = [RecipientState(state) for state in audience.states]
    wanted: ColumnElement[bool] = recipients.c.state.in_(states) if states else true()
    if audience.answered:
        picked_up = attempts.c.answered_at.is_not(None)
        spoken = exists().where(attempts.c.recipient_id == recipients.c.id, picked_up)
        wanted = or_(wanted, spoken)
    return table.c.id.in_(
        select(recipients.c[column]).where(
            recipients.c.campaign_id == audience.recipients_of,
            recipients.c[column].is_not(None),
            wanted,
        )
    )
