"""The register: homes, establishments, contacts and their contact points."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from automaton.store.columns import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _registers()
    _groups()
    _imports()
    _households()
    _establishments()
    _contacts()
    _group_members()
    _contact_points()
    _consents()
    _proposals()
    _import_changes()


def downgrade() -> None:
    for table in (
        "import_changes",
        "proposals",
        "consents",
        "contact_points",
        "group_members",
        "contacts",
        "establishments",
        "households",
        "imports",
        "groups",
        "registers",
    ):
        op.drop_table(table)


def _registers() -> None:
    op.create_table(
        "registers",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("collectivity_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["collectivity_id"], ["collectivities.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collectivity_id", "name"),
    )


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("register_id", "name"),
    )


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_imports_register_id_sha256", "imports", ["register_id", "sha256"]
    )


def _households() -> None:
    op.create_table(
        "households",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("identity_key", sa.String(200)),
        sa.Column("street", sa.String(200), nullable=False),
        sa.Column("postal_code", sa.String(10), nullable=False),
        sa.Column("city", sa.String(100), nullable=False),
        sa.Column("insee", sa.String(5)),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("register_id", "identity_key"),
    )
    op.create_index("ix_households_register_id_id", "households", ["register_id", "id"])


def _establishments() -> None:
    op.create_table(
        "establishments",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("import_id", sa.String(36)),
        sa.Column("identity_key", sa.String(200)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("contact_name", sa.String(200), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("street", sa.String(200), nullable=False),
        sa.Column("postal_code", sa.String(10), nullable=False),
        sa.Column("city", sa.String(100), nullable=False),
        sa.Column("insee", sa.String(5)),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment()),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"]),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("register_id", "identity_key"),
    )
    op.create_index(
        "ix_establishments_register_id_id", "establishments", ["register_id", "id"]
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("household_id", sa.String(36)),
        sa.Column("establishment_id", sa.String(36)),
        sa.Column("import_id", sa.String(36)),
        sa.Column("identity_key", sa.String(200)),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("last_name", sa.String(100), nullable=False),
        sa.Column("first_name", sa.String(100), nullable=False),
        sa.Column("birth_year", sa.Integer()),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("codeword", sa.String(100)),
        sa.Column("codeword_prompt", sa.String(80)),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(24), nullable=False),
        sa.Column("street", sa.String(200), nullable=False),
        sa.Column("postal_code", sa.String(10), nullable=False),
        sa.Column("city", sa.String(100), nullable=False),
        sa.Column("insee", sa.String(5)),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment()),
        sa.ForeignKeyConstraint(["establishment_id"], ["establishments.id"]),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"]),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"]),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contacts_establishment_id", "contacts", ["establishment_id"])
    op.create_index("ix_contacts_household_id", "contacts", ["household_id"])
    op.create_index("ix_contacts_import_id", "contacts", ["import_id"])
    op.create_index("ix_contacts_register_id_id", "contacts", ["register_id", "id"])
    op.create_index(
        "ix_contacts_register_id_identity_key",
        "contacts",
        ["register_id", "identity_key"],
    )


def _group_members() -> None:
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name="fk_group_members_contact_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["groups.id"],
            name="fk_group_members_group_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "contact_id"),
    )
    op.create_index("ix_group_members_contact_id", "group_members", ["contact_id"])


def _contact_points() -> None:
    op.create_table(
        "contact_points",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("contact_id", sa.String(36)),
        sa.Column("establishment_id", sa.String(36)),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("value", sa.String(254), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("flagged_at", Moment()),
        sa.Column("flag_reason", sa.String(60)),
        sa.CheckConstraint(
            "(contact_id IS NULL) <> (establishment_id IS NULL)",
            name="ck_contact_points_one_owner",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name="fk_contact_points_contact_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["establishment_id"],
            ["establishments.id"],
            name="fk_contact_points_establishment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contact_points_contact_id", "contact_points", ["contact_id"])
    op.create_index(
        "ix_contact_points_establishment_id", "contact_points", ["establishment_id"]
    )
    op.create_index("ix_contact_points_value", "contact_points", ["value"])


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("how", sa.String(60), nullable=False),
        sa.Column("action", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name="fk_consents_contact_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_consents_contact_id_at", "consents", ["contact_id", "at"])


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("register_id", sa.String(36), nullable=False),
        sa.Column("import_id", sa.String(36)),
        sa.Column("e164", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("contact_ids", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("decided_at", Moment()),
        sa.Column("decided_by", sa.String(200)),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"]),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_proposals_register_id_e164", "proposals", ["register_id", "e164"]
    )


def _import_changes() -> None:
    op.create_table(
        "import_changes",
        sa.Column("import_id", sa.String(36), nullable=False),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name="fk_import_changes_contact_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["imports.id"],
            name="fk_import_changes_import_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "contact_id"),
    )
