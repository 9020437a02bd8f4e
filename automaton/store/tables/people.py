"""The register: households, establishments, contacts and the ways to reach them.

A contact or establishment of an import is visible only while the import's state is
`published`; one entered by hand has no import and is visible at once.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from automaton.store.columns import id_column, metadata, moment, reference, text


def _address() -> list[Column[object]]:
    """Return the columns of a place; coordinates are WGS 84 degrees."""
    return [
        Column("street", String(200), nullable=False, default=""),
        Column("postal_code", String(10), nullable=False, default=""),
        Column("city", String(100), nullable=False, default=""),
        Column("insee", String(5)),
        Column("latitude", Float),
        Column("longitude", Float),
    ]


# kind: alert, canicule, …; registers are never merged.
registers = Table(
    "registers",
    metadata,
    id_column(),
    reference("collectivity_id", "collectivities.id"),
    Column("name", String(100), nullable=False),
    Column("kind", String(24), nullable=False),
    moment("created_at", null=False),
    UniqueConstraint("collectivity_id", "name"),
)

groups = Table(
    "groups",
    metadata,
    id_column(),
    reference("register_id", "registers.id"),
    Column("name", String(100), nullable=False),
    UniqueConstraint("register_id", "name"),
)

# state: staged, published, undone. `counts`: rows read, added, same, bad, …
imports = Table(
    "imports",
    metadata,
    id_column(),
    reference("register_id", "registers.id"),
    Column("file_name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    moment("at", null=False),
    Column("by", String(200), nullable=False),
    Column("state", String(24), nullable=False, default="staged"),
    Column("counts", JSON, nullable=False, default=dict),
    moment("published_at"),
    Index("ix_imports_register_id_sha256", "register_id", "sha256"),
)

# `identity_key` recognises the same home, school or person again; free for importers.
households = Table(
    "households",
    metadata,
    id_column(),
    reference("register_id", "registers.id"),
    Column("identity_key", String(200)),
    *_address(),
    Index("ix_households_register_id_id", "register_id", "id"),
    UniqueConstraint("register_id", "identity_key"),
)

establishments = Table(
    "establishments",
    metadata,
    id_column(),
    reference("register_id", "registers.id"),
    reference("import_id", "imports.id", null=True),
    Column("identity_key", String(200)),
    Column("name", String(200), nullable=False),
    Column("kind", String(40), nullable=False, default=""),
    Column("contact_name", String(200), nullable=False, default=""),
    Column("language", String(8), nullable=False, default="fr"),
    *_address(),
    moment("created_at", null=False),
    moment("removed_at"),
    Index("ix_establishments_register_id_id", "register_id", "id"),
    UniqueConstraint("register_id", "identity_key"),
)

# `rank` orders the people of one home, 0 is asked for first. `codeword_prompt` is the
# rendered sound of `codeword`. origin: self, third_party, directory, transmitted.
contacts = Table(
    "contacts",
    metadata,
    id_column(),
    reference("register_id", "registers.id"),
    reference("household_id", "households.id", null=True),
    reference("establishment_id", "establishments.id", null=True),
    reference("import_id", "imports.id", null=True),
    Column("identity_key", String(200)),
    Column("rank", Integer, nullable=False, default=0),
    Column("last_name", String(100), nullable=False, default=""),
    Column("first_name", String(100), nullable=False, default=""),
    Column("birth_year", Integer),
    Column("language", String(8), nullable=False, default="fr"),
    Column("codeword", String(100)),
    Column("codeword_prompt", String(80)),
    text("notes"),
    Column("origin", String(24), nullable=False, default="self"),
    *_address(),
    moment("created_at", null=False),
    moment("removed_at"),
    Index("ix_contacts_register_id_id", "register_id", "id"),
    Index("ix_contacts_register_id_identity_key", "register_id", "identity_key"),
    Index("ix_contacts_household_id", "household_id"),
    Index("ix_contacts_establishment_id", "establishment_id"),
    Index("ix_contacts_import_id", "import_id"),
)

# Who shares no home with anybody is found without reading all who do.
_ALONE = contacts.c.household_id.is_(None)
Index(
    "ix_contacts_alone",
    contacts.c.register_id,
    contacts.c.id,
    sqlite_where=_ALONE,
    postgresql_where=_ALONE,
)

group_members = Table(
    "group_members",
    metadata,
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True
    ),
    Index("ix_group_members_contact_id", "contact_id"),
)

# kind: landline, mobile, sms, email, fax. `value`: E.164 or an e-mail address.
# `rank` 0 is the preferred one; a flagged point is not rung until a person looked.
contact_points = Table(
    "contact_points",
    metadata,
    id_column(),
    reference("contact_id", "contacts.id", null=True, ondelete="CASCADE"),
    reference("establishment_id", "establishments.id", null=True, ondelete="CASCADE"),
    Column("kind", String(12), nullable=False),
    Column("value", String(254), nullable=False),
    Column("rank", Integer, nullable=False, default=0),
    moment("flagged_at"),
    Column("flag_reason", String(60)),
    CheckConstraint(
        "(contact_id IS NULL) <> (establishment_id IS NULL)", name="one_owner"
    ),
    Index("ix_contact_points_contact_id", "contact_id"),
    Index("ix_contact_points_establishment_id", "establishment_id"),
    Index("ix_contact_points_value", "value"),
)

# The journal of consent. action: given, withdrawn, recorded (neither of the two); the
# latest row of the first two counts.
consents = Table(
    "consents",
    metadata,
    id_column(),
    reference("contact_id", "contacts.id", ondelete="CASCADE"),
    moment("at", null=False),
    Column("by", String(200), nullable=False),
    Column("how", String(60), nullable=False),
    Column("action", String(12), nullable=False),
    text("text"),
    Index("ix_consents_contact_id_at", "contact_id", "at"),
)

# What the import found and a person decides: state open, accepted, refused.
proposals = Table(
    "proposals",
    metadata,
    id_column(),
    reference("register_id", "registers.id"),
    reference("import_id", "imports.id", null=True),
    Column("e164", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("contact_ids", JSON, nullable=False, default=list),
    Column("state", String(12), nullable=False, default="open"),
    moment("created_at", null=False),
    moment("decided_at"),
    Column("decided_by", String(200)),
    Index("ix_proposals_register_id_e164", "register_id", "e164"),
)
