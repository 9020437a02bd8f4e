"""What an import changes in known contacts, laid over them once it is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, String, bindparam, delete, insert, select, update

from automaton.domain.contact import Consent
from automaton.domain.roll import Change
from automaton.ids import new_id
from automaton.store.people.cards import (
    ACTIONS,
    CARD,
    Row,
    address_values,
    contact_values,
    names_of,
)
from automaton.store.people.staging import group_ids, join_groups
from automaton.store.tables import (
    consents,
    contact_points,
    contacts,
    group_members,
    households,
    import_changes,
    imports,
)


def unapplied_imports(connection: Connection) -> list[str]:
    """Return the published imports whose changes are not all laid over yet."""
    asked = (
        select(import_changes.c.import_id)
        .join(imports, imports.c.id == import_changes.c.import_id)
        .where(imports.c.state == "published")
        .distinct()
    )
    return list(connection.execute(asked).scalars())


def apply_changes(connection: Connection, import_id: str, limit: int) -> int:
    """Lay up to `limit` changes over their contacts; return how many."""
    changes = _waiting(connection, import_id, limit)
    if not changes:
        return 0
    ids = [change.contact_id for change in changes]
    _update_contacts(connection, changes)
    _update_points(connection, changes, ids)
    _update_groups(connection, changes, ids)
    _journal(connection, changes)
    connection.execute(
        delete(import_changes).where(
            import_changes.c.import_id == import_id,
            import_changes.c.contact_id.in_(ids),
        )
    )
    return len(changes)


def _waiting(connection: Connection, import_id: str, limit: int) -> list[Change]:
    asked = (
        select(import_changes.c.contact_id, import_changes.c.card)
        .join(imports, imports.c.id == import_changes.c.import_id)
        .where(imports.c.id == import_id, imports.c.state == "published")
        .order_by(import_changes.c.contact_id)
        .limit(limit)
    )
    rows = connection.execute(asked)
    return [Change(id_, CARD.validate_python(card)) for id_, card in rows]


def _update_contacts(connection: Connection, changes: Sequence[Change]) -> None:
    """Write the contacts, and the address of a home whose first contact moved.

    A code word that changed must be rendered anew.
    """
    rows = [_contact_row(change) for change in changes]
    new_word = contacts.c.codeword.is_distinct_from(bindparam("word", type_=String))
    is_it = contacts.c.id == bindparam("of")
    connection.execute(
        update(contacts).where(is_it, new_word).values(codeword_prompt=None),
        [{"of": row["of"], "word": row["codeword"]} for row in rows],
    )
    connection.execute(update(contacts).where(is_it), rows)
    home = select(contacts.c.household_id).where(is_it, contacts.c.rank == 0)
    connection.execute(
        update(households).where(households.c.id == home.scalar_subquery()),
        [{"of": c.contact_id, **address_values(c.card.address)} for c in changes],
    )


def _contact_row(change: Change) -> Row:
    card = change.card
    row = contact_values(card) | {"of": change.contact_id, "language": card.language}
    return row | {"origin": card.origin.value if card.origin else "self"}


def _update_points(
    connection: Connection, changes: Sequence[Change], ids: Sequence[str]
) -> None:
    """Write new contact points and the order of all; a known one keeps its flag."""
    asked = select(
        contact_points.c.contact_id,
        contact_points.c.kind,
        contact_points.c.value,
        contact_points.c.id,
    ).where(contact_points.c.contact_id.in_(ids))
    known = {tuple(row[:3]): row.id for row in connection.execute(asked)}
    moved, new = _sorted_points(changes, known)
    if moved:
        is_it = contact_points.c.id == bindparam("of")
        connection.execute(update(contact_points).where(is_it), moved)
    if new:
        connection.execute(insert(contact_points), new)


def _sorted_points(
    changes: Sequence[Change], known: Mapping[tuple[str, ...], str]
) -> tuple[list[Row], list[Row]]:
    moved: list[Row] = []
    new: list[Row] = []
    for change in changes:
        for rank, point in enumerate(change.card.points):
            place = (change.contact_id, point.kind.value, point.value)
            if id_ := known.get(place):
                moved.append({"of": id_, "rank": rank})
                continue
            columns = zip(("contact_id", "kind", "value"), place, strict=True)
            new.append({"id": new_id(), "rank": rank, **dict(columns)})
    return moved, new


def _update_groups(
    connection: Connection, changes: Sequence[Change], ids: Sequence[str]
) -> None:
    """Put contacts into the groups that are new to them."""
    names = names_of(change.card for change in changes)
    if not names:
        return
    of_first = select(contacts.c.register_id).where(contacts.c.id == ids[0])
    register_id = connection.execute(of_first).scalar_one()
    known = group_ids(connection, register_id, names)
    asked = select(group_members.c.contact_id, group_members.c.group_id).where(
        group_members.c.contact_id.in_(ids)
    )
    there = {(who, group) for who, group in connection.execute(asked)}
    wanted = ((c.contact_id, known[name]) for c in changes for name in c.card.groups)
    join_groups(connection, [pair for pair in wanted if pair not in there])


def _journal(connection: Connection, changes: Iterable[Change]) -> None:
    said = ((c.contact_id, c.card.consent) for c in changes)
    rows = [_entry(who, consent) for who, consent in said if consent]
    if rows:
        connection.execute(insert(consents), rows)


def _entry(contact_id: str, consent: Consent) -> Row:
    return {
        "id": new_id(),
        "contact_id": contact_id,
        "at": consent.at,
        "by": consent.by,
        "how": consent.how,
        "action": ACTIONS[consent.agreed],
        "text": consent.text,
    }
