"""`automaton daemon`: the node in the foreground, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import typer

from automaton.cli.asterisk import installed
from automaton.cli.shell import shell_of
from automaton.daemon import run, speak_plainly

app = typer.Typer(rich_markup_mode=None)


@app.command()
def serve(context: typer.Context) -> None:
    """Run this node until it is told to stop."""
    shell = shell_of(context)
    settings = shell.settings
    speak_plainly(settings.log_level)
    if settings.asterisk.embedded:
        installed(shell)
    run(settings, lambda: shell.note("The node is ready; Ctrl-C stops it in stages."))
