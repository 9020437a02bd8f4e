"""`automaton alarm`: who asked for help, until somebody closes it by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from automaton.cli.calls_for_help import code_of, standing_of
from automaton.cli.rooms import office_of, who
from automaton.cli.shell import AsJson, new_noun, shell_of
from automaton.domain.help import in_pairs
from automaton.services.calls_for_help import (
    calls_for_help,
    close_alarm,
    reopen_alarm,
)

app = new_noun()
Which = Annotated[
    str, typer.Argument(help="Its code, its id, or the name of the home.")
]


@app.command("list")
def list_alarms(
    context: typer.Context,
    closed: Annotated[bool, typer.Option("--all", help="The closed ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who asked for help by key 3, until it is closed."""
    shell = shell_of(context)
    found = calls_for_help(office_of(shell), closed=closed)
    if as_json:
        told = [
            asdict(one) | {"state": one.state, "code": code_of(one)} for one in found
        ]
        return shell.print_json(told)
    if not found:
        return shell.tell("No call for help is open.")
    zone = shell.settings.calling.zone
    rows = [
        (
            code_of(one),
            shell.cell(one.opened_at, zone=zone),
            one.name,
            one.address,
            in_pairs(one.number),
            one.campaign,
            standing_of(shell, one, zone),
        )
        for one in found
    ]
    heads = ("Code", "When", "Name", "Address", "Number", "Campaign", "Standing")
    return shell.print_rows(heads, rows)


@app.command("close")
def close(
    context: typer.Context,
    alarm: Which,
    note: Annotated[str, typer.Option(help="What was done; it stands in reports.")],
) -> None:
    """Close a call for help under your name; it is no longer rung for."""
    shell = shell_of(context)
    closed = close_alarm(office_of(shell), alarm, who(), note)
    shell.tell("The call for help of {name} is closed.", name=closed.name)
    if closed.taken_at is None:
        shell.note("Nobody on duty had taken it.")


@app.command("reopen")
def reopen(context: typer.Context, alarm: Which) -> None:
    """Undo a closing; one that nobody had taken is rung for again."""
    shell = shell_of(context)
    opened = reopen_alarm(office_of(shell), alarm, who())
    shell.tell("The call for help of {name} is open again.", name=opened.name)
