"""`automaton contacts`: the people of a register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from automaton.cli.cut_off import clear_up
from automaton.cli.imports import import_file
from automaton.cli.options import InRegister, Whose
from automaton.cli.rooms import office_of, open_book, register_in, who
from automaton.cli.sharing import accept, proposals, refuse
from automaton.cli.shell import AsJson, Shell, Yes, new_noun, shell_of
from automaton.clock import SystemClock
from automaton.domain.roll import ContactPage
from automaton.errors import LineError, RequestError, unwritable
from automaton.private import open_private
from automaton.services.leftovers import refuse_copies
from automaton.services.register import (
    erase_contact,
    export_contact,
    list_contacts,
    plain_values,
    search_for,
    show_contact,
    values_of,
)
from automaton.services.retention import Retention
from automaton.services.traces import forget_reports
from automaton.voices.cache import PromptCache

app = new_noun()
app.command("import")(import_file)
app.command("proposals")(proposals)
app.command("accept")(accept)
app.command("refuse")(refuse)
Person = Annotated[str, typer.Argument(help="The contact's id, from the list.")]


@app.command("list")
def list_people(
    context: typer.Context,
    search: Annotated[
        str, typer.Argument(help="Words of name or address, or a number.")
    ] = "",
    register: InRegister = "",
    collectivity: Whose = "",
    size: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
    after: Annotated[str, typer.Option(help="Id at which the page before ended.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show the contacts of a register."""
    shell = shell_of(context)
    book = open_book(shell)
    _, chosen = register_in(book, collectivity, register)
    asked = search_for(chosen.id, search, after, size)
    form = "json" if as_json else "table"
    page = list_contacts(book, SystemClock(), asked, who(), form)
    if as_json:
        return shell.print_json(asdict(page))
    rows = [
        (one.name, _street(one.address), ", ".join(one.numbers), one.id)
        for one in page.contacts
    ]
    shell.print_rows(("Name", "Address", "Numbers", "Id"), rows)
    return shell.note("{told}", told=_rest(page))


@app.command("show")
def show(context: typer.Context, contact: Person, as_json: AsJson = False) -> None:
    """Show everything that is kept of one person; the look is journalled."""
    shell = shell_of(context)
    found = show_contact(open_book(shell), SystemClock(), contact, who())
    if as_json:
        return shell.print_json(plain_values(found))
    return shell.print_tree(_counted_from_one(values_of(found)))


@app.command("export")
def export(
    context: typer.Context,
    contact: Person,
    output: Annotated[
        Path | None, typer.Option(help="Where to write it: .json or .csv.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write everything that is kept of one person, to be handed over."""
    shell = shell_of(context)
    if output is not None and output.suffix not in {".json", ".csv"}:
        raise RequestError(
            f"{output.name} must end in .json or .csv.", error_id="export-path"
        )
    found = export_contact(open_book(shell), SystemClock(), contact, who())
    if output is None or as_json:
        return shell.print(found.json)
    try:
        with open_private(output) as file:
            file.write(found.csv if output.suffix == ".csv" else found.json)
    except OSError as error:
        raise unwritable(output, error, "export-path") from error
    return shell.tell("Written: {path}", path=output)


@app.command("erase")
def erase(
    context: typer.Context, contact: Person, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Erase one person; the calls stay counted, without name and number."""
    shell = shell_of(context)
    book = open_book(shell)
    found = show_contact(book, SystemClock(), contact, who())
    book.check_erasable(contact)
    shell.confirm(
        yes,
        "{name} will be erased for good: {points:contact point|contact points}, and "
        "name and number in {calls:call|calls}.",
        name=found.card.name,
        points=len(found.points),
        calls=len(found.calls),
    )
    clear_up(shell)
    folders = shell.settings.folders
    sounds = PromptCache(folders.prompts), folders.recordings
    try:
        gone = erase_contact(book, SystemClock(), contact, who(), *sounds)
    except LineError as error:
        if error.error_id == "sweep-later":  # they are erased
            forget_reports(folders.reports, found.card)
        raise
    reports = forget_reports(folders.reports, found.card)
    if as_json:
        shell.print_json({**asdict(gone), "reports_deleted": reports})
    else:
        _tell_erased(shell, gone.calls_anonymised, reports)
    refuse_copies(shell.settings)


def _tell_erased(shell: Shell, calls: int, reports: Sequence[Path]) -> None:
    shell.tell(
        "Erased; {calls:call no longer says whom it was|calls no longer say "
        "whom they were} for.",
        calls=calls,
    )
    for path in reports:
        shell.tell("Deleted, for it named them: {path}", path=path)
    shell.note(
        "What was written elsewhere stays: your own copies of the register, exports, "
        "backups."
    )


@app.command("sweep")
def sweep_files(context: typer.Context) -> None:
    """Take what was erased, and kept for long enough, out of all files."""
    shell = shell_of(context)
    clear_up(shell)
    open_book(shell).sweep()
    purged = Retention(office_of(shell)).look()
    refuse_copies(shell.settings)
    shell.tell("What was erased is in no file of the database.")
    if purged.strangers:
        shell.note(
            "{count:recording is|recordings are} of no record: deleted once as old "
            "as call_ins.recordings_kept, or with the next erasure.",
            count=purged.strangers,
        )
    if purged.soundless:
        shell.note(
            "{count:recording has|recordings have} no sound on this machine.",
            count=purged.soundless,
        )


def _counted_from_one(found: dict[str, Any]) -> dict[str, Any]:
    """Return a contact's file with the ranks as people count."""
    points = [point | {"rank": point["rank"] + 1} for point in found["points"]]
    return found | {"points": points}


def _street(address: object) -> str:
    parts = (getattr(address, name) for name in ("street", "postal_code", "city"))
    return ", ".join(part for part in parts if part)


def _rest(page: ContactPage) -> str:
    shown = f"{len(page.contacts)} / {page.total}"
    return f"{shown}  --after {page.after}" if page.after else shown
