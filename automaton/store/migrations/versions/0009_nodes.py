"""Several nodes share one database: leases, a chair, and slices of what trunks have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LEASE = (
    ("instance", sa.String(36)),
    ("host", sa.String(255)),
    ("version", sa.String(64)),
    ("trunks", sa.JSON()),
    ("lease", sa.Float()),
    ("lease_until", Moment()),
    ("ready", sa.Boolean()),
    ("fenced_at", Moment()),
    ("stopped_at", Moment()),
)


def upgrade() -> None:
    for name, kind in LEASE:
        op.add_column("nodes", sa.Column(name, kind))
    beats = sa.Column("beats", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("nodes", beats)
    op.create_table(
        "roles",
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_roles"),
    )
    op.create_table(
        "scopes",
        sa.Column("name", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_scopes"),
    )
    op.create_table(
        "slices",
        sa.Column("scope", sa.String(80), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("in_use", sa.Integer(), nullable=False),
        sa.Column("wants", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "node", name="pk_slices"),
    )
    op.create_table(
        "trunk_days",
        sa.Column("trunk", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("talked", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("trunk", "day", name="pk_trunk_days"),
    )
    op.create_table(
        "sounds",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sounds"),
    )
    _conditions(by_node=True)


def downgrade() -> None:
    _conditions(by_node=False)
    for name in ("sounds", "trunk_days", "slices", "scopes", "roles"):
        op.drop_table(name)
    with op.batch_alter_table("nodes") as table:
        for name in ("beats", *(name for name, _ in LEASE)):
            table.drop_column(name)


def _conditions(*, by_node: bool) -> None:
    """Make the table anew; what it holds is forgotten at every start anyway."""
    op.drop_table("trunk_states")
    node = sa.Column("node", sa.String(64), nullable=False, server_default="")
    op.create_table(
        "trunk_states",
        sa.Column("name", sa.String(64), nullable=False),
        *([node] if by_node else []),
        sa.Column("rate", sa.Float()),
        sa.Column("broken_until", Moment()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint(
            "name", *(["node"] if by_node else []), name="pk_trunk_states"
        ),
    )
