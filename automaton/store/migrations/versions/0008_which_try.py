"""An attempt says which try of its recipient it is; retries have a queue of their own.

What waits now is looked through once; what has ended keeps the default, nobody asks.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_AGAIN = sa.text("state = 'planned' AND ordinal > 1")
_COUNT = """
UPDATE attempts SET ordinal = (
    SELECT count(*) FROM attempts AS earlier
    WHERE earlier.recipient_id = attempts.recipient_id
) WHERE state = 'planned'
"""


def upgrade() -> None:
    ordinal = sa.Column(
        "ordinal", sa.SmallInteger(), nullable=False, server_default="1"
    )
    op.add_column("attempts", ordinal)
    op.execute(_COUNT)
    op.create_index(
        "ix_attempts_again",
        "attempts",
        ["campaign_id", "due_at", "id"],
        sqlite_where=_AGAIN,
        postgresql_where=_AGAIN,
    )


def downgrade() -> None:
    op.drop_index("ix_attempts_again", "attempts")
    op.drop_column("attempts", "ordinal")
