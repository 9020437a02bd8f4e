"""`automaton audit`: who did what, and whether that record is whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from automaton.cli.rooms import office_of
from automaton.cli.shell import AsJson, Shell, new_noun, shell_of
from automaton.domain.audit import Head
from automaton.domain.audit_check import Damage, Fault
from automaton.services.audit import (
    Checked,
    Shown,
    audit_head,
    audit_lines,
    verify,
)
from automaton.store.chain import Wanted

app = new_noun()

SENTENCES = {
    Damage.CHANGED: "{node}, line {seq}: it was changed",
    Damage.DELETED: "{node}, lines {seq} to {until}: they were deleted",
    Damage.INSERTED: "{node}, line {seq}: it was put in by somebody without the key",
    Damage.MOVED: "{node}, line {seq}: it was moved, it is line {was}",
    Damage.CUT: "{node}, lines {seq} to {until}: the end was cut off",
    Damage.OTHER_KEY: "{node}, line {seq}: sealed with a key that is not here; "
    "--key FILE names it",
    Damage.UNSEALED: "lines from before the chain were changed, deleted or added",
    Damage.STRANGER: "{node}, lines {seq} to {until}: a chain that no restore brought, "
    "sealed with a key that is not here; --key FILE names it",
    Damage.UNGUARDED: "the database lets lines be changed: its triggers are gone",
}


@app.command("verify")
def verify_audit(
    context: typer.Context,
    head: Annotated[
        list[str] | None,
        typer.Option(help="A head that a report or a backup prints; several may be."),
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="File of a key that was used before, or by another node."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every line of the audit; exit code 1 where one is not as it was written."""
    shell = shell_of(context)
    heads = [Head.read(one) for one in head or []]
    found = verify(office_of(shell), heads, key or [])
    if as_json:
        told = asdict(found) | {"heads": [str(one) for one in found.heads]}
        shell.print_json(told | {"whole": not found.faults})
    else:
        _tell(shell, found)
    if found.faults:
        raise typer.Exit(1)


@app.command("list")
def list_audit(
    context: typer.Context,
    by: Annotated[str, typer.Option(help="Whose acts: a login.")] = "",
    action: Annotated[str, typer.Option(help="Which act, such as launch.")] = "",
    about: Annotated[str, typer.Option(help="About which id.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show who did what; a name that nobody here has stays a keyed hash."""
    shell = shell_of(context)
    found = audit_lines(office_of(shell), Wanted(by, action, about, limit))
    if as_json:
        return shell.print_json([asdict(one) for one in found])
    headings = ("Line", "When", "Who", "Act", "About", "Details")
    return shell.print_rows(headings, [_row(one) for one in found])


@app.command("head")
def head_of_audit(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the last line in short, to be kept elsewhere: it shows an end cut off."""
    shell = shell_of(context)
    found = audit_head(office_of(shell))
    if as_json:
        return shell.print_json({"head": found})
    if not found:
        return shell.tell("Nothing stands in the audit yet.")
    return shell.print(found)


def sentence(shell: Shell, fault: Fault) -> str:
    """Return what is wrong with a line, in the person's language."""
    return shell.words(SENTENCES[fault.damage], **asdict(fault))


def _tell(shell: Shell, found: Checked) -> None:
    for fault in found.faults:
        shell.print(sentence(shell, fault))
    if found.older:
        shell.tell("{count:line is|lines are} older than the chain.", count=found.older)
    if found.unchecked:
        nodes = ", ".join(found.unchecked)
        shell.tell("Not checked, their key is elsewhere: {nodes}", nodes=nodes)
    if found.is_exposed:
        shell.tell("Others than its owner may read the key: chmod 600 it.")
    if not found.faults:
        shell.tell(
            "{count:line is as it was|lines are as they were} written.",
            count=found.lines,
        )
    for head in found.heads:
        shell.tell("Head: {head}", head=head)


def _row(one: Shown) -> tuple[object, ...]:
    details = " ".join(f"{name}={value}" for name, value in one.details.items())
    about = f"{one.subject} {one.subject_id}".strip()
    return one.seq or "–", one.at, one.by, one.action, about, details
