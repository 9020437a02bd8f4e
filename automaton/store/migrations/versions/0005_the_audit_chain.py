"""The audit: a chain of sealed lines that the database only lets grow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CHAIN = {"node": 64, "key_id": 16, "previous": 64, "mac": 64}
REFUSAL = "the audit is append-only"


def upgrade() -> None:
    for name, length in CHAIN.items():
        op.add_column("audit", sa.Column(name, sa.String(length)))
    op.add_column("audit", sa.Column("seq", sa.Integer()))
    op.create_index("ix_audit_node_seq", "audit", ["node", "seq"], unique=True)
    op.create_table(
        "audit_heads",
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("node"),
    )
    for statement in _guards():
        op.execute(statement)


def downgrade() -> None:
    for statement in _without_guards():
        op.execute(statement)
    op.drop_table("audit_heads")
    op.drop_index("ix_audit_node_seq", "audit")
    for name in ("seq", *CHAIN):
        op.drop_column("audit", name)


def _guards() -> list[str]:
    if op.get_bind().dialect.name == "sqlite":
        return [
            f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            for act in ("UPDATE", "DELETE")
        ]
    refuse = "EXECUTE FUNCTION audit_refuse()"
    return [
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
        *(
            f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit "
            f"FOR EACH {'STATEMENT' if act == 'TRUNCATE' else 'ROW'} {refuse}"
            for act in ("UPDATE", "DELETE", "TRUNCATE")
        ),
    ]


def _without_guards() -> list[str]:
    if op.get_bind().dialect.name == "sqlite":
        return ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"]
    return ["DROP FUNCTION audit_refuse() CASCADE"]
