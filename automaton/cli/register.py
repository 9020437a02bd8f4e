"""`automaton register`: the lists of contacts of a collectivity."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from automaton.cli.collectivity import print_establishments
from automaton.cli.options import Whose
from automaton.cli.rooms import open_book, register_in, who
from automaton.cli.shell import AsJson, Yes, new_noun, shell_of
from automaton.clock import SystemClock
from automaton.domain.collectivity import RegisterKind
from automaton.services.collectivities import find_collectivity
from automaton.services.registers import (
    NewRegister,
    add_register,
    remove_register,
    rename_register,
)

app = new_noun()


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name.")],
    kind: Annotated[
        RegisterKind, typer.Option(help="By which law it is kept.")
    ] = RegisterKind.ALERT,
    collectivity: Whose = "",
    as_json: AsJson = False,
) -> None:
    """Add a register to a collectivity."""
    shell = shell_of(context)
    book = open_book(shell)
    new = NewRegister(find_collectivity(book, collectivity).id, name, kind)
    added = add_register(book, SystemClock(), new, who())
    if as_json:
        return shell.print_json(asdict(added))
    return shell.tell("{name} was added ({id}).", name=added.name, id=added.id)


@app.command("list")
def list_registers(
    context: typer.Context, collectivity: Whose = "", as_json: AsJson = False
) -> None:
    """Show the registers of a collectivity."""
    shell = shell_of(context)
    book = open_book(shell)
    found = book.registers(find_collectivity(book, collectivity).id)
    if as_json:
        return shell.print_json([asdict(one) for one in found])
    rows = [(one.name, one.kind, one.contacts, one.id) for one in found]
    return shell.print_rows(("Name", "Kind", "Contacts", "Id"), rows)


@app.command("rename")
def rename(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name until now.")],
    new_name: Annotated[str, typer.Argument(help="Its name.")],
    collectivity: Whose = "",
    as_json: AsJson = False,
) -> None:
    """Give a register another name."""
    shell = shell_of(context)
    book = open_book(shell)
    _, found = register_in(book, collectivity, name)
    now = rename_register(book, SystemClock(), found, new_name, who())
    if as_json:
        return shell.print_json(asdict(now))
    return shell.tell("{old} is now called {name}.", old=found.name, name=now.name)


@app.command("remove")
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name.")],
    collectivity: Whose = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove a register without contacts that no campaign ever was for."""
    shell = shell_of(context)
    book = open_book(shell)
    _, found = register_in(book, collectivity, name)
    book.check_unused(found)
    every = book.establishments(found.collectivity_id)
    its = [one for one in every if one.register_id == found.id]
    told = "The register {name} will be removed."
    if its:
        told = (
            "The register {name} will be removed, with establishments "
            "({establishments})."
        )
    shell.confirm(yes, told, name=found.name, establishments=len(its))
    remove_register(book, SystemClock(), found, who())
    if as_json:
        more = {"establishments": [asdict(one) for one in its]}
        shell.print_json(asdict(found) | more)
    else:
        shell.tell("The register {name} was removed.", name=found.name)
        print_establishments(shell, its)
    book.sweep()
