"""How many homes of an audience are frozen so far: known without counting them all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("frozen_homes", sa.Integer()))
    # What is being frozen at this moment is counted at its end, as before.
    begun = sa.table("campaigns", sa.column("plan_cursor"), sa.column("frozen_homes"))
    fresh = begun.update().where(begun.c.plan_cursor == "").values(frozen_homes=0)
    op.execute(fresh)


def downgrade() -> None:
    op.drop_column("campaigns", "frozen_homes")
