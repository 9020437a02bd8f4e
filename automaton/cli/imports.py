"""`automaton contacts import`: a file of contacts, looked at or taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from automaton.cli.options import InRegister, Whose
from automaton.cli.rooms import open_book, register_in, who
from automaton.cli.shell import AsJson, Shell, shell_of
from automaton.cli.unbroken import UnbrokenBook
from automaton.clock import SystemClock
from automaton.domain.contact import Consent, Origin
from automaton.domain.intake import ContactRow
from automaton.domain.roll import ProposalKind
from automaton.errors import RequestError
from automaton.services.imports import (
    ImportResult,
    finish_imports,
    import_contacts,
)
from automaton.services.previews import ImportRequest, Preview, preview_import
from automaton.services.wording import told, why_refused
from automaton.store.people import SqlBook

MOST_PROBLEMS = 30


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file of contacts (CSV).")],
    register: InRegister = "",
    collectivity: Whose = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    origin: Annotated[
        Origin, typer.Option(help="From whom the people are, where rows are silent.")
    ] = Origin.DIRECTORY,
    consent_how: Annotated[
        str, typer.Option(help="How they agreed, where rows are silent.")
    ] = "",
    consent_text: Annotated[str, typer.Option(help="To which text.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a file into a register: all of it at once, bad rows told."""
    shell = shell_of(context)
    book = UnbrokenBook(open_book(shell).engine)
    _, chosen = register_in(book, collectivity, register)
    clock, by = SystemClock(), who()
    agreed = None
    if consent_how or consent_text:
        agreed = Consent("", clock.now(), consent_how, consent_text)
    request = ImportRequest(chosen.id, file.name, content_of(file), by, origin, agreed)
    with told_if_cut_off(shell, book, request):
        with shell.progress("Reading the contacts …"):
            if dry_run:
                done = ImportResult("", preview_import(book, request))
            else:
                done = import_contacts(book, clock, request)
        if as_json:
            shell.print_json(as_plain(shell, done.preview, done.import_id))
        else:
            tell_import(shell, done.preview, dry_run)
    if done.preview.has_nobody:
        raise nothing_taken(shell, done.preview, file)


@contextmanager
def told_if_cut_off(
    shell: Shell, book: SqlBook, request: ImportRequest
) -> Iterator[None]:
    """Say after Ctrl-C what is in the register: the whole file, or nothing of it."""
    try:
        yield
    except KeyboardInterrupt:
        if book.is_published(request.id):
            shell.note(
                "Cut off, but {file} is in the register.", file=request.file_name
            )
            finish_imports(book, SystemClock())
        else:
            shell.note("Cut off: nothing of {file} is taken.", file=request.file_name)
        raise


def nothing_taken(shell: Shell, preview: Preview, file: Path) -> RequestError:
    """Return what is said of a file of which no row can be taken."""
    faults = Counter(one.fault for one in preview.problems if one.refused)
    if faults:
        sentence = shell.words(
            "Nothing of {file} is taken, every row is refused: mend the rows, or the "
            "headings, and import it again; most often: {why}.",
            file=file.name,
            why=why_refused(faults.most_common(1)[0][0], shell.language),
        )
    else:
        sentence = shell.words(
            "Nothing of {file} is taken: it has no row below its headings.",
            file=file.name,
        )
    return RequestError(sentence, error_id="nothing-imported")


def content_of(file: Path) -> bytes:
    """Return what is in a file; `RequestError` where there is none."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise RequestError(f"{file}: {error.strerror}.", error_id="file") from error


def as_plain(shell: Shell, preview: Preview, import_id: str) -> dict[str, object]:
    """Return an import for a program."""
    problems = [
        {
            "line": problem.line,
            "fault": problem.fault,
            "value": problem.value,
            "refused": problem.refused,
            "sentence": told(problem, shell.language),
        }
        for problem in preview.problems
    ]
    return {
        "import_id": import_id,
        **preview.counts(),
        "problems": problems,
        "first": [as_row(row) for row in preview.first],
        "joined": [asdict(one) for one in preview.duplicates],
        "unknown_headings": preview.reading.unknown_headings,
    }


def as_row(row: ContactRow) -> dict[str, object]:
    """Return one row as it was understood."""
    card = row.card
    place = (card.address.street, card.address.postal_code, card.address.city)
    return {
        "line": row.line,
        "name": card.name,
        "address": " ".join(filter(None, place)),
        "points": [point.value for point in card.points],
    }


def tell_rows(shell: Shell, preview: Preview) -> None:
    """Show the first rows as understood, and which rows say a person again."""
    first = [tuple(as_row(row).values()) for row in preview.first]
    if first:
        shell.print_rows(("Line", "Name", "Address", "Numbers"), first)
    for one in preview.duplicates[:MOST_PROBLEMS]:
        shell.tell(
            "Line {line}: the same person as on line {first}; the rows are joined.",
            line=one.line,
            first=one.first_line,
        )
    more = len(preview.duplicates) - MOST_PROBLEMS
    if more > 0:
        shell.tell("… and {count} more (--json has them all).", count=more)


def tell_import(shell: Shell, preview: Preview, dry_run: bool) -> None:
    """Say what an import did, or would do, and what is wrong in the file."""
    if dry_run:
        tell_rows(shell, preview)
    for problem in preview.problems[:MOST_PROBLEMS]:
        shell.print(told(problem, shell.language))
    more = len(preview.problems) - MOST_PROBLEMS
    if more > 0:
        shell.tell("… and {count} more (--json has them all).", count=more)
    if preview.reading.unknown_headings:
        shell.tell(
            "Columns that are not read: {names}",
            names=", ".join(preview.reading.unknown_headings),
        )
    counts = preview.counts()
    shell.tell(
        "Would be done: {added} new, {changed} changed, {unchanged} unchanged, "
        "{duplicates} doubled, {refused:row|rows} refused."
        if dry_run
        else "Done: {added} new, {changed} changed, {unchanged} unchanged, "
        "{duplicates} doubled, {refused:row|rows} refused.",
        **counts,
    )
    kinds = [proposal.kind for proposal in preview.proposals]
    if kinds:
        shell.tell(
            "Proposed: {homes:household|households}, "
            "{places:establishment|establishments}; see automaton contacts "
            "proposals",
            homes=kinds.count(ProposalKind.HOUSEHOLD),
            places=kinds.count(ProposalKind.ESTABLISHMENT),
        )
