"""Calls for help (key 3): who asked, who took it, who closed it and what was done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OWNERS = {
    "collectivity_id": "collectivities.id",
    "campaign_id": "campaigns.id",
    "recipient_id": "recipients.id",
}


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(36), nullable=False),
        *(sa.Column(name, sa.String(36), nullable=False) for name in OWNERS),
        sa.Column("attempt_id", sa.String(36), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.String(36)),
        sa.Column("taken_name", sa.String(200), nullable=False),
        sa.Column("taken_at", Moment()),
        sa.Column("closed_by", sa.String(200)),
        sa.Column("closed_at", Moment()),
        sa.Column("note", sa.String(500), nullable=False),
        *(
            sa.ForeignKeyConstraint([name], [owner], name=f"fk_alarms_{name}")
            for name, owner in OWNERS.items()
        ),
        sa.UniqueConstraint("attempt_id", name="uq_alarms_attempt_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alarms"),
    )
    op.create_index("ix_alarms_campaign_id", "alarms", ["campaign_id"])
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_alarms_open",
        "alarms",
        ["recipient_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    op.drop_table("alarms")
