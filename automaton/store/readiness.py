"""Proofs that telephones ring: begun before a call leaves, ended with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from automaton.domain.readiness import (
    KEPT,
    Kind,
    OwnNumber,
    Phone,
    Proof,
    proven_phones,
    proven_trunks,
    ways,
)
from automaton.domain.trunk import Trunk
from automaton.store.engine import reading, writing
from automaton.store.tables import (
    collectivities,
    duty_entries,
    officers,
    proofs_of_readiness,
)

_NAMES = tuple(field.name for field in fields(Proof))
_COLUMNS = proofs_of_readiness.c
_HEARD = frozenset({"sound", "heard"})
_GIVEN = frozenset({"id", "collectivity_id", "kind", "e164", "trunk", "asked_at"})


class ProofsWritten:
    """What the engine's transaction writes and reads of proofs, on its connection."""

    _connection: Connection

    def phones(self, numbers: Sequence[OwnNumber]) -> Sequence[Phone]:
        """Return the telephones of officers and those on duty, then our own numbers."""
        return phones(self._connection, numbers)

    def proofs(self, since: datetime) -> Sequence[Proof]:
        """Return the proofs of readiness that were begun since a moment."""
        return proofs_since(self._connection, since)

    def begin_proof(self, proof: Proof) -> None:
        """Write that a call to prove a way begins."""
        begin_proof(self._connection, proof)

    def end_proof(self, proof: Proof) -> None:
        """Write what came of it; what our own number said is on record already."""
        end_proof(self._connection, proof)

    def withdraw_proof(self, proof_id: str) -> None:
        """Forget a call that was to be made, and was not."""
        gone = delete(proofs_of_readiness).where(_COLUMNS.id == proof_id)
        self._connection.execute(gone)


def begin_proof(connection: Connection, proof: Proof) -> None:
    """Write that a call begins; forget what is older than a year."""
    old = _COLUMNS.asked_at < proof.asked_at - KEPT
    connection.execute(delete(proofs_of_readiness).where(old))
    forget_strangers(connection)
    row = {name: getattr(proof, name) for name in _NAMES}
    connection.execute(insert(proofs_of_readiness), row)


def forget_strangers(connection: Connection) -> None:
    """Forget the numbers of telephones that are nobody's any more, not their proofs."""
    connection.execute(_FORGET_STRANGERS)


def end_proof(connection: Connection, proof: Proof) -> None:
    """Write what came of a call; what our own number said is on record already."""
    kept = _GIVEN | (_HEARD if proof.kind is Kind.NUMBER else frozenset())
    told = {name: getattr(proof, name) for name in _NAMES if name not in kept}
    is_it = _COLUMNS.id == proof.id
    connection.execute(update(proofs_of_readiness).where(is_it).values(told))


def note_heard(engine: Engine, proof_id: str, heard: str) -> None:
    """Write which of our phrases our own number was heard to say; empty for none."""
    told: Mapping[str, Any] = {"sound": bool(heard), "heard": heard}
    is_it = _COLUMNS.id == proof_id
    with writing(engine) as connection:
        connection.execute(update(proofs_of_readiness).where(is_it).values(told))


def proofs_since(connection: Connection, since: datetime | None = None) -> list[Proof]:
    """Return the proofs that were begun since a moment, the oldest first."""
    asked = select(*(_COLUMNS[name] for name in _NAMES)).order_by(_COLUMNS.asked_at)
    if since is not None:
        asked = asked.where(_COLUMNS.asked_at >= since)
    return [Proof(*row) for row in connection.execute(asked)]


def read_proofs(engine: Engine) -> list[Proof]:
    """Return all proofs on record, the oldest first."""
    with reading(engine) as connection:
        return proofs_since(connection)


def phones(connection: Connection, numbers: Sequence[OwnNumber]) -> list[Phone]:
    """Return the telephones of officers and those on duty, then our own `numbers`.

    Who is on duty speaks the language of the collectivity.
    """
    found = [
        Phone(row.id, row.owner, kind, row.name, row.e164, row.language)
        for kind, asked in ((Kind.OFFICER, _OFFICERS), (Kind.DUTY, _ON_DUTY))
        for row in connection.execute(asked)
    ]
    owners = {row.name: row for row in connection.execute(_OWNERS)}
    return found + [
        Phone(
            *(owner.id, one.owner, Kind.NUMBER, one.owner, one.e164),
            owner.language,
            one.trunks,
        )
        for one in numbers
        if (owner := owners.get(one.owner)) is not None
    ]


def proven_at(
    connection: Connection, trunks: Sequence[Trunk], numbers: Sequence[OwnNumber]
) -> tuple[Mapping[str, datetime | None], Mapping[str, datetime | None]]:
    """Return when each trunk and each officer's telephone, by id, was proven last.

    A trunk that may ring nobody is left out: nothing can prove it.
    """
    proofs = proofs_since(connection)
    wanted = ways(phones(connection, numbers), trunks)
    told = select(officers.c.id, officers.c.phone).where(officers.c.phone.is_not(None))
    owned = dict(connection.execute(told).all())
    by_number = proven_phones(proofs, set(owned.values()))
    by_officer = {id_: by_number[number] for id_, number in owned.items()}
    return proven_trunks(proofs, {way.trunk for way in wanted}), by_officer


_FORGET_STRANGERS = (
    update(proofs_of_readiness)
    .where(
        _COLUMNS.kind != Kind.NUMBER,
        _COLUMNS.e164 != "",
        _COLUMNS.e164.not_in(
            select(officers.c.phone).where(officers.c.phone.is_not(None))
        ),
        _COLUMNS.e164.not_in(select(duty_entries.c.e164)),
    )
    .values(e164="")
)
_LIVING = collectivities.c.removed_at.is_(None)
_OFFICERS = (
    select(
        collectivities.c.id,
        collectivities.c.name.label("owner"),
        officers.c.name,
        officers.c.phone.label("e164"),
        officers.c.language,
    )
    .join(collectivities, collectivities.c.id == officers.c.collectivity_id)
    .where(_LIVING, officers.c.phone.is_not(None))
    .order_by(collectivities.c.name, officers.c.name)
)
_ON_DUTY = (
    select(
        collectivities.c.id,
        collectivities.c.name.label("owner"),
        duty_entries.c.name,
        duty_entries.c.e164,
        collectivities.c.language,
    )
    .join(collectivities, collectivities.c.id == duty_entries.c.collectivity_id)
    .where(_LIVING)
    .order_by(collectivities.c.name, duty_entries.c.rank)
)
_OWNERS = select(
    collectivities.c.id, collectivities.c.name, collectivities.c.language
).where(_LIVING)
