"""`automaton campaign create|follow-up`: a campaign is written, nobody is rung."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from automaton.cli.choice import campaign_to_change
from automaton.cli.options import Whose, moment
from automaton.cli.rooms import office_of, who, zone_of
from automaton.cli.shell import AsJson, Shell, shell_of
from automaton.cli.terms import (
    Attempts,
    CallerId,
    Class,
    Groups,
    HelpKey,
    Lines,
    MachineSuffices,
    MachineTexts,
    Policy,
    Recordings,
    Subject,
    Texts,
    Trunks,
    TwiceSuffices,
    Weight,
    given_lists,
    given_terms,
    message_of,
)
from automaton.domain.collectivity import Collectivity
from automaton.services.campaigns import CampaignWish
from automaton.services.campaigns import create as create_campaign
from automaton.services.drafts import Created
from automaton.services.follow_ups import FollowUp, FollowUpWish
from automaton.services.follow_ups import follow_up as follow_campaign
from automaton.services.office import Office
from automaton.store.engine import sqlite_file

At = Annotated[
    str | None, typer.Option("--at", help="When it starts: « 2026-11-22 08:00 ».")
]
Expires = Annotated[str | None, typer.Option(help="When no more call may leave.")]
Transfer = Annotated[
    str | None, typer.Option(help="Offer key 0, and ring this number for it.")
]

ROUND = {
    FollowUp.AGAIN: "new round",
    FollowUp.CORRECTION: "correction",
    FollowUp.ALL_CLEAR: "all-clear",
}


def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What it is called.")],
    campaign_class: Class,
    register: Annotated[str, typer.Option(help="Whom: the register.")],
    text: Texts = None,
    recording: Recordings = None,
    machine_text: MachineTexts = None,
    subject: Subject = "",
    collectivity: Whose = "",
    group: Groups = None,
    lines: Lines = None,
    weight: Weight = 1,
    attempts: Attempts = None,
    trunk: Trunks = None,
    caller_id: CallerId = None,
    at: At = None,
    expires: Expires = None,
    policy: Policy = None,
    help_key: HelpKey = False,
    transfer: Transfer = None,
    accept_machine: MachineSuffices = None,
    accept_heard_twice: TwiceSuffices = None,
    as_json: AsJson = False,
) -> None:
    """Write a campaign as a draft and render its message; nobody is rung."""
    shell, office = _rooms(context)
    owner = office.desk.register(register, collectivity or None).collectivity
    proofs = (help_key, accept_machine, accept_heard_twice)
    wish = CampaignWish(
        name=name,
        campaign_class=campaign_class,
        register=register,
        message=message_of(owner, text, recording, machine_text, subject),
        by=who(),
        collectivity=collectivity or None,
        starts_at=moment_of(shell, owner, at),
        expires_at=moment_of(shell, owner, expires),
        policy_file=policy,
        transfer=transfer,
        **given_terms(lines, weight, attempts, caller_id, *proofs),
        **given_lists(group, trunk),
    )
    write(shell, office, partial(create_campaign, office, wish), as_json)


def _rooms(context: typer.Context) -> tuple[Shell, Office]:
    shell = shell_of(context)
    return shell, office_of(shell)


def follow_up(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="The campaign that it follows.")],
    kind: Annotated[
        FollowUp, typer.Option(help="To those not reached, or to those reached.")
    ],
    text: Texts = None,
    recording: Recordings = None,
    machine_text: MachineTexts = None,
    subject: Subject = "",
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    lines: Lines = None,
    attempts: Attempts = None,
    at: At = None,
    expires: Expires = None,
    policy: Policy = None,
    as_json: AsJson = False,
) -> None:
    """Write a new round, a correction or an all-clear; nobody is rung."""
    shell = shell_of(context)
    office = office_of(shell)
    parent = office.desk.card(campaign_to_change(shell, office, campaign))
    owner = parent.register.collectivity
    said = bool(text or recording)
    wish = FollowUpWish(
        kind=kind,
        by=who(),
        message=message_of(owner, text, recording, machine_text, subject)
        if said
        else None,
        name=name,
        called=shell.words(ROUND[kind]),
        lines=lines,
        attempts=attempts,
        starts_at=moment_of(shell, owner, at),
        expires_at=moment_of(shell, owner, expires),
        policy_file=policy,
    )
    make = partial(follow_campaign, office, parent.id, wish)
    write(shell, office, make, as_json)


def moment_of(
    shell: Shell, owner: Collectivity, written: str | None
) -> datetime | None:
    """Return a moment in the collectivity's own time."""
    return moment(shell, written, zone_of(shell, owner))


def write(
    shell: Shell, office: Office, make: Callable[[], Created], as_json: bool
) -> None:
    """Write a draft; say which one, and what its author should know."""
    with shell.bar("Rendering the message …") as told, office.studio.telling(told):
        made = make()
    if as_json:
        shell.print_json(
            {"id": made.id, "message": made.message, "notices": made.notices}
        )
        return
    for notice in made.notices:
        shell.note("{notice}", notice=shell.refusal(notice, "notices"))
    seconds = ", ".join(f"{one.language} {one.seconds:.1f} s" for one in made.message)
    if shell.language == "fr":
        seconds = seconds.replace(", ", " ; ").replace(".", ",")
    shell.tell("Draft {id} ({seconds}).", id=made.id, seconds=seconds)
    shell.tell(
        "To launch it: automaton campaign launch {id}"
        if sqlite_file(shell.settings.database_url)
        else "To launch it, from this machine: automaton campaign launch {id}",
        id=made.id,
    )
