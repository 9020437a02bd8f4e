"""The telephone as a console: officers and their tries, scenarios, approvals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _officers()
    _tries()
    _scenarios()
    _approvals()


def downgrade() -> None:
    for name in ("approvals", "scenarios", "officer_tries", "officers"):
        op.drop_table(name)


def _officers() -> None:
    op.create_table(
        "officers",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("short_number", sa.String(4), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("phone", sa.String(16)),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("rung_back_at", Moment()),
        _of("officers", "collectivity_id", "collectivities.id"),
        sa.PrimaryKeyConstraint("id", name="pk_officers"),
        sa.UniqueConstraint(
            "collectivity_id",
            "short_number",
            name="uq_officers_collectivity_id_short_number",
        ),
    )


def _tries() -> None:
    op.create_table(
        "officer_tries",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("short_number", sa.String(4), nullable=False),
        sa.Column("caller", sa.String(16), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        _of("officer_tries", "collectivity_id", "collectivities.id"),
        sa.PrimaryKeyConstraint("id", name="pk_officer_tries"),
    )
    index = "ix_officer_tries_collectivity_id_at"
    op.create_index(index, "officer_tries", ["collectivity_id", "at"])


def _scenarios() -> None:
    op.create_table(
        "scenarios",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("spoken_name", sa.String(200), nullable=False),
        sa.Column("class", sa.String(24), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        _of("scenarios", "collectivity_id", "collectivities.id"),
        _of("scenarios", "register_id", "registers.id"),
        sa.PrimaryKeyConstraint("id", name="pk_scenarios"),
        sa.UniqueConstraint(
            "collectivity_id", "number", name="uq_scenarios_collectivity_id_number"
        ),
    )


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("asked_by", sa.String(200), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("homes", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(24)),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("decided_at", Moment()),
        sa.Column("reason", sa.Text(), nullable=False),
        _of("approvals", "campaign_id", "campaigns.id"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    op.create_index("ix_approvals_campaign_id", "approvals", ["campaign_id"])


def _of(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}")
