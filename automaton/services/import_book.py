"""What an import needs of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from automaton.domain.collectivity import Act, Collectivity
from automaton.domain.roll import Addition, Change, Enrolment, Proposal, Snapshot


class ImportBook(Protocol):
    """A register while a file comes in; each method is one short transaction."""

    def collectivity_of(self, register_id: str) -> Collectivity:
        """Return whose register it is; `RequestError` for one that is not there."""
        ...

    def snapshot(self, register_id: str) -> Snapshot:
        """Return the visible contacts of a register, and what was proposed."""
        ...

    def begin_import(
        self, import_id: str, register_id: str, sha256: str, enrolment: Enrolment
    ) -> None:
        """Write an import that shows nothing yet."""
        ...

    def stage(
        self, import_id: str, additions: Sequence[Addition], enrolment: Enrolment
    ) -> None:
        """Write new contacts that nobody sees yet."""
        ...

    def stage_changes(
        self, import_id: str, changes: Sequence[Change], enrolment: Enrolment
    ) -> None:
        """Write down what will change, changing nothing yet."""
        ...

    def stage_proposals(
        self, import_id: str, proposals: Sequence[Proposal], at: datetime
    ) -> None:
        """Write proposals that nobody sees yet."""
        ...

    def publish(
        self, import_id: str, generation: int, counts: dict[str, int], act: Act
    ) -> None:
        """Set the flag; `RequestError` where the register moved on since then."""
        ...

    def is_published(self, import_id: str) -> bool:
        """Tell whether the flag of an import is set."""
        ...

    def apply_changes(self, import_id: str, limit: int) -> int:
        """Once published: lay up to `limit` changes over their contacts."""
        ...

    def discard(self, import_id: str, limit: int) -> int:
        """Delete up to `limit` staged rows of an unpublished import; 0 when done."""
        ...

    def unapplied_imports(self) -> Sequence[str]:
        """Return the published imports that still have changes to lay over."""
        ...

    def abandoned_imports(self, before: datetime) -> Sequence[str]:
        """Return the imports that were begun before a moment and never published."""
        ...
