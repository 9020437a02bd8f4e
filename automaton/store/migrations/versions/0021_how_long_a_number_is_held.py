"""How long a call of no campaign lasts at most: so long it may hold its number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("live_numbers", sa.Column("lasts", sa.Integer()))


def downgrade() -> None:
    op.drop_column("live_numbers", "lasts")
