"""`automaton upgrade`: the database moved on to this program, with a way back."""

from __future__ import annotations

from typing import Annotated

import typer

from automaton.bootstrap import refuse_living
from automaton.cli.checks import CHECKS, findings_of
from automaton.cli.cut_off import clear_up
from automaton.cli.findings import Verdict
from automaton.cli.rooms import is_absent, who
from automaton.cli.shell import AsJson, Shell, shell_of
from automaton.clock import SystemClock
from automaton.daemon import only_one
from automaton.services.upgrades import Move, Moved, move_on
from automaton.store.schema import upgrade

app = typer.Typer(rich_markup_mode=None)

# It must not run during an upgrade.
NOT_LOOKED_AT = frozenset({"daemon"})


@app.command()
def upgrade_installation(
    context: typer.Context,
    without_backup: Annotated[
        bool,
        typer.Option("--without-backup", help="PostgreSQL: you have one of your own."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Back up, bring the tables to this program's shape, check, or go back."""
    shell = shell_of(context)
    settings = shell.settings
    with only_one(settings.folders.data / "daemon.lock"):
        clear_up(shell)
        if is_absent(settings.database_url):
            upgrade(settings.database_url)
            return shell.tell("The database is ready.")
        refuse_living(settings)
        move = Move(
            settings, SystemClock(), who(), lambda: illness(shell), without_backup
        )
        with shell.progress("Upgrading …"):
            moved = move_on(move)
    if as_json:
        return shell.print_json({"before": moved.before, "after": moved.after})
    return _tell(shell, moved)


def illness(shell: Shell) -> dict[str, str]:
    """Return what the doctor finds wrong, by subject; one sentence each."""
    return {
        subject: finding.sentence
        for subject, check in CHECKS.items()
        if subject not in NOT_LOOKED_AT
        for finding in findings_of(shell, subject, check)
        if finding.verdict is Verdict.FAIL
    }


def _tell(shell: Shell, moved: Moved) -> None:
    if moved.was_cut_off:
        shell.tell(
            "An upgrade was cut off here: it is done now, and the copy of the database "
            "that it had kept is deleted."
        )
    if moved.before == moved.after:
        return shell.tell("The database is already that of this program.")
    if moved.backup is not None:
        shell.tell("Backed up before: {name}", name=moved.backup.name)
    return shell.tell(
        "The database has moved from {before} to {after}; the doctor is content.",
        before=moved.before,
        after=moved.after,
    )
