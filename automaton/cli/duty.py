"""`automaton duty`: the telephones that are rung when something is wrong."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from automaton.cli.options import Whose
from automaton.cli.rooms import open_book, who
from automaton.cli.shell import AsJson, Yes, new_noun, shell_of
from automaton.clock import SystemClock
from automaton.services.collectivities import find_collectivity
from automaton.services.duty import (
    NewDutyNumber,
    add_duty_number,
    find_duty_number,
    remove_duty_number,
)

app = new_noun()


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Who answers there.")],
    number: Annotated[str, typer.Argument(help="The telephone number.")],
    collectivity: Whose = "",
    as_json: AsJson = False,
) -> None:
    """Put a telephone at the end of the duty list."""
    shell = shell_of(context)
    book = open_book(shell)
    owner, trunks = find_collectivity(book, collectivity), shell.settings.sip_trunks
    new = NewDutyNumber(owner, name, number, trunks)
    added = add_duty_number(book, SystemClock(), new, who())
    if as_json:
        return shell.print_json(asdict(added))
    return shell.tell(
        "{name} ({number}) is number {rank} of the duty list.",
        name=added.name,
        number=added.e164,
        rank=added.rank + 1,
    )


@app.command("list")
def list_duty(
    context: typer.Context, collectivity: Whose = "", as_json: AsJson = False
) -> None:
    """Show the duty list in the order in which it is rung."""
    shell = shell_of(context)
    book = open_book(shell)
    found = book.duty_list(find_collectivity(book, collectivity).id)
    if as_json:
        return shell.print_json([asdict(one) for one in found])
    rows = [(one.rank + 1, one.name, one.e164) for one in found]
    return shell.print_rows(("Order", "Name", "Number"), rows)


@app.command("remove")
def remove(
    context: typer.Context,
    entry: Annotated[str, typer.Argument(help="The name or the number.")],
    collectivity: Whose = "",
    yes: Yes = False,
) -> None:
    """Take a telephone off the duty list."""
    shell = shell_of(context)
    book = open_book(shell)
    owner = find_collectivity(book, collectivity)
    found = find_duty_number(book, owner, entry)
    book.check_duty_entry(found)
    shell.confirm(yes, "{entry} will no longer be rung in trouble.", entry=found.name)
    gone = remove_duty_number(book, SystemClock(), owner, entry, who())
    shell.tell("{name} is off the duty list.", name=gone.name)
