"""`automaton calls`: what callers left to be registered, for somebody to check."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from automaton.cli.options import Whose
from automaton.cli.rooms import office_of, who, zone_of
from automaton.cli.shell import AsJson, Yes, new_noun, shell_of
from automaton.services.collectivities import find_collectivity
from automaton.services.recordings_left import LeftRecordings
from automaton.store.people import SqlBook

app = new_noun()

Which = Annotated[
    str, typer.Argument(help="Its id, or the beginning of it.", metavar="recording")
]


@app.command("list")
def list_calls(
    context: typer.Context,
    collectivity: Whose = "",
    is_all: Annotated[
        bool, typer.Option("--all", help="Those that were dealt with too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what callers left, the oldest first."""
    shell = shell_of(context)
    office = office_of(shell)
    owner = find_collectivity(SqlBook(office.desk.engine), collectivity)
    found = LeftRecordings(office, who()).listed(owner, is_all=is_all)
    if as_json:
        return shell.print_json([asdict(one) for one in found])
    zone = zone_of(shell, owner)
    rows = [
        (
            one.id,
            f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}",
            one.e164 or "",
            round(one.seconds),
            one.done_by or "",
        )
        for one in found
    ]
    headings = ("Recording", "Left at", "Number", "Seconds", "Done by")
    return shell.print_rows(headings, rows)


@app.command("play")
def play(
    context: typer.Context,
    recording: Which,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="File for the sound (WAV)."),
    ] = None,
) -> None:
    """Write one as a sound file that any player plays; this is audited."""
    shell = shell_of(context)
    _, file = LeftRecordings(office_of(shell), who()).heard(recording, to)
    shell.tell("It is in {file}. Delete that once it is heard.", file=file)


@app.command("done")
def done(context: typer.Context, recording: Which, yes: Yes = False) -> None:
    """Say that the person was registered, or cannot be."""
    shell = shell_of(context)
    shell.confirm(yes, "{recording} will not be listed any more.", recording=recording)
    left = LeftRecordings(office_of(shell), who()).done(recording)
    shell.tell(
        "{recording} is dealt with; its sound is deleted in {days} days at the latest.",
        recording=left.id,
        days=shell.settings.call_ins.recordings_kept.days,
    )
