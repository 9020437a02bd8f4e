"""Messages with variables: their parts, and what is said to each recipient."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message_texts", sa.Column("parts", sa.JSON(none_as_null=True)))
    op.add_column("recipients", sa.Column("said", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("recipients", "said")
    op.drop_column("message_texts", "parts")
