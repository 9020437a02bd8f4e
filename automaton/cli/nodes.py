"""`automaton nodes`: who is in the fleet, who leads, and what each holds."""

from __future__ import annotations

from dataclasses import asdict, replace

import typer

from automaton.cli.rooms import open_book
from automaton.cli.shell import AsJson, Shell, shell_of
from automaton.daemon import is_at_work
from automaton.domain.slices import TRUNK
from automaton.store.roster import NodeCard, NodeState, Share, roster

app = typer.Typer(rich_markup_mode=None)
HEADINGS = (
    *("Name", "Condition", "Leads", "Asterisk", "Start", "Last sign", "Lease left"),
    *("Calls", "Lines held", "Machine"),
)


@app.command()
def nodes(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the nodes of this database, who leads, and which lines each holds."""
    shell = shell_of(context)
    cards = [_as_it_is(shell, card) for card in roster(open_book(shell).engine)]
    if as_json:
        return shell.print_json([asdict(card) for card in cards])
    if not cards:
        return shell.tell("No node has ever been at work here.")
    return shell.print_rows(HEADINGS, [_cells(shell, card) for card in cards])


def _as_it_is(shell: Shell, card: NodeCard) -> NodeCard:
    """Return a card as it is: who is alone and was killed could not say so."""
    if card.state is not NodeState.ALONE or is_at_work(shell.settings):
        return card
    return replace(card, state=NodeState.DEAD, leads=False)


def _cells(shell: Shell, card: NodeCard) -> tuple[object, ...]:
    zone = shell.settings.calling.zone
    sign = card.last_sign_at or card.started_at
    left = card.lease_left
    return (
        card.name,
        shell.words(card.state.value),
        shell.words("yes") if card.leads else "",
        _reach(shell, card),
        card.epoch,
        "" if sign is None else f"{sign.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}",
        "" if left is None else f"{left.total_seconds():.1f} s",
        card.calls,
        ", ".join(_lines(shell, one) for one in card.slices if _is_trunk(one)),
        " ".join(word for word in (card.host, card.version) if word),
    )


def _reach(shell: Shell, card: NodeCard) -> str:
    if card.lease_left is None:
        return ""
    return shell.words("reached" if card.ready else "out of reach")


def _is_trunk(share: Share) -> bool:
    return share.scope.startswith(TRUNK) and bool(share.held or share.wants)


def _lines(shell: Shell, share: Share) -> str:
    name = share.scope.removeprefix(TRUNK)
    return shell.words(
        "{name}: {held}, {used} busy", name=name, held=share.held, used=share.in_use
    )
