"""Calls that came in, and what callers left to be heard by a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_ins",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("e164", sa.String(16)),
        sa.Column("came_to", sa.String(24), nullable=False),
        _whose("call_ins"),
        sa.PrimaryKeyConstraint("id", name="pk_call_ins"),
    )
    op.create_index("ix_call_ins_e164_at", "call_ins", ["e164", "at"])
    op.create_index("ix_call_ins_at", "call_ins", ["at"])
    op.create_table(
        "recordings_left",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("e164", sa.String(16)),
        sa.Column("file", sa.String(80), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("done_at", Moment()),
        sa.Column("done_by", sa.String(200)),
        _whose("recordings_left"),
        sa.PrimaryKeyConstraint("id", name="pk_recordings_left"),
    )
    op.create_index(
        "ix_recordings_left_collectivity_id_at",
        "recordings_left",
        ["collectivity_id", "at"],
    )


def downgrade() -> None:
    op.drop_table("recordings_left")
    op.drop_table("call_ins")


def _whose(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["collectivity_id"], ["collectivities.id"], name=f"fk_{table}_collectivity_id"
    )
