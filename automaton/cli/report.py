"""`automaton report`: everything that is on record of a campaign."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from automaton.cli.calls_for_help import tell_alarm
from automaton.cli.choice import campaign_to_read
from automaton.cli.launching import counted
from automaton.cli.live_words import COUNTING
from automaton.cli.rooms import office_of, who
from automaton.cli.shell import AsJson, Shell, shell_of
from automaton.domain.report import Report
from automaton.errors import RequestError
from automaton.services.report_words import Words, words_in
from automaton.services.reports import (
    ReportFormat,
    hand_out,
    pieces,
    report_path,
    write_report,
)

app = typer.Typer(rich_markup_mode=None)


@app.command()
def report(
    context: typer.Context,
    campaign: Annotated[
        str, typer.Argument(help="Its id, the beginning of it, or its name.")
    ],
    form: Annotated[
        ReportFormat | None,
        typer.Option("--format", help="The whole report; without, a summary."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else shown.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what came of a campaign, every recipient and every call."""
    shell = shell_of(context)
    office = office_of(shell)
    if as_json and form not in {None, ReportFormat.JSON}:
        raise RequestError(
            f"Choose one: --json or --format {form}.", error_id="report-format"
        )
    form = form or (ReportFormat.JSON if as_json or output else None)
    found = campaign_to_read(shell, office, campaign)
    if form is ReportFormat.HTML and sys.stdout.isatty():
        output = output or report_path(office, found, form)
    with hand_out(office, found, form, who()) as told:
        if form is None:
            return tell_summary(shell, told)
        if output is not None:
            write_report(told, form, output, shell.language)
            return shell.tell("Written: {path}", path=output)
        for piece in pieces(told, form, shell.language):
            typer.echo(piece, nl=False)
    return None


def tell_summary(shell: Shell, told: Report) -> None:
    """Say the figures of a report."""
    times = {time.share: time.of_recipients for time in told.share_times}
    words = words_in(shell.language, told.head.zone)
    stands = words.standing(told.head.state, told.head.launch_waits)
    if told.alone is not None:
        shell.print(words.alone(told.alone))
    shell.print_pairs(
        {
            "Campaign": f"{told.head.name} ({stands})",
            "Recipients": len(told.recipients),
            "Acknowledged": told.acknowledged,
            "By state": spoken(words, "state", told.by_state),
            "Calls": told.totals.calls,
            "By outcome": spoken(words, "outcome", told.by_told_outcome),
            "First ring": words.moment(told.first_ring_at),
            "Time to 50, 80, 90 %": [
                words.reached_in(times[s], told.is_over) for s in sorted(times)
            ],
            "Line utilisation": words.percent(told.line_utilisation),
            "To visit": told.to_visit,
        }
    )
    for alarm in told.alarms:
        tell_alarm(shell, alarm, ZoneInfo(told.head.zone))
    if told.is_counting:
        shell.tell("{what}", what=shell.words(COUNTING))
    shell.tell("The whole report: --format json, csv, html or visits.")


def spoken(words: Words, kind: str, counts: Mapping[Any, int]) -> str:
    """Return counts by what they count, in a person's words."""
    return counted({words(kind, str(name)): count for name, count in counts.items()})
