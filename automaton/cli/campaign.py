"""`automaton campaign`: made, launched, steered and watched."""

from __future__ import annotations

from typing import Annotated

import typer

from automaton.cli.choice import campaign_to_change, campaign_to_read
from automaton.cli.drafting import create, follow_up
from automaton.cli.launching import launch
from automaton.cli.plain import cell
from automaton.cli.rooms import office_of, who, zone_of
from automaton.cli.shell import AsJson, Shell, Yes, new_noun, shell_of
from automaton.cli.watching import follow, tell_progress
from automaton.domain.campaign import CampaignState, Move
from automaton.services.commands import (
    Asked,
    pause,
    refuse_move,
    resume,
    stop,
    wait_for_command,
)
from automaton.services.obstacles import UNSPOKEN, is_unspoken
from automaton.services.office import Office
from automaton.services.progress import progress
from automaton.services.report_words import order_told, words_in
from automaton.store.drafts import CampaignCard
from automaton.store.orders import orders_to

app = new_noun()
app.command("create")(create)
app.command("follow-up")(follow_up)
app.command("launch")(launch)
Which = Annotated[str, typer.Argument(help="Its id, the beginning of it, or its name.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it stands in the report.")]


@app.command("pause")
def pause_campaign(
    context: typer.Context, campaign: Which, reason: Why = "", as_json: AsJson = False
) -> None:
    """Let no new call leave; calls that live go on."""
    shell = shell_of(context)
    office = office_of(shell)
    asked = pause(office, campaign_to_change(shell, office, campaign), who(), reason)
    tell_asked(shell, office, asked, as_json)


@app.command("resume")
def resume_campaign(
    context: typer.Context, campaign: Which, as_json: AsJson = False
) -> None:
    """Let calls leave again."""
    shell = shell_of(context)
    office = office_of(shell)
    found = campaign_to_change(shell, office, campaign)
    tell_asked(shell, office, resume(office, found, who()), as_json)


@app.command("stop")
def stop_campaign(
    context: typer.Context,
    campaign: Which,
    reason: Why = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End a campaign for good; calls that live end their sentence."""
    shell = shell_of(context)
    office = office_of(shell)
    found = progress(office, campaign_to_change(shell, office, campaign))
    refuse_move(found.state, Move.STOP)
    shell.confirm(
        yes,
        "« {name} » will end for good: {open} of {all:recipient|recipients} without "
        "an end yet, not called any more.",
        name=found.name,
        open=found.recipients - found.finished,
        all=found.recipients,
    )
    asked = stop(office, found.campaign_id, who(), reason)
    tell_asked(shell, office, asked, as_json)


@app.command("list")
def list_campaigns(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every campaign, the latest first."""
    shell = shell_of(context)
    cards = office_of(shell).desk.cards()
    if as_json:
        return shell.print_json([as_told(card) for card in cards])
    words = words_in(shell.language, "UTC")
    rows = [
        (
            card.id,
            card.name,
            words("class", card.campaign_class),
            words.standing(card.state, card.launch_waits, card.stop_waits),
            cell(card.created_at, zone_of(shell, card.register.collectivity)),
        )
        for card in cards
    ]
    return shell.print_rows(("Id", "Name", "Class", "State", "Made"), rows)


@app.command("show")
def show(context: typer.Context, campaign: Which, as_json: AsJson = False) -> None:
    """Show what a campaign says, to whom, how, and how it stands."""
    shell = shell_of(context)
    office = office_of(shell)
    card = office.desk.card(campaign_to_read(shell, office, campaign))
    stands = progress(office, card.id)
    orders = orders_to(office.desk.engine, card.id)
    if as_json:
        more = {"policy": card.policy, "progress": stands, "orders": orders}
        return shell.print_json(as_told(card) | more)
    zone = zone_of(shell, card.register.collectivity)
    shell.print_pairs(in_words(shell, card), zone)
    words = words_in(shell.language, zone.key)
    for order in orders:
        name, told = order_told(order, words, cell(order.asked_at, zone))
        shell.tell("{name}: {value}", name=name, value=told)
    for text in card.message:
        shell.print(f"[{text.language}] {text.text or text.recording}")
    if card.state is CampaignState.DRAFT and is_unspoken(office, card):
        shell.print(shell.refusal(UNSPOKEN, "launch"))
    return tell_progress(shell, stands)


@app.command("watch")
def watch(
    context: typer.Context,
    campaign: Which,
    once: Annotated[bool, typer.Option("--once", help="One look, no waiting.")] = False,
    as_json: AsJson = False,
) -> None:
    """Watch a campaign until it ends; Ctrl-C stops the watching alone."""
    shell = shell_of(context)
    office = office_of(shell)
    found = campaign_to_read(shell, office, campaign)
    follow(shell, office, found, once=once, as_json=as_json)


def as_told(card: CampaignCard) -> dict[str, object]:
    """Return what people want to know of a campaign."""
    names = ("id", "name", "campaign_class", "state")
    more = ("created_by", "created_at", "launched_by", "launched_at", "starts_at")
    last = ("started_at", "finished_at", "expires_at", "pause_reason", "parent_id")
    also = ("follow_up", "launch_waits", "stop_waits")
    told = {name: getattr(card, name) for name in (*names, *more, *last, *also)}
    told["class"] = told.pop("campaign_class")
    return told | {
        "collectivity": card.register.collectivity.name,
        "register": card.register.name,
        "lines": card.policy.lines,
        "weight": card.policy.weight,
        "trunks": card.policy.trunks,
        "caller_id": card.policy.caller_id,
        "message": card.message,
    }


def in_words(shell: Shell, card: CampaignCard) -> dict[str, object]:
    """Return the same for a person, without the message."""
    words = words_in(shell.language, "UTC")
    told = as_told(card) | {
        "class": words("class", card.campaign_class),
        "state": words.standing(card.state, card.launch_waits, card.stop_waits),
        "follow_up": card.follow_up and words("follow_up", card.follow_up),
    }
    hidden = {"message", "launch_waits", "stop_waits"}
    return {name: value for name, value in told.items() if name not in hidden}


def tell_asked(shell: Shell, office: Office, asked: Asked, as_json: bool) -> None:
    """Say what became of a command: done, refused, or waiting for the daemon."""
    fate = wait_for_command(office, asked.command_id) if asked.daemon_awake else None
    done = fate is not None and fate.finished_at is not None
    if as_json:
        told = {"campaign_id": asked.campaign_id, "daemon_awake": asked.daemon_awake}
        shell.print_json(told | {"done": done})
    elif fate is None:
        shell.tell("Noted; no daemon runs on this node: it is done when one starts.")
    else:
        shell.tell("Done." if done else "Noted; the daemon has not done it yet.")
