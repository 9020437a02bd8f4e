"""`automaton user`: the people of a collectivity who have an account."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from automaton.cli.options import Whose
from automaton.cli.rooms import open_book, who
from automaton.cli.shell import AsJson, Yes, new_noun, shell_of
from automaton.clock import SystemClock
from automaton.domain.collectivity import Role
from automaton.services.collectivities import find_collectivity
from automaton.services.users import NewUser, add_user, find_user, remove_user

app = new_noun()
Login = Annotated[str, typer.Argument(help="The short name to log in with.")]


@app.command("add")
def add(
    context: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.OPERATOR,
    collectivity: Whose = "",
    as_json: AsJson = False,
) -> None:
    """Give a person an account."""
    shell = shell_of(context)
    book = open_book(shell)
    new = NewUser(find_collectivity(book, collectivity).id, login, name, role)
    added = add_user(book, SystemClock(), new, who())
    if as_json:
        return shell.print_json(asdict(added))
    return shell.tell("{name} was added ({id}).", name=added.login, id=added.id)


@app.command("list")
def list_users(
    context: typer.Context, collectivity: Whose = "", as_json: AsJson = False
) -> None:
    """Show the accounts of a collectivity."""
    shell = shell_of(context)
    book = open_book(shell)
    found = book.users(find_collectivity(book, collectivity).id)
    if as_json:
        return shell.print_json([asdict(one) for one in found])
    rows = [(one.login, one.name, one.role) for one in found]
    return shell.print_rows(("Login", "Name", "Role"), rows)


@app.command("remove")
def remove(
    context: typer.Context, login: Login, collectivity: Whose = "", yes: Yes = False
) -> None:
    """End an account; what the person did stays in the audit."""
    shell = shell_of(context)
    book = open_book(shell)
    owner = find_collectivity(book, collectivity)
    found = find_user(book, owner.id, login)
    shell.confirm(yes, "The account {login} will be closed.", login=found.login)
    gone = remove_user(book, SystemClock(), owner.id, found.login, who())
    shell.tell("The account {login} is closed.", login=gone.login)
