"""`automaton officer`: who may launch by telephone, with a short number and a code.

A code is typed on the terminal, twice and unseen, or comes by standard input; it is
never an argument, which other accounts of the machine could read.
"""

from __future__ import annotations

import getpass
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from automaton import bootstrap
from automaton.cli.options import Whose
from automaton.cli.rooms import open_book, who
from automaton.cli.shell import AsJson, Shell, Yes, new_noun, shell_of
from automaton.clock import SystemClock
from automaton.errors import RequestError
from automaton.services.collectivities import find_collectivity
from automaton.services.officers import (
    NewOfficer,
    add_officer,
    change_code,
    change_phone,
    find_officer,
    remove_officer,
    tried_today,
    unlock,
)

app = new_noun()
Who = Annotated[
    str, typer.Argument(metavar="officer", help="The short number, or the name.")
]
CodeStdin = Annotated[
    bool, typer.Option("--code-stdin", help="Read the code from standard input.")
]


@app.command("add")
def add(
    context: typer.Context,
    short_number: Annotated[str, typer.Argument(help="1 to 9999, as it is typed.")],
    name: Annotated[str, typer.Argument(help="The person's name.")],
    phone: Annotated[
        str, typer.Option(help="The person's own telephone, which may be rung back.")
    ] = "",
    language: Annotated[
        str, typer.Option(help="What is spoken to the person; else the collectivity's.")
    ] = "",
    collectivity: Whose = "",
    code_stdin: CodeStdin = False,
    as_json: AsJson = False,
) -> None:
    """Let a person launch by telephone; the code is asked for."""
    shell = shell_of(context)
    book, trunks = open_book(shell), shell.settings.sip_trunks
    owner = find_collectivity(book, collectivity)
    spoken = bootstrap.phrasebook(shell.settings).languages
    code = code_from(shell, code_stdin)
    told = (name, code, phone, language, trunks, spoken)
    new = NewOfficer(owner, short_number, *told)
    added = add_officer(book, SystemClock(), new, who())
    if as_json:
        return shell.print_json(asdict(added))
    return shell.tell(
        "{name} is officer {number}.", name=added.name, number=added.short_number
    )


@app.command("list")
def list_officers(
    context: typer.Context, collectivity: Whose = "", as_json: AsJson = False
) -> None:
    """Show the officers, and how often each was tried in vain within a day."""
    shell = shell_of(context)
    book = open_book(shell)
    owner = find_collectivity(book, collectivity)
    found = book.officers(owner.id)
    tried = tried_today(book, SystemClock(), owner.id)
    if as_json:
        more = [{"tried_in_vain": tried.get(one.short_number, 0)} for one in found]
        told = zip(map(asdict, found), more, strict=True)
        return shell.print_json([one | its for one, its in told])
    rows = [
        (
            one.short_number,
            one.name,
            one.phone,
            one.language,
            tried.get(one.short_number, 0),
        )
        for one in found
    ]
    heads = ("Short number", "Name", "Telephone", "Language", "Tried in vain")
    return shell.print_rows(heads, rows)


@app.command("remove")
def remove(
    context: typer.Context, officer: Who, collectivity: Whose = "", yes: Yes = False
) -> None:
    """Let a person launch by telephone no more."""
    shell = shell_of(context)
    book = open_book(shell)
    owner = find_collectivity(book, collectivity)
    found = find_officer(book, owner.id, officer)
    shell.confirm(yes, "{name} will launch by telephone no more.", name=found.name)
    remove_officer(book, SystemClock(), found, who())
    shell.tell("{name} is no officer any more.", name=found.name)


@app.command("code")
def code(
    context: typer.Context,
    officer: Who,
    collectivity: Whose = "",
    code_stdin: CodeStdin = False,
) -> None:
    """Give a person another code; the old one opens nothing any more."""
    shell = shell_of(context)
    book = open_book(shell)
    found = find_officer(book, find_collectivity(book, collectivity).id, officer)
    typed = code_from(shell, code_stdin)
    change_code(book, SystemClock(), found, typed, who())
    shell.tell("{name} has another code.", name=found.name)


@app.command("phone")
def phone(
    context: typer.Context,
    officer: Who,
    number: Annotated[str, typer.Argument(help="The telephone; « » for none.")],
    collectivity: Whose = "",
) -> None:
    """Register another telephone of a person, which may be rung back."""
    shell = shell_of(context)
    book, trunks = open_book(shell), shell.settings.sip_trunks
    owner = find_collectivity(book, collectivity)
    found = find_officer(book, owner.id, officer)
    told = (owner, found, number.strip(), trunks, who())
    changed = change_phone(book, SystemClock(), *told)
    if changed.phone is None:
        return shell.tell("{name} has no telephone here.", name=found.name)
    return shell.tell(
        "{name} is rung back on {number}.", name=found.name, number=changed.phone
    )


@app.command("unlock")
def unlock_officer(
    context: typer.Context,
    officer: Annotated[
        str, typer.Argument(metavar="officer", help="The short number, or the name.")
    ] = "",
    caller: Annotated[
        str, typer.Option(help="The number of a telephone that is locked.")
    ] = "",
    collectivity: Whose = "",
) -> None:
    """Forget the wrong tries for a person, or of a telephone."""
    shell = shell_of(context)
    book = open_book(shell)
    owner = find_collectivity(book, collectivity)
    found = find_officer(book, owner.id, officer) if officer else None
    count = unlock(book, SystemClock(), owner, found, caller, who())
    shell.tell("Forgotten: {count:wrong try|wrong tries}.", count=count)


def code_from(shell: Shell, from_stdin: bool) -> str:
    """Return the code that a person types; `RequestError` where it cannot be unseen."""
    if from_stdin:
        return sys.stdin.readline().strip()
    if not sys.stdin.isatty():
        sentence = shell.words(
            "A code is typed on a terminal, or given by --code-stdin."
        )
        raise RequestError(sentence, error_id="code-terminal")
    first = _unseen(shell.words("The code, 6 to 12 digits (it is not shown):"))
    if first != _unseen(shell.words("Once more:")):
        sentence = shell.words("The two codes are not the same: nothing was done.")
        raise RequestError(sentence, error_id="code-terminal")
    return first


def _unseen(question: str) -> str:
    try:
        return getpass.getpass(f"{question} ").strip()
    except EOFError:
        return ""
