"""`automaton contacts proposals|accept|refuse`: people who share a number."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from automaton.cli.options import InRegister, Whose
from automaton.cli.rooms import open_book, register_in, who
from automaton.cli.shell import AsJson, shell_of
from automaton.clock import SystemClock
from automaton.services.proposals import (
    Decision,
    accept_proposal,
    refuse_proposal,
    show_proposals,
)

Proposed = Annotated[str, typer.Argument(help="The proposal's id, from the list.")]


def proposals(
    context: typer.Context,
    register: InRegister = "",
    collectivity: Whose = "",
    as_json: AsJson = False,
) -> None:
    """Show who may be one household, or live in one establishment."""
    shell = shell_of(context)
    book = open_book(shell)
    _, chosen = register_in(book, collectivity, register)
    form = "json" if as_json else "table"
    found = show_proposals(book, SystemClock(), chosen.id, who(), form)
    if as_json:
        return shell.print_json([asdict(one) for one in found])
    rows = [
        (
            one.proposal.kind,
            one.proposal.e164,
            ", ".join(person.name for person in one.people),
            one.proposal.id,
        )
        for one in found
    ]
    return shell.print_rows(("Kind", "Number", "People", "Id"), rows)


def accept(
    context: typer.Context,
    proposal: Proposed,
    name: Annotated[str, typer.Option(help="What the establishment is called.")] = "",
    contact: Annotated[str, typer.Option(help="Who answers its telephone.")] = "",
) -> None:
    """Do as proposed; each person is kept."""
    shell = shell_of(context)
    decision = Decision(proposal, who(), name, contact)
    done = accept_proposal(open_book(shell), SystemClock(), decision)
    shell.tell(
        "{count:person is|people are} joined ({kind}).",
        count=len(done.contact_ids),
        kind=shell.words(done.kind.value),
    )


def refuse(context: typer.Context, proposal: Proposed) -> None:
    """Leave these people as they are; they only share a number."""
    shell = shell_of(context)
    decision = Decision(proposal, who())
    refuse_proposal(open_book(shell), SystemClock(), decision)
    shell.tell("Nobody is joined; this is not asked again.")
