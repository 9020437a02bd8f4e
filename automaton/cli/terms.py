"""What is said and on what terms: the options of a campaign and of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from automaton.cli.options import by_language
from automaton.domain.campaign import CampaignClass
from automaton.domain.collectivity import Collectivity
from automaton.services.messages import MessageWish

Texts = Annotated[
    list[str] | None,
    typer.Option("--text", help="What is said; « en=… » adds it in English."),
]
Recordings = Annotated[
    list[str] | None,
    typer.Option("--recording", help="A sound file instead; « en=… » likewise."),
]
MachineTexts = Annotated[
    list[str] | None,
    typer.Option("--machine-text", help="What an answering machine is told."),
]
Subject = Annotated[
    str, typer.Option(help="« a flood »: the text then begins with who calls and why.")
]
Lines = Annotated[int | None, typer.Option(help="Most calls at once.")]
Weight = Annotated[
    int, typer.Option(help="Its share of the lines beside others, 1 to 10.")
]
Attempts = Annotated[int | None, typer.Option(help="Tries for each number.")]
Class = Annotated[CampaignClass, typer.Option("--class", help="What it may do.")]
Groups = Annotated[
    list[str] | None, typer.Option(help="Only this group; may be repeated.")
]
Trunks = Annotated[
    list[str] | None, typer.Option(help="By which trunk; may be repeated.")
]
HelpKey = Annotated[
    bool, typer.Option("--help-key", help="Offer key 3, « I need help ».")
]
MachineSuffices = Annotated[
    bool | None, typer.Option(help="A message left on a machine is enough.")
]
TwiceSuffices = Annotated[
    bool | None, typer.Option(help="Having heard it twice is enough.")
]
Policy = Annotated[Path | None, typer.Option(help="Policy file (docs/policy.md).")]
CallerId = Annotated[str | None, typer.Option(help="The number shown.")]


def message_of(
    owner: Collectivity,
    texts: list[str] | None,
    recordings: list[str] | None,
    machine_texts: list[str] | None,
    subject: str,
) -> MessageWish:
    """Return what shall be said; without « en= » it is the collectivity's language."""
    own = owner.language
    files = by_language(recordings, own)
    return MessageWish(
        texts=by_language(texts, own),
        recordings={language: Path(file) for language, file in files.items()},
        machine_texts=by_language(machine_texts, own),
        subject=subject,
    )


def given_terms(
    lines: int | None,
    weight: int | None,
    attempts: int | None,
    caller_id: str | None,
    help_key: bool | None,
    accept_machine: bool | None,
    accept_heard_twice: bool | None,
) -> dict[str, Any]:
    """Return what is given of the terms on which people are rung."""
    told = {
        "lines": lines,
        "weight": weight,
        "attempts": attempts,
        "caller_id": caller_id,
        "help_key": help_key,
        "accept_machine": accept_machine,
        "accept_heard_twice": accept_heard_twice,
    }
    return {name: value for name, value in told.items() if value is not None}


def given_lists(groups: list[str] | None, trunks: list[str] | None) -> dict[str, Any]:
    """Return what is given of groups and trunks."""
    told = {"groups": groups, "trunks": trunks}
    return {name: tuple(some) for name, some in told.items() if some}
