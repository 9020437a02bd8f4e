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
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("insee", sa.String(length=5)),
        sa.Column("postal_code", sa.String(length=10)),
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collectivities"),
        sa.UniqueConstraint("name", name="uq_collectivities_name"),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("collectivity_id", sa.String(length=36), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment()),
        sa.ForeignKeyConstraint(
            ["collectivity_id"], ["collectivities.id"], name="fk_users_collectivity_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint(
            "collectivity_id", "login", name="uq_users_collectivity_id_login"
        ),
    )


def _duty_entries() -> None:
    op.create_table(
        "duty_entries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("collectivity_id", sa.String(length=36), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("e164", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["collectivity_id"],
            ["collectivities.id"],
            name="fk_duty_entries_collectivity_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_duty_entries"),
        sa.UniqueConstraint(
            "collectivity_id", "rank", name="uq_duty_entries_collectivity_id_rank"
        ),
    )


def _trunk_states() -> None:
    op.create_table(
        "trunk_states",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("rate", sa.Float()),
        sa.Column("broken_until", Moment()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_trunk_states"),
    )


def _nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("pid", sa.Integer()),
        sa.Column("started_at", Moment()),
        sa.Column("beat_at", Moment()),
        sa.PrimaryKeyConstraint("name", name="pk_nodes"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collectivity_id", sa.String(length=36)),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collectivity_id"], ["collectivities.id"], name="fk_audit_collectivity_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject_id", "audit", ["subject_id"])
