"""`automaton doctor`: every check there is, and "ready" or "not ready" at the end."""

from __future__ import annotations

import typer

from automaton.cli.checks import CHECKS, findings_of
from automaton.cli.findings import Finding, as_plain, has_failed
from automaton.cli.shell import AsJson, shell_of

app = typer.Typer(rich_markup_mode=None)


@app.command()
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check everything; exit code 1 where something must be mended."""
    shell = shell_of(context)
    found: list[Finding] = []
    for subject, check in CHECKS.items():
        for finding in findings_of(shell, subject, check):
            found.append(finding)
            if not as_json:
                shell.print(finding.line(shell))
    ready = not has_failed(found)
    if as_json:
        shell.print_json({"ready": ready, "findings": as_plain(found)})
    else:
        shell.tell("ready" if ready else "not ready")
    if not ready:
        raise typer.Exit(1)
