"""What an import will change in contacts that exist already, until it is published."""

from __future__ import annotations

from sqlalchemy import JSON, Column, PrimaryKeyConstraint, Table

from automaton.store.columns import metadata, reference

# `card`: the whole contact as it will be. Written while the import is staged, laid
# over the contacts after its flag is set, and then deleted.
import_changes = Table(
    "import_changes",
    metadata,
    reference("import_id", "imports.id", ondelete="CASCADE"),
    reference("contact_id", "contacts.id", ondelete="CASCADE"),
    Column("card", JSON, nullable=False),
    PrimaryKeyConstraint("import_id", "contact_id"),
)
