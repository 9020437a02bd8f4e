"""What an import would do, told before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import PurePath

from automaton.domain.contact import Consent, Origin
from automaton.domain.intake import ContactRow, Home, Importer, Problem, Reading
from automaton.domain.roll import Proposal, Snapshot
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.import_book import ImportBook
from automaton.services.matching import Duplicate, Plan, planned

FIRST_ROWS = 5
# Other endings of text files; the importer finds the delimiter by itself.
SAME_AS = {"": "csv", "txt": "csv", "tsv": "csv"}


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A file, for which register, by whom.

    `origin` and `consent` hold for the rows that say nothing themselves. Each is
    imported once, under its `id`.
    """

    register_id: str
    file_name: str
    content: bytes
    by: str
    origin: Origin = Origin.DIRECTORY
    consent: Consent | None = None
    id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do; nothing was written.

    `added`, `changed`, `unchanged` count people; `refused` counts rows.
    """

    reading: Reading
    plan: Plan
    first: tuple[ContactRow, ...]
    added: int
    changed: int
    unchanged: int
    refused: int

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return every bad row and bad cell, by line."""
        return self.reading.problems

    @property
    def has_nobody(self) -> bool:
        """Whether no row of the file can be taken."""
        return not self.reading.rows

    @property
    def duplicates(self) -> tuple[Duplicate, ...]:
        """Return the rows that say a person again."""
        return self.plan.duplicates

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Return who would be proposed as one household or establishment."""
        return self.plan.proposals

    def counts(self) -> dict[str, int]:
        """Return all numbers by name."""
        return {
            "read": len(self.reading.rows) + self.refused,
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "duplicates": len(self.duplicates),
            "refused": self.refused,
            "proposals": len(self.proposals),
        }


def importer_for(file_name: str) -> Importer:
    """Return the importer for a file's ending; `RequestError` where there is none."""
    ending = PurePath(file_name).suffix.lstrip(".").casefold()
    name = SAME_AS.get(ending, ending)
    found = entry_points(group="automaton.importers", name=name)
    if not found:
        raise RequestError(
            f"Files that end in .{ending} cannot be read: save it as CSV.",
            error_id="no_importer",
        )
    importer: Importer = next(iter(found)).load()
    return importer


def preview_import(
    book: ImportBook, request: ImportRequest, importer: Importer | None = None
) -> Preview:
    """Return what an import would do; nothing is written."""
    return previewed(book, request, book.snapshot(request.register_id), importer)


def previewed(
    book: ImportBook,
    request: ImportRequest,
    snapshot: Snapshot,
    importer: Importer | None,
) -> Preview:
    """Return what an import would do to a register that looks like this."""
    home = Home(book.collectivity_of(request.register_id).region)
    read = importer or importer_for(request.file_name)
    reading = read(request.content, home)
    plan = planned(reading.rows, snapshot)
    return Preview(
        reading=reading,
        plan=plan,
        first=reading.rows[:FIRST_ROWS],
        added=len(plan.additions),
        changed=len(plan.changes),
        unchanged=plan.unchanged,
        refused=sum(problem.refused for problem in reading.problems),
    )
