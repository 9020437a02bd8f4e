"""`automaton scenario`: campaigns prepared in advance, launched by a telephone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from automaton.cli.options import Whose
from automaton.cli.rooms import office_of, who
from automaton.cli.shell import AsJson, Shell, Yes, new_noun, shell_of
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
from automaton.domain.campaign import CampaignClass
from automaton.domain.scenario import FIRST_NUMBER, LAST_NUMBER, Scenario, ScenarioWish
from automaton.services.collectivities import find_collectivity
from automaton.services.messages import MessageWish
from automaton.services.office import Office
from automaton.services.policies import policy_text
from automaton.services.report_words import words_in
from automaton.services.scenarios import (
    Kept,
    ScenarioTold,
    add_scenario,
    as_told,
    change_scenario,
    find_scenario,
    remove_scenario,
)
from automaton.store.people import SqlBook

app = new_noun()
ANY = {"min": FIRST_NUMBER, "max": LAST_NUMBER}
Number = Annotated[
    int, typer.Argument(help="1 to 9999, as an officer types it.", **ANY)
]
OtherNumber = Annotated[int | None, typer.Option(help="Another number.", **ANY)]
Name = Annotated[str, typer.Argument(help="What it is called.")]
OtherName = Annotated[str, typer.Option(help="What it is called.")]
OtherClass = Annotated[
    CampaignClass | None, typer.Option("--class", help="What it may do.")
]
Register = Annotated[str, typer.Option(help="Whom: the register.")]
OtherSubject = Annotated[
    str | None,
    typer.Option(help="« a flood »: the text then begins with who calls and why."),
]
OtherWeight = Annotated[
    int | None, typer.Option(help="Its share of the lines beside others, 1 to 10.")
]
OtherHelpKey = Annotated[
    bool | None, typer.Option(help="Offer key 3, « I need help ».")
]
Which = Annotated[
    str, typer.Argument(metavar="scenario", help="Its number, or its name.")
]
Spoken = Annotated[str, typer.Option(help="How an officer hears it; else its name.")]


@app.command("add")
def add(
    context: typer.Context,
    number: Number,
    name: Name,
    campaign_class: Class,
    register: Register,
    text: Texts = None,
    recording: Recordings = None,
    machine_text: MachineTexts = None,
    subject: Subject = "",
    spoken_name: Spoken = "",
    collectivity: Whose = "",
    group: Groups = None,
    lines: Lines = None,
    weight: Weight = 1,
    attempts: Attempts = None,
    trunk: Trunks = None,
    caller_id: CallerId = None,
    policy: Policy = None,
    help_key: HelpKey = False,
    accept_machine: MachineSuffices = None,
    accept_heard_twice: TwiceSuffices = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a campaign: its message is rendered, nobody is rung."""
    shell = shell_of(context)
    office, book = rooms(shell)
    owner = office.desk.register(register, collectivity or None).collectivity
    proofs = (help_key, accept_machine, accept_heard_twice)
    terms = given_terms(lines, weight, attempts, caller_id, *proofs)
    lists = given_lists(group, trunk) | policy_of(policy)
    told = ScenarioTold(
        number=number,
        name=name,
        campaign_class=campaign_class,
        register=register,
        by=who(),
        collectivity=owner.id,
        spoken_name=spoken_name,
        wish=replace(ScenarioWish(subject=subject), **terms, **lists),
    )
    told = saying(told, message_of(owner, text, recording, machine_text, subject))
    keep(shell, lambda: add_scenario(office, book, told), as_json)


@app.command("list")
def list_scenarios(
    context: typer.Context, collectivity: Whose = "", as_json: AsJson = False
) -> None:
    """Show the scenarios by number."""
    shell = shell_of(context)
    _, book = rooms(shell)
    found = book.scenarios(find_collectivity(book, collectivity).id)
    if as_json:
        return shell.print_json([as_shown(one) for one in found])
    words = words_in(shell.language, "UTC")
    rows = [
        (one.number, one.name, words("class", one.campaign_class), one.spoken_name)
        for one in found
    ]
    return shell.print_rows(("Number", "Name", "Class", "How it is heard"), rows)


@app.command("show")
def show(
    context: typer.Context,
    scenario: Which,
    collectivity: Whose = "",
    as_json: AsJson = False,
) -> None:
    """Show what a scenario says, to whom, and how."""
    shell = shell_of(context)
    office, book = rooms(shell)
    found = find_scenario(book, find_collectivity(book, collectivity).id, scenario)
    if as_json:
        return shell.print_json(as_shown(found))
    register = office.desk.register(found.register_id, found.collectivity_id)
    words = words_in(shell.language, "UTC")
    hidden = {"texts", "recordings", "machine_texts"}
    wish = {n: v for n, v in asdict(found.wish).items() if n not in hidden}
    shell.print_pairs(
        {
            "number": found.number,
            "name": found.name,
            "spoken name": found.spoken_name,
            "class": words("class", found.campaign_class),
            "register": register.name,
        }
        | wish
    )
    for language, said in (*found.wish.texts.items(), *found.wish.recordings.items()):
        shell.print(f"[{language}] {said}")
    return None


@app.command("change")
def change(
    context: typer.Context,
    scenario: Which,
    number: OtherNumber = None,
    name: OtherName = "",
    campaign_class: OtherClass = None,
    register: Register = "",
    text: Texts = None,
    recording: Recordings = None,
    machine_text: MachineTexts = None,
    subject: OtherSubject = None,
    spoken_name: Spoken = "",
    collectivity: Whose = "",
    group: Groups = None,
    lines: Lines = None,
    weight: OtherWeight = None,
    attempts: Attempts = None,
    trunk: Trunks = None,
    caller_id: CallerId = None,
    policy: Policy = None,
    help_key: OtherHelpKey = None,
    accept_machine: MachineSuffices = None,
    accept_heard_twice: TwiceSuffices = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given of a scenario; what is not given stays."""
    shell = shell_of(context)
    office, book = rooms(shell)
    owner = find_collectivity(book, collectivity)
    found = find_scenario(book, owner.id, scenario)
    proofs = (help_key, accept_machine, accept_heard_twice)
    terms = given_terms(lines, weight, attempts, caller_id, *proofs)
    lists = given_lists(group, trunk) | policy_of(policy)
    about: dict[str, Any] = {} if subject is None else {"subject": subject}
    told = replace(
        as_told(found, who()),
        number=number or found.number,
        name=name or found.name,
        campaign_class=campaign_class or found.campaign_class,
        register=register or found.register_id,
        spoken_name=spoken_name or found.spoken_name,
        wish=replace(found.wish, **terms, **lists, **about),
    )
    told = saying(told, message_of(owner, text, recording, machine_text, ""))
    keep(shell, lambda: change_scenario(office, book, found, told), as_json)


@app.command("remove")
def remove(
    context: typer.Context, scenario: Which, collectivity: Whose = "", yes: Yes = False
) -> None:
    """Remove a scenario; campaigns that were made of it stay."""
    shell = shell_of(context)
    office, book = rooms(shell)
    found = find_scenario(book, find_collectivity(book, collectivity).id, scenario)
    shell.confirm(yes, "The scenario {name} will be removed.", name=found.name)
    remove_scenario(office, book, found, who())
    shell.tell("The scenario {name} was removed.", name=found.name)


def rooms(shell: Shell) -> tuple[Office, SqlBook]:
    """Return the office for campaigns, and the book of what people enter."""
    office = office_of(shell)
    return office, SqlBook(office.desk.engine)


def policy_of(file: Path | None) -> dict[str, Any]:
    """Return the text of a policy file, where one is given."""
    return {} if file is None else {"policy": policy_text(file)}


def saying(told: ScenarioTold, message: MessageWish) -> ScenarioTold:
    """Return a scenario with another message, each language that is given."""
    new, wish = message.languages, told.wish
    texts = {one: text for one, text in wish.texts.items() if one not in new}
    kept = {one: name for one, name in wish.recordings.items() if one not in new}
    wish = replace(
        wish,
        texts=texts | dict(message.texts),
        recordings=kept,
        machine_texts=dict(wish.machine_texts) | dict(message.machine_texts),
    )
    return replace(told, wish=wish, recordings=message.recordings)


def as_shown(scenario: Scenario) -> dict[str, object]:
    """Return what programs are told of a scenario."""
    told: dict[str, object] = asdict(scenario)
    told |= asdict(scenario.wish) | {"class": scenario.campaign_class}
    return {n: v for n, v in told.items() if n not in {"wish", "campaign_class"}}


def keep(shell: Shell, write: Callable[[], Kept], as_json: bool) -> None:
    """Write a scenario; say which one, and what its author should know."""
    with shell.progress("Rendering the message …"):
        kept = write()
    if as_json:
        told = as_shown(kept.scenario) | {"notices": kept.notices}
        return shell.print_json(told)
    for notice in kept.notices:
        shell.note("{notice}", notice=shell.refusal(notice, "notices"))
    number, name = kept.scenario.number, kept.scenario.spoken_name
    return shell.tell("Scenario {number}: {name}.", number=number, name=name)
