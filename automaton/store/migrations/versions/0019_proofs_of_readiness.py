"""Which telephones were rung by which trunk to prove that they ring."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME = "proofs_of_readiness"


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("e164", sa.String(16), nullable=False),
        sa.Column("trunk", sa.String(64), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("outcome", sa.String(24)),
        sa.Column("rang", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("key", sa.Boolean(), nullable=False),
        sa.Column("sound", sa.Boolean()),
        sa.Column("heard", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["collectivity_id"],
            ["collectivities.id"],
            name=f"fk_{NAME}_collectivity_id",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{NAME}"),
    )
    op.create_index(f"ix_{NAME}_asked_at", NAME, ["asked_at"])


def downgrade() -> None:
    op.drop_table(NAME)
