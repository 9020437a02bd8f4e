"""`automaton collectivity`: communes and others whose homes are rung."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from automaton.cli.rooms import open_book, who
from automaton.cli.shell import AsJson, new_noun, shell_of
from automaton.clock import SystemClock
from automaton.services.collectivities import (
    NewCollectivity,
    add_collectivity,
    find_collectivity,
)

app = new_noun()


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name, as the phone says it.")],
    insee: Annotated[str, typer.Option(help="INSEE code.")] = "",
    postal_code: Annotated[str, typer.Option(help="Postal code.")] = "",
    region: Annotated[
        str, typer.Option(help="Numbering region (FR, RE …); else by the code.")
    ] = "",
    timezone: Annotated[str, typer.Option(help="Time zone; else by the region.")] = "",
    language: Annotated[str, typer.Option(help="Language of its homes.")] = "fr",
    as_json: AsJson = False,
) -> None:
    """Add a collectivity, with a first register."""
    shell = shell_of(context)
    new = NewCollectivity(name, insee, postal_code, region, timezone, language)
    added = add_collectivity(open_book(shell), SystemClock(), new, who())
    if as_json:
        return shell.print_json(asdict(added))
    return shell.tell("{name} was added ({id}).", name=added.name, id=added.id)


@app.command("list")
def list_collectivities(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every collectivity."""
    shell = shell_of(context)
    found = open_book(shell).collectivities()
    if as_json:
        return shell.print_json([asdict(one) for one in found])
    rows = [(one.name, one.insee, one.region, one.timezone, one.id) for one in found]
    return shell.print_rows(("Name", "INSEE", "Region", "Time zone", "Id"), rows)


@app.command("show")
def show(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="Its name; not needed where there is one.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show a collectivity with its registers, accounts and duty list."""
    shell = shell_of(context)
    book = open_book(shell)
    found = find_collectivity(book, name)
    registers, users = book.registers(found.id), book.users(found.id)
    duty = book.duty_list(found.id)
    if as_json:
        return shell.print_json(
            asdict(found) | {"registers": registers, "users": users, "duty_list": duty}
        )
    shell.print_pairs(asdict(found))
    parts: tuple[tuple[tuple[str, ...], list[tuple[object, ...]]], ...] = (
        (
            ("Register", "Kind", "Contacts"),
            [(one.name, one.kind, one.contacts) for one in registers],
        ),
        (
            ("Login", "Name", "Role"),
            [(one.login, one.name, one.role) for one in users],
        ),
        (
            ("Duty list", "Name", "Number"),
            [(one.rank + 1, one.name, one.e164) for one in duty],
        ),
    )
    for headings, rows in parts:
        shell.print("")
        shell.print_rows(headings, rows)
    return None
