"""`automaton campaign launch`: what would happen, or the start itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from automaton.cli.choice import campaign_to_change
from automaton.cli.plain import cell
from automaton.cli.rooms import office_of, who, zone_of
from automaton.cli.shell import AsJson, Shell, shell_of
from automaton.cli.watching import follow, put_off_in_words
from automaton.domain.campaign import CampaignState
from automaton.domain.forecast import Forecast
from automaton.errors import LineError
from automaton.services.commands import wait_for_command
from automaton.services.launches import (
    DryRun,
    Launched,
    dry_run,
    render_rest,
    start,
    warnings,
)
from automaton.services.office import Office


def launch(
    context: typer.Context,
    campaign: Annotated[
        str, typer.Argument(help="Its id, the beginning of it, or its name.")
    ],
    only_say: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would happen.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Watch it; end when the campaign does.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ring the homes of a campaign, now or at its time."""
    shell = shell_of(context)
    office = office_of(shell)
    campaign_id = campaign_to_change(shell, office, campaign)
    zone = zone_of(shell, office.desk.card(campaign_id).register.collectivity)
    if only_say:
        return tell_dry_run(shell, dry_run(office, campaign_id), zone, as_json)
    tell_warnings(shell, warnings(office, campaign_id))
    with shell.bar("Rendering the message …") as told, office.studio.telling(told):
        done = start(office, campaign_id, who())
    refuse_refused(shell, office, done)
    if not as_json:
        tell_launched(shell, done, zone)
    from automaton.services.beside import (  # noqa: PLC0415 - it rings by now
        look_ahead_waiting,
    )

    text = "Everybody is counted for the forecast; the launch does not wait for it."
    with shell.progress(text):
        done = look_ahead_waiting(office, done)
    tell_trouble(shell, done)
    if not as_json:
        tell_outlook(shell, done, zone)
    elif not wait:
        tell_programs(shell, done)
    with shell.bar("Rendering the message …") as told, office.studio.telling(told):
        render_rest(office, campaign_id)
    if not wait:
        return None
    if follow(shell, office, campaign_id, as_json=as_json) is CampaignState.FINISHED:
        return None
    raise typer.Exit(1)


def tell_warnings(shell: Shell, told: Sequence[str]) -> None:
    """Say what to know before a launch, and what does not forbid it."""
    for warning in told:
        shell.note("{notice}", notice=shell.refusal(warning, "notices"))


def refuse_refused(shell: Shell, office: Office, done: Launched) -> None:
    """Raise `RequestError` where the daemon does not start the campaign."""
    if not done.asked.daemon_awake:
        return
    try:
        wait_for_command(office, done.asked.command_id)
    except LineError as error:
        why = shell.refusal(str(error), error.error_id)
        shell.note("Whether the daemon has taken it is not known: {why}", why=why)


def tell_launched(shell: Shell, done: Launched, zone: ZoneInfo) -> None:
    """Say that it is launched, before anybody is counted."""
    if not done.asked.daemon_awake:
        shell.tell("No daemon runs on this node: calls leave when one starts.")
    shell.tell("Launched; first call: {at}.", at=cell(done.starts_at, zone))


def tell_trouble(shell: Shell, done: Launched) -> None:
    """Say why the forecast is not known, and that the launch stands."""
    if done.trouble is not None:
        why = shell.refusal(str(done.trouble), done.trouble.error_id)
        shell.note("It is launched, but what it comes to is not known: {why}", why=why)


def tell_outlook(shell: Shell, done: Launched, zone: ZoneInfo) -> None:
    """Say what a launch comes to, once everybody is counted."""
    if done.forecast is not None:
        tell_undialled(shell, done.undialled_homes)
        shell.print(forecast_in_words(shell, done.forecast, zone))


def tell_programs(shell: Shell, done: Launched) -> None:
    """Say the same in JSON, all at once."""
    shell.print_json(
        {
            "campaign_id": done.asked.campaign_id,
            "daemon_awake": done.asked.daemon_awake,
            "starts_at": done.starts_at,
            "forecast": done.forecast,
            "undialled_homes": done.undialled_homes,
        }
    )


def tell_dry_run(shell: Shell, told: DryRun, zone: ZoneInfo, as_json: bool) -> None:
    """Say what a launch would do; exit code 2 where something forbids it."""
    if as_json:
        shell.print_json(told)
    else:
        shell.tell(
            "{homes:home|homes} would be rung, {numbers:number|numbers}, on "
            "{lines:line|lines}; first call: {at}.",
            homes=told.homes,
            numbers=told.numbers,
            lines=told.lines,
            at=cell(told.starts_at, zone),
        )
        shell.tell(
            "By trunk: {trunks}. Number shown: {shown}.",
            trunks=counted(told.by_trunk),
            shown=shell.cell(told.caller_id),
        )
        shell.tell(
            "Left out: {bad} without a number, {excluded} who did not agree; "
            "{undialled:number|numbers} that no trunk may dial.",
            bad=told.bad_data,
            excluded=told.excluded,
            undialled=told.undialled,
        )
        tell_undialled(shell, told.undialled_homes)
        if told.put_off is not None:
            shell.print(put_off_in_words(shell, told.put_off, zone))
        shell.print(forecast_in_words(shell, told.forecast, zone))
        tell_warnings(shell, told.warnings)
        for problem in told.problems:
            told_problem = shell.refusal(problem, "launch")
            shell.tell("It cannot start: {problem}", problem=told_problem)
    if told.problems:
        raise typer.Exit(2)


def tell_undialled(shell: Shell, homes: int) -> None:
    """Say how many homes nobody will ring, for no trunk may dial their numbers."""
    if homes:
        shell.tell(
            "{homes:home is|homes are} not rung: no trunk may dial its numbers "
            "(trunk.NAME.prefixes).",
            homes=homes,
        )


def forecast_in_words(shell: Shell, told: Forecast, zone: ZoneInfo) -> str:
    """Return when how many are to be reached."""
    shares = ", ".join(
        shell.words("{name}: {value}", name=f"{share} %", value=cell(at, zone))
        for share, at in told.milestones.items()
    )
    return shell.words(
        "Forecast of the acknowledged: {shares}; end: {end}; {tries:call|calls}.",
        shares=shares,
        end=cell(told.ends_at, zone),
        tries=round(told.tries),
    )


def counted(counts: Mapping[Any, int]) -> str:
    """Return counts by name in one line."""
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "–"
