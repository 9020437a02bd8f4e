"""A tombstone says by which key it is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tombstones", sa.Column("key_id", sa.String(16)))


def downgrade() -> None:
    with op.batch_alter_table("tombstones") as batch:
        batch.drop_column("key_id")
