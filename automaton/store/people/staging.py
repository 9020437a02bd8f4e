"""Imports: written where nobody looks, published by one flag, or taken away again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from automaton.domain.collectivity import Act
from automaton.domain.roll import Addition, Change, Enrolment, Proposal, ProposalState
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.store.people.cards import (
    CARD,
    Row,
    address_values,
    consent_row,
    contact_values,
    filled_in,
    names_of,
    point_rows,
    said_for_all,
)
from automaton.store.people.journal import note
from automaton.store.tables import (
    consents,
    contact_points,
    contacts,
    group_members,
    groups,
    households,
    import_changes,
    imports,
    proposals,
)


def begin_import(
    connection: Connection,
    import_id: str,
    register_id: str,
    sha256: str,
    enrolment: Enrolment,
) -> None:
    """Write an import in the state `staged`."""
    row = {
        "id": import_id,
        "register_id": register_id,
        "file_name": enrolment.file_name[:255],
        "sha256": sha256,
        "at": enrolment.at,
        "by": enrolment.by,
        "state": "staged",
    }
    connection.execute(insert(imports), row)


class NewContacts:
    """The rows of some new contacts, made before the transaction that writes them."""

    def __init__(self, additions: Sequence[Addition], enrolment: Enrolment) -> None:
        self.groups = names_of(addition.card for addition in additions)
        self.memberships = [(a.id, name) for a in additions for name in a.card.groups]
        self.rows: dict[Table, list[Row]] = {
            households: [],
            contacts: [],
            contact_points: [],
            consents: [],
        }
        for addition in additions:
            self._add(addition, enrolment)

    def _add(self, addition: Addition, enrolment: Enrolment) -> None:
        card, home = addition.card, new_id()
        contact = contact_values(card) | {
            "id": addition.id,
            "household_id": home,
            "language": card.language or enrolment.language,
            "origin": (card.origin or enrolment.origin).value,
            "created_at": enrolment.at,
        }
        said = card.consent or said_for_all(card, enrolment)
        self.rows[households].append({"id": home, **address_values(card.address)})
        self.rows[contacts].append(contact)
        self.rows[contact_points].extend(point_rows(addition.id, card))
        self.rows[consents].append(consent_row(addition.id, said, enrolment))


def stage(connection: Connection, import_id: str, new: NewContacts) -> None:
    """Write new contacts, each with a household of its own."""
    register_id = _register_of(connection, import_id)
    mine = {"register_id": register_id}
    for row in new.rows[contacts]:
        row.update(mine, import_id=import_id)
    for row in new.rows[households]:
        row.update(mine)
    for table, rows in new.rows.items():
        if rows:
            connection.execute(insert(table), rows)
    ids = group_ids(connection, register_id, new.groups)
    join_groups(connection, [(who, ids[name]) for who, name in new.memberships])


def group_ids(
    connection: Connection, register_id: str, names: Sequence[str]
) -> Mapping[str, str]:
    """Return the groups of these names; those that are missing are made."""
    if not names:
        return {}
    asked = select(groups.c.name, groups.c.id).where(
        groups.c.register_id == register_id, groups.c.name.in_(names)
    )
    found: dict[str, str] = {row.name: row.id for row in connection.execute(asked)}
    missing = {name: new_id() for name in names if name not in found}
    if missing:
        rows = [
            {"id": id_, "register_id": register_id, "name": name}
            for name, id_ in missing.items()
        ]
        connection.execute(insert(groups), rows)
    return found | missing


def join_groups(connection: Connection, members: Sequence[tuple[str, str]]) -> None:
    """Put contacts into groups: (contact id, group id)."""
    rows = [{"contact_id": who, "group_id": group} for who, group in members]
    if rows:
        connection.execute(insert(group_members), rows)


def stage_changes(
    connection: Connection,
    import_id: str,
    changes: Sequence[Change],
    enrolment: Enrolment,
) -> None:
    """Write down how contacts will look."""
    connection.execute(
        insert(import_changes),
        [
            {
                "import_id": import_id,
                "contact_id": change.contact_id,
                "card": CARD.dump_python(_dated(change, enrolment).card, mode="json"),
            }
            for change in changes
        ],
    )


def _dated(change: Change, enrolment: Enrolment) -> Change:
    consent = change.card.consent
    if not consent:
        return change
    card = replace(change.card, consent=filled_in(consent, enrolment))
    return replace(change, card=card)


def stage_proposals(
    connection: Connection, import_id: str, new: Sequence[Proposal], at: datetime
) -> None:
    """Write proposals that are seen once the import is published."""
    register_id = _register_of(connection, import_id)
    connection.execute(
        insert(proposals),
        [
            {
                "id": proposal.id,
                "register_id": register_id,
                "import_id": import_id,
                "e164": proposal.e164,
                "kind": proposal.kind.value,
                "contact_ids": list(proposal.contact_ids),
                "state": proposal.state.value,
                "created_at": at,
            }
            for proposal in new
        ],
    )


def generation_of(connection: Connection, register_id: str) -> int:
    """Return how many imports of a register were published."""
    published = (imports.c.register_id == register_id, imports.c.state == "published")
    asked = select(func.count()).select_from(imports).where(*published)
    return connection.execute(asked).scalar_one()


def is_published(connection: Connection, import_id: str) -> bool:
    """Tell whether an import was made visible."""
    asked = select(imports.c.state).where(imports.c.id == import_id)
    return connection.execute(asked).scalar() == "published"


def publish(
    connection: Connection,
    import_id: str,
    generation: int,
    counts: dict[str, int],
    act: Act,
) -> None:
    """Make everything of an import visible.

    `RequestError` where another import was published since this one was compared.
    """
    register_id = _register_of(connection, import_id)
    if generation_of(connection, register_id) != generation:
        raise RequestError(
            "Another file was imported into this register meanwhile: start again.",
            error_id="register_moved_on",
        )
    _replace_open_proposals(connection, import_id, register_id)
    connection.execute(
        update(imports)
        .where(imports.c.id == import_id)
        .values(state="published", counts=counts, published_at=act.at)
    )
    note(connection, act)


def _replace_open_proposals(
    connection: Connection, import_id: str, register_id: str
) -> None:
    newer = select(proposals.c.e164).where(proposals.c.import_id == import_id)
    connection.execute(
        update(proposals)
        .where(
            proposals.c.register_id == register_id,
            proposals.c.state == ProposalState.OPEN.value,
            proposals.c.import_id != import_id,
            proposals.c.e164.in_(newer.scalar_subquery()),
        )
        .values(state=ProposalState.REPLACED.value)
    )


def discard(connection: Connection, import_id: str, limit: int) -> int:
    """Take away up to `limit` contacts of an unpublished import, at last itself."""
    is_staged = (imports.c.id == import_id, imports.c.state == "staged")
    asked = (
        select(contacts.c.id, contacts.c.household_id)
        .join(imports, imports.c.id == contacts.c.import_id)
        .where(*is_staged)
        .limit(limit)
    )
    found = connection.execute(asked).all()
    if found:
        people = [id_ for id_, _ in found]
        homes = [home for _, home in found]
        connection.execute(delete(contacts).where(contacts.c.id.in_(people)))
        connection.execute(delete(households).where(households.c.id.in_(homes)))
        return len(found)
    staged = select(imports.c.id).where(*is_staged)
    connection.execute(delete(proposals).where(proposals.c.import_id.in_(staged)))
    connection.execute(delete(imports).where(*is_staged))
    return 0


def abandoned_imports(connection: Connection, before: datetime) -> list[str]:
    """Return the staged imports that were begun before a moment."""
    asked = select(imports.c.id).where(
        imports.c.state == "staged", imports.c.at < before
    )
    return list(connection.execute(asked).scalars())


def _register_of(connection: Connection, import_id: str) -> str:
    asked = select(imports.c.register_id).where(imports.c.id == import_id)
    return str(connection.execute(asked).scalar_one())
