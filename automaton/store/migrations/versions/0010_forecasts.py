"""What was expected of a campaign while it went on, to be held against what came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forecasts",
        sa.Column("campaign_id", sa.String(36), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("at_50", Moment()),
        sa.Column("at_80", Moment()),
        sa.Column("at_90", Moment()),
        sa.Column("ends_at", Moment()),
        sa.Column("reachable", sa.Float()),
        sa.Column("acknowledged", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name="fk_forecasts_campaign_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "made_at", name="pk_forecasts"),
    )


def downgrade() -> None:
    op.drop_table("forecasts")
