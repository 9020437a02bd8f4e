"""`automaton report`: everything that is on record of a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automaton.cli.launching import counted
from automaton.cli.plain import cell
from automaton.cli.rooms import office_of
from automaton.cli.shell import AsJson, Shell, shell_of
from automaton.domain.report import Report
from automaton.services.reports import ReportFormat, pieces, write_report
from automaton.services.reports import report as report_on

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
    told = report_on(office, office.desk.find(campaign))
    form = form or (ReportFormat.JSON if as_json or output else None)
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
    utilisation = told.line_utilisation
    times = {time.share: time.of_recipients for time in told.share_times}
    shell.print_pairs(
        {
            shell.words("Campaign"): f"{told.head.name} ({told.head.state.value})",
            shell.words("Recipients"): len(told.recipients),
            shell.words("Acknowledged"): told.acknowledged,
            shell.words("By state"): counted(told.by_state),
            shell.words("Calls"): len(told.attempts),
            shell.words("By outcome"): counted(told.by_outcome),
            shell.words("First ring"): told.first_ring_at,
            shell.words("Time to 50, 80, 90 %"): [times.get(s) for s in (50, 80, 90)],
            shell.words("Line utilisation"): cell(utilisation and f"{utilisation:.3f}"),
            shell.words("To visit"): len(told.not_reached),
        }
    )
    shell.tell("The whole report: --format json, csv, html or visits.")
