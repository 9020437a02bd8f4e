"""When an import was published: who came by it later is not rung by what goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("published_at", Moment()))


def downgrade() -> None:
    op.drop_column("imports", "published_at")
