"""What was proven end to end, by a call each."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table

from automaton.domain.readiness import Kind
from automaton.store.columns import Word, id_column, metadata, moment, reference

# Written before the call leaves: nobody is rung twice for one month. `id` is the id of
# the call where it is one of ours to our own number.
proofs_of_readiness = Table(
    "proofs_of_readiness",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    Column("kind", Word(Kind), nullable=False),
    Column("e164", String(16), nullable=False),
    Column("trunk", String(64), nullable=False),
    moment("asked_at", null=False),
    moment("ended_at"),
    Column("outcome", String(24)),
    Column("rang", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("key", Boolean, nullable=False),
    Column("sound", Boolean),
    Column("heard", String(64), nullable=False),
    Index("ix_proofs_of_readiness_asked_at", "asked_at"),
)
