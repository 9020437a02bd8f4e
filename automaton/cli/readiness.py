"""`automaton readiness`: what was proven end to end, and one more proof now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from automaton import bootstrap
from automaton.cli.rooms import office_of, who
from automaton.cli.shell import AsJson, Shell, Yes, new_noun, shell_of
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.readiness import OLD, Kind, Proof
from automaton.services.office import Office
from automaton.services.readiness import Standing, ask_to_prove, meant, standings

app = new_noun()
HEADINGS = (
    *("Telephone", "Name", "Number", "Trunk", "Last rung", "Last outcome"),
    *("1 pressed", "Sound", "Last proven end to end"),
)
KINDS = {Kind.OFFICER: "officer", Kind.DUTY: "on duty", Kind.NUMBER: "our number"}
Only = Annotated[
    str, typer.Option("--only", help="One name, or one number, instead of all.")
]


@app.command("show")
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show each telephone and trunk: when it was rung, what came of it."""
    shell = shell_of(context)
    found = standings_of(shell, office_of(shell))
    if as_json:
        return shell.print_json([_plain(one) for one in found])
    if not found:
        return shell.tell("There is no telephone to prove.")
    shell.print_rows(HEADINGS, [_cells(shell, one) for one in found])
    if any(is_old(one.proven_at) for one in found):
        return shell.note("Not proven for 40 days: automaton readiness run")
    return None


@app.command("run")
def run(
    context: typer.Context, only: Only = "", yes: Yes = False, as_json: AsJson = False
) -> None:
    """Ring them now, whatever the hour, and take a key; campaigns go first."""
    shell = shell_of(context)
    office = office_of(shell)
    number, wanted = meant(standings_of(shell, office), only)
    shell.confirm(
        yes,
        "{calls:call|calls} will be made to {phones:telephone|telephones}, one after "
        "the other.",
        calls=len(wanted),
        phones=len({way.phone.e164 for way in wanted}),
    )
    is_awake = ask_to_prove(office, wanted, number, who())
    if as_json:
        return shell.print_json({"calls": len(wanted), "daemon_awake": is_awake})
    if name := _goes_first(office):
        return shell.tell("They are rung once {name} is over.", name=name)
    if is_awake:
        return shell.tell("The daemon rings them; look: automaton readiness show")
    return shell.tell("They are rung when the daemon runs: automaton daemon")


def _goes_first(office: Office) -> str:
    """Return the name of a campaign that is more urgent, where there is one."""
    for one in office.desk.cards():
        pauses = one.state is CampaignState.PAUSED
        if one.state is CampaignState.RUNNING or (
            pauses and one.campaign_class is CampaignClass.ALERT
        ):
            return one.name
    return ""


def standings_of(shell: Shell, office: Office) -> list[Standing]:
    """Return how every way of these settings stands."""
    settings = shell.settings
    trunks, numbers = bootstrap.trunks(settings), bootstrap.own_numbers(settings)
    return standings(office, trunks, numbers)


def is_old(proven_at: datetime | None) -> bool:
    """Tell whether something was not proven for long, or never."""
    return proven_at is None or datetime.now(UTC) - proven_at > OLD


def _cells(shell: Shell, one: Standing) -> tuple[object, ...]:
    phone, last = one.way.phone, one.last
    rung = () if last is None else _rung(shell, last)
    return (
        shell.words(KINDS[phone.kind]),
        phone.name,
        phone.e164,
        one.way.trunk,
        *(rung or ("–", "–", "–", "–")),
        shell.words("never") if one.proven_at is None else one.proven_at,
    )


def _rung(shell: Shell, last: Proof) -> tuple[object, ...]:
    """Return when, how it ended, whether a key came, and what was heard."""
    is_ours = last.kind is Kind.NUMBER
    return (
        last.asked_at,
        shell.cell(last.outcome, "outcome") if last.outcome else "–",
        "–" if is_ours else _yes(shell, last.key),
        last.heard or _yes(shell, last.sound),
    )


def _yes(shell: Shell, is_so: bool | None) -> str:
    return "–" if is_so is None else shell.words("yes" if is_so else "no")


def _plain(one: Standing) -> dict[str, object]:
    phone, last = one.way.phone, one.last
    told = {
        "kind": phone.kind,
        "name": phone.name,
        "number": phone.e164,
        "collectivity": phone.owner,
        "trunk": one.way.trunk,
        "proven_at": one.proven_at,
    }
    names = ("asked_at", "ended_at", "outcome", "answered", "key", "sound", "heard")
    return told | {n: None if last is None else getattr(last, n) for n in names}
