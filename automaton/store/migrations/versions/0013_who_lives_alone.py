"""Those without a household are found without reading everybody who has one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alone = sa.text("household_id IS NULL")
    op.create_index(
        "ix_contacts_alone",
        "contacts",
        ["register_id", "id"],
        sqlite_where=alone,
        postgresql_where=alone,
    )


def downgrade() -> None:
    op.drop_index("ix_contacts_alone", "contacts")
