"""`automaton config`: what is set, and where each value came from."""

from __future__ import annotations

from dataclasses import asdict

import typer

from automaton.cli.shell import AsJson, Shell, new_noun, shell_of
from automaton.settings import show

app = new_noun()


@app.command("show")
def show_settings(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every setting with its origin; secrets are hidden."""
    shell = shell_of(context)
    shown = show(shell.loaded)
    if as_json:
        return shell.print_json([asdict(line) for line in shown])
    rows = [(line.key, line.value, origin(shell, line.origin)) for line in shown]
    return shell.print_rows(("Key", "Value", "Origin"), rows)


def origin(shell: Shell, told: str) -> str:
    """Return where a value is from: a line of a file, a variable, or the program."""
    place, _, line = told.rpartition(", line ")
    if place:
        return shell.words("{place}, line {line}", place=place, line=line)
    return shell.words("default") if told == "default" else told
