"""What officers have recorded by telephone."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, String, Table

from automaton.store.columns import id_column, metadata, moment, reference

# Written before the recording begins, so that a call that breaks off loses none.
# `file` is in the folder of recordings; `officer_id` may be one who is gone.
takes = Table(
    "takes",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    Column("officer_id", String(36), nullable=False),
    Column("by", String(200), nullable=False),
    Column("file", String(255), nullable=False),
    moment("at", null=False),
    Column("seconds", Float),
    moment("kept_at"),
    Index("ix_takes_officer_id_at", "officer_id", "at"),
)
