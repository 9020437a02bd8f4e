"""What keeps the rest safe: which backups were made, and who must stay erased."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table

from automaton.store.columns import id_column, metadata, moment, text

# One archive at one place. `verified_at`: read back from there, whole and signed by us;
# `fault` says why that did not come about.
backups = Table(
    "backups",
    metadata,
    id_column(),
    moment("taken_at", null=False),
    Column("name", String(200), nullable=False),
    Column("place", String(400), nullable=False),
    Column("size", BigInteger, nullable=False, default=0),
    Column("sha256", String(64), nullable=False, default=""),
    moment("verified_at"),
    text("fault"),
    Index("ix_backups_taken_at", "taken_at"),
)

# A keyed hash of each erased contact's id, so that no restore brings them back. The
# key is a file beside the database; `key_id` says which, nothing in the oldest.
tombstones = Table(
    "tombstones",
    metadata,
    Column("digest", String(64), primary_key=True),
    moment("at", null=False),
    Column("key_id", String(16)),
)
