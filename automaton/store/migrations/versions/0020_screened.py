"""Calls that a screener took: it asked for a key or a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    no = sa.false()
    op.add_column(
        "attempts",
        sa.Column("screened", sa.Boolean(), nullable=False, server_default=no),
    )


def downgrade() -> None:
    op.drop_column("attempts", "screened")
