"""`automaton collectivity`: communes and others whose homes are rung."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from automaton.cli.rooms import open_book, who
from automaton.cli.shell import AsJson, Shell, Yes, new_noun, shell_of
from automaton.clock import SystemClock
from automaton.domain.collectivity import Collectivity, Establishment
from automaton.services.collectivities import (
    NewCollectivity,
    add_collectivity,
    find_collectivity,
)
from automaton.services.corrections import Correction, correct_collectivity
from automaton.services.removals import Belongings, belongings, remove_collectivity

app = new_noun()
INSEE = typer.Option(help="INSEE code.")
POSTAL_CODE = typer.Option(help="Postal code.")
REGION = typer.Option(help="Numbering region (FR, RE …); else by the code.")
TIME_ZONE = typer.Option(help="Time zone; else by the region.")
LANGUAGE = typer.Option(help="Language of its homes.")
OneOfThem = Annotated[
    str, typer.Argument(help="Its name; not needed where there is one.")
]


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name, as the phone says it.")],
    insee: Annotated[str, INSEE] = "",
    postal_code: Annotated[str, POSTAL_CODE] = "",
    region: Annotated[str, REGION] = "",
    timezone: Annotated[str, TIME_ZONE] = "",
    language: Annotated[str, LANGUAGE] = "fr",
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
def show(context: typer.Context, name: OneOfThem = "", as_json: AsJson = False) -> None:
    """Show a collectivity: registers, accounts, duty list and establishments."""
    shell = shell_of(context)
    book = open_book(shell)
    found = find_collectivity(book, name)
    its = belongings(book, found.id)
    if as_json:
        return shell.print_json(asdict(found) | asdict(its))
    shell.print_pairs(asdict(found))
    return _print_belongings(shell, its)


@app.command("rename")
def rename(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name until now.")],
    new_name: Annotated[str, typer.Argument(help="Its name, as the phone says it.")],
    as_json: AsJson = False,
) -> None:
    """Give a collectivity another name; the messages to come say it."""
    shell = shell_of(context)
    book = open_book(shell)
    found = find_collectivity(book, name)
    wish = Correction(name=new_name)
    now = correct_collectivity(book, SystemClock(), found, wish, who())
    _note_renamed(shell, found, now)
    if as_json:
        return shell.print_json(asdict(now))
    return shell.tell("{old} is now called {name}.", old=found.name, name=now.name)


@app.command("correct")
def correct(
    context: typer.Context,
    name: OneOfThem = "",
    insee: Annotated[str | None, INSEE] = None,
    postal_code: Annotated[str | None, POSTAL_CODE] = None,
    region: Annotated[str | None, REGION] = None,
    timezone: Annotated[str | None, TIME_ZONE] = None,
    language: Annotated[str | None, LANGUAGE] = None,
    as_json: AsJson = False,
) -> None:
    """Correct what was entered of a collectivity; what is not given stays."""
    shell = shell_of(context)
    book = open_book(shell)
    found = find_collectivity(book, name)
    wish = Correction(None, insee, postal_code, region, timezone, language)
    now = correct_collectivity(book, SystemClock(), found, wish, who())
    if as_json:
        return shell.print_json(asdict(now))
    return shell.print_pairs(asdict(now))


@app.command("remove")
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove a collectivity without contacts; the reports of its campaigns stay."""
    shell = shell_of(context)
    book = open_book(shell)
    found = find_collectivity(book, name)
    book.check_removable(found)
    its = belongings(book, found.id)
    shell.confirm(
        yes,
        "{name} will be removed, with registers ({registers}), accounts ({users}), "
        "numbers on duty ({numbers}), establishments ({establishments}), officers "
        "({officers}) and scenarios ({scenarios}).",
        name=found.name,
        registers=len(its.registers),
        users=len(its.users),
        numbers=len(its.duty_list),
        establishments=len(its.establishments),
        officers=len(its.officers),
        scenarios=len(its.scenarios),
    )
    gone = remove_collectivity(book, SystemClock(), found, who())
    _note_removed(shell, found)
    if as_json:
        shell.print_json(asdict(found) | asdict(gone))
    else:
        shell.tell("{name} was removed, with what follows:", name=found.name)
        shell.print_pairs(asdict(found))
        _print_belongings(shell, gone)
    book.sweep()


def _print_belongings(shell: Shell, its: Belongings) -> None:
    parts: tuple[tuple[tuple[str, ...], list[tuple[object, ...]]], ...] = (
        (
            ("Register", "Kind", "Contacts"),
            [(one.name, one.kind, one.contacts) for one in its.registers],
        ),
        (
            ("Login", "Name", "Role"),
            [(one.login, one.name, one.role) for one in its.users],
        ),
        (
            ("Duty list", "Name", "Number"),
            [(one.rank + 1, one.name, one.e164) for one in its.duty_list],
        ),
    )
    seldom: tuple[tuple[tuple[str, ...], list[tuple[object, ...]]], ...] = (
        (
            ("Short number", "Name", "Telephone"),
            [(one.short_number, one.name, one.phone) for one in its.officers],
        ),
        (
            ("Scenario", "Name", "Class"),
            [(one.number, one.name, one.campaign_class) for one in its.scenarios],
        ),
    )
    for headings, rows in (*parts, *((heads, some) for heads, some in seldom if some)):
        shell.print("")
        shell.print_rows(headings, rows)
    print_establishments(shell, its.establishments)


def print_establishments(shell: Shell, found: Sequence[Establishment]) -> None:
    """Show schools and care homes with their numbers, where there are any."""
    if found:
        shell.print("")
        rows = [(one.name, one.contact_name, ", ".join(one.numbers)) for one in found]
        shell.print_rows(("Establishment", "Contact", "Numbers"), rows)


def _note_renamed(shell: Shell, before: Collectivity, now: Collectivity) -> None:
    """Say which of our own numbers the settings give to a name of the past."""
    if before.name.casefold() == now.name.casefold():
        return
    for trunk, number in _own_numbers(shell, before.name):
        shell.note(
            "The settings (dids of {trunk}) still give {number} to {name}: write its"
            " name in dids.",
            trunk=trunk,
            number=number,
            name=before.name,
        )


def _note_removed(shell: Shell, gone: Collectivity) -> None:
    """Say which of our own numbers the settings give to somebody who is gone."""
    for trunk, number in _own_numbers(shell, gone.name, gone.id):
        shell.note(
            "The settings (dids of {trunk}) still give {number} to {name}: take it out"
            " of dids.",
            trunk=trunk,
            number=number,
            name=gone.name,
        )


def _own_numbers(shell: Shell, *names: str) -> list[tuple[str, str]]:
    """Return the own numbers (dids) of the trunks that one of the names has."""
    wanted = {name.casefold() for name in names}
    return [
        (trunk.name, number)
        for trunk in shell.settings.trunks
        for number, owner in trunk.dids.items()
        if owner.casefold() in wanted
    ]
