"""`automaton config`: what is set, and where each value came from."""

from __future__ import annotations

from dataclasses import asdict

import typer

from automaton.cli.shell import AsJson, shell_of

app = typer.Typer(help="The settings.")


@app.command("show")
def show_settings(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every setting with its origin; secrets are hidden."""
    from automaton.settings import show

    shell = shell_of(context)
    shown = show(shell.loaded)
    if as_json:
        return shell.print_json([asdict(line) for line in shown])
    rows = [(line.key, line.value, line.origin) for line in shown]
    return shell.print_rows(("Key", "Value", "Origin"), rows)
