"""`automaton daemon`: the node in the foreground, until SIGTERM or Ctrl-C."""

from __future__ import annotations

from typing import Annotated

import typer

from automaton.cli.asterisk import installed
from automaton.cli.cut_off import clear_up
from automaton.cli.shell import shell_of
from automaton.daemon import run, speak_plainly

app = typer.Typer(rich_markup_mode=None)


@app.command()
def serve(
    context: typer.Context,
    tied: Annotated[
        bool,
        typer.Option("--tied", help="Let Asterisk end with it, even after a kill."),
    ] = False,
) -> None:
    """Run this node until it is told to stop."""
    shell = shell_of(context)
    settings = shell.settings
    clear_up(shell)
    speak_plainly(settings.log_level)
    if settings.asterisk.embedded:
        installed(shell)
    ready = "The node is ready; Ctrl-C stops it in stages."
    run(settings, lambda: shell.note(ready), tied)
