"""A register while a file comes in: each call one short transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from automaton.domain.collectivity import Act, Collectivity
from automaton.domain.roll import Addition, Change, Enrolment, Proposal, Snapshot
from automaton.store.engine import reading, writing
from automaton.store.people import changes, house, roll, staging


class SqlImportBook:
    """Imports in one database; `services.import_book` says what each call does."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collectivity_of(self, register_id: str) -> Collectivity:
        """Return whose register it is; `RequestError` for one that is not there."""
        with reading(self.engine) as connection:
            return house.collectivity_of(connection, register_id)

    def snapshot(self, register_id: str) -> Snapshot:
        """Return the visible contacts of a register, and what was proposed."""
        with reading(self.engine) as connection:
            return roll.snapshot(connection, register_id)

    def begin_import(
        self, import_id: str, register_id: str, sha256: str, enrolment: Enrolment
    ) -> None:
        """Write an import that shows nothing yet; refuse a register that is gone."""
        with writing(self.engine) as connection:
            house.collectivity_of(connection, register_id, hold=True)
            staging.begin_import(connection, import_id, register_id, sha256, enrolment)

    def stage(
        self, import_id: str, additions: Sequence[Addition], enrolment: Enrolment
    ) -> None:
        """Write new contacts that nobody sees yet."""
        new = staging.NewContacts(additions, enrolment)
        with writing(self.engine) as connection:
            staging.stage(connection, import_id, new)

    def stage_changes(
        self, import_id: str, new: Sequence[Change], enrolment: Enrolment
    ) -> None:
        """Write down what will change, changing nothing yet."""
        with writing(self.engine) as connection:
            staging.stage_changes(connection, import_id, new, enrolment)

    def stage_proposals(
        self, import_id: str, proposals: Sequence[Proposal], at: datetime
    ) -> None:
        """Write proposals that nobody sees yet."""
        with writing(self.engine) as connection:
            staging.stage_proposals(connection, import_id, proposals, at)

    def publish(
        self, import_id: str, generation: int, counts: dict[str, int], act: Act
    ) -> None:
        """Set the flag; `RequestError` where the register moved on since then."""
        with writing(self.engine) as connection:
            staging.publish(connection, import_id, generation, counts, act)

    def is_published(self, import_id: str) -> bool:
        """Tell whether the flag of an import is set."""
        with reading(self.engine) as connection:
            return staging.is_published(connection, import_id)

    def apply_changes(self, import_id: str, limit: int) -> int:
        """Once published: lay up to `limit` changes over their contacts."""
        with writing(self.engine) as connection:
            return changes.apply_changes(connection, import_id, limit)

    def discard(self, import_id: str, limit: int) -> int:
        """Delete up to `limit` staged rows of an unpublished import; 0 when done."""
        with writing(self.engine) as connection:
            return staging.discard(connection, import_id, limit)

    def unapplied_imports(self) -> Sequence[str]:
        """Return the published imports that still have changes to lay over."""
        with reading(self.engine) as connection:
            return changes.unapplied_imports(connection)

    def abandoned_imports(self, before: datetime) -> Sequence[str]:
        """Return the imports that were begun before a moment and never published."""
        with reading(self.engine) as connection:
            return staging.abandoned_imports(connection, before)
