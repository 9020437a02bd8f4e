"""Calls that came in, and what callers left to be heard by a person."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, String, Table

from automaton.domain.call_in import CameTo
from automaton.store.columns import Word, id_column, metadata, moment, reference

# `e164`: the number that called, as the network told it; NULL where it told none.
call_ins = Table(
    "call_ins",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    moment("at", null=False),
    Column("e164", String(16)),
    Column("came_to", Word(CameTo), nullable=False),
    Index("ix_call_ins_e164_at", "e164", "at"),
    Index("ix_call_ins_at", "at"),
)

# A name and an address, spoken: `file` lies in the folder of recordings. Somebody has
# dealt with it since `done_at`.
recordings_left = Table(
    "recordings_left",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    moment("at", null=False),
    Column("e164", String(16)),
    Column("file", String(80), nullable=False),
    Column("seconds", Float, nullable=False),
    moment("done_at"),
    Column("done_by", String(200)),
    Index("ix_recordings_left_collectivity_id_at", "collectivity_id", "at"),
)
