"""A collectivity may be removed; the reports of its campaigns stay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("collectivities", sa.Column("removed_at", Moment()))


def downgrade() -> None:
    op.drop_column("collectivities", "removed_at")
