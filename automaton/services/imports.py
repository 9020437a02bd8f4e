"""A file of contacts: looked at first, then taken into a register all at once.

The file is understood and compared; what is new is staged in chunks that keep no
campaign waiting, invisible until one flag publishes all of it. What changes in known
contacts waits beside them and is laid over them after the flag; `finish_imports`
completes that after a crash.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from automaton.clock import Clock
from automaton.domain.collectivity import Act
from automaton.domain.intake import Importer
from automaton.domain.roll import Enrolment
from automaton.services.import_book import ImportBook
from automaton.services.matching import Plan
from automaton.services.previews import ImportRequest, Preview, previewed

T = TypeVar("T")

# So many people are written in one transaction.
CHUNK = 150
# A change touches more tables than a new contact.
FEWER = 50
# A staged import older than this was left by a process that is gone.
ABANDONED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did; `import_id` is empty where there was nothing to do."""

    import_id: str
    preview: Preview


def import_contacts(
    book: ImportBook,
    clock: Clock,
    request: ImportRequest,
    importer: Importer | None = None,
) -> ImportResult:
    """Take a file into a register: all of it, or nothing where anything fails.

    `RequestError` where it is no file of contacts, or another import was published
    meanwhile.
    """
    finish_imports(book, clock)
    with _collector_paused():
        return _import(book, clock, request, importer)


def _import(
    book: ImportBook,
    clock: Clock,
    request: ImportRequest,
    importer: Importer | None,
) -> ImportResult:
    snapshot = book.snapshot(request.register_id)
    preview = previewed(book, request, snapshot, importer)
    if not (preview.added or preview.changed or preview.proposals):
        return ImportResult("", preview)
    enrolment, import_id = _enrolment(book, clock, request), request.id
    digest = hashlib.sha256(request.content).hexdigest()
    book.begin_import(import_id, request.register_id, digest, enrolment)
    try:
        stage(book, import_id, preview.plan, enrolment)
        act = _act(book, import_id, request, enrolment, preview)
        act = replace(act, at=clock.now())
        book.publish(import_id, snapshot.generation, preview.counts(), act)
    except BaseException:
        _until_none(book.discard, import_id, CHUNK)
        raise
    _until_none(book.apply_changes, import_id, FEWER)
    return ImportResult(import_id, preview)


def stage(book: ImportBook, import_id: str, plan: Plan, enrolment: Enrolment) -> None:
    """Write a plan in chunks; nobody sees any of it."""
    for additions in _chunks(plan.additions):
        book.stage(import_id, additions, enrolment)
    for changes in _chunks(plan.changes):
        book.stage_changes(import_id, changes, enrolment)
    for proposals in _chunks(plan.proposals):
        book.stage_proposals(import_id, proposals, enrolment.at)


def finish_imports(book: ImportBook, clock: Clock) -> None:
    """Complete what was published, drop what was abandoned; called at every start."""
    for import_id in book.unapplied_imports():
        _until_none(book.apply_changes, import_id, FEWER)
    for import_id in book.abandoned_imports(clock.now() - ABANDONED):
        _until_none(book.discard, import_id, CHUNK)


def _enrolment(book: ImportBook, clock: Clock, request: ImportRequest) -> Enrolment:
    return Enrolment(
        by=request.by,
        at=clock.now(),
        file_name=request.file_name,
        origin=request.origin,
        consent=request.consent,
        language=book.collectivity_of(request.register_id).language,
    )


def _act(
    book: ImportBook,
    import_id: str,
    request: ImportRequest,
    enrolment: Enrolment,
    preview: Preview,
) -> Act:
    return Act(
        by=request.by,
        at=enrolment.at,
        action="contacts_imported",
        subject="import",
        subject_id=import_id,
        collectivity_id=book.collectivity_of(request.register_id).id,
        details=tuple((name, str(n)) for name, n in preview.counts().items()),
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking a growing register again and again.

    That was a quarter of the time of an import; nothing here makes cycles.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def _until_none(work: Callable[[str, int], int], import_id: str, most: int) -> None:
    while work(import_id, most):
        pass
