"""`automaton daemon`: the node in the foreground, until SIGTERM or Ctrl-C."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from automaton.cli.asterisk import installed
from automaton.cli.cut_off import clear_up
from automaton.cli.shell import Shell, shell_of
from automaton.daemon import run, speak_plainly
from automaton.services.report_words import words_in

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
    speak_plainly(settings.log_level, settings.log_format)
    if settings.asterisk.embedded:
        installed(shell)
    ready = "The node is ready; Ctrl-C stops it in stages."
    longest = settings.server.shutdown
    run(
        settings, lambda: shell.note(ready), tied, lambda n: tell_end(shell, n, longest)
    )


def tell_end(shell: Shell, calls: int, longest: timedelta) -> None:
    """Say that the node stops, how many calls go on, and how long they may."""
    if not calls:
        shell.note("Stopping: no call is going on.")
        return
    shell.note(
        "Stopping: no new call leaves; {calls:call goes|calls go} on, for {longest} "
        "at most.",
        calls=calls,
        longest=words_in(shell.language, "UTC").duration(longest),
    )
