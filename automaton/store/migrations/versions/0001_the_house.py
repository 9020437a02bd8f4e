"""The house: collectivities, users, duty lists, trunks, nodes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _collectivities()
    _users()
    _duty_entries()
    _trunk_states()
    _nodes()
    _audit()


def downgrade() -> None:
    for table in (
        "audit",
        "nodes",
        "trunk_states",
        "duty_entries",
        "users",
        "collectivities",
    ):
        op.drop_table(table)


def _collectivities() -> None:
    op.create_table(
        "collectivities",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("insee", sa.String(5)),
        sa.Column("postal_code", sa.String(10)),
        sa.Column("region", sa.String(2), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment()),
        sa.ForeignKeyConstraint(["collectivity_id"], ["collectivities.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collectivity_id", "login"),
    )


def _duty_entries() -> None:
    op.create_table(
        "duty_entries",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("e164", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["collectivity_id"], ["collectivities.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collectivity_id", "rank"),
    )


def _trunk_states() -> None:
    op.create_table(
        "trunk_states",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("rate", sa.Float()),
        sa.Column("broken_until", Moment()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("pid", sa.Integer()),
        sa.Column("started_at", Moment()),
        sa.Column("beat_at", Moment()),
        sa.PrimaryKeyConstraint("name"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collectivity_id", sa.String(36)),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["collectivity_id"], ["collectivities.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_subject_id", "audit", ["subject_id"])
