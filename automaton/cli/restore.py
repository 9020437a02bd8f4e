"""`automaton restore`: a backup put back, after a look at what it would do."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from automaton.bootstrap import refuse_living
from automaton.cli.backup import (
    Archive,
    Signer,
    plainly,
    refuse_absent,
    refuse_no_key,
    signer_of,
)
from automaton.cli.cut_off import (
    AFTER_A_RESTORE,
    BEFORE_A_RESTORE,
    clear_up,
    tell_upgrade,
)
from automaton.cli.rooms import who
from automaton.cli.shell import AsJson, Shell, Yes, shell_of
from automaton.clock import SystemClock
from automaton.daemon import only_one
from automaton.services.restores import Restored, Wish, restore

app = typer.Typer(rich_markup_mode=None)


@app.command()
def restore_backup(
    context: typer.Context,
    file: Archive,
    identity: Annotated[
        Path, typer.Option(help="The secret key that decrypts it, as a file.")
    ],
    signer: Signer = "",
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Do not look at the signature.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show what it would do.")
    ] = False,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="File of a key of the audit that was used before."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup back, into an empty installation or into this one."""
    shell = shell_of(context)
    refuse_absent(shell, file)
    refuse_no_key(shell, identity)
    signers = () if unsigned else (signer_of(shell, signer),)
    wish = Wish(file, identity, signers, preview=True, keys=key or ())
    with only_one(shell.settings.folders.data / "daemon.lock"), plainly(shell):
        clear_up(shell)
        refuse_living(shell.settings)
        seen = restore(shell.settings, SystemClock(), wish, who())
        if not as_json:
            _tell(shell, seen)
        tell_upgrade(shell, BEFORE_A_RESTORE)
        if not preview:
            shell.confirm(yes, "This is written into the database.")
            wish = replace(wish, preview=False, seen=seen.manifest)
            seen = restore(shell.settings, SystemClock(), wish, who())
    if as_json:
        shell.print_json(_plain(seen))
    elif preview:
        shell.tell("Nothing was changed.")
    else:
        _tell_what_next(shell, seen)
    if not preview:
        tell_upgrade(shell, AFTER_A_RESTORE)


def _tell(shell: Shell, seen: Restored) -> None:
    """Show what is added, what takes the place of less, and what stays."""
    shell.tell(
        "Backup of {installation} from {at}, into an installation that is {state}.",
        installation=seen.manifest.installation,
        at=shell.cell(datetime.fromisoformat(seen.manifest.taken_at)),
        state=shell.words("empty" if seen.into_empty else "not empty"),
    )
    done = seen.landed
    rows = [
        (name, *(told.get(name, 0) for told in (done.added, done.advanced, done.kept)))
        for name in seen.manifest.rows()
        if name in done.added | done.advanced | done.kept
    ]
    shell.print_rows(("Table", "Added", "Further along", "Left as it is"), rows)
    if done.erased:
        shell.tell(
            "{count:person was erased and stays|people were erased and stay} erased.",
            count=done.erased,
        )
    if done.unread:
        shell.tell(
            "{count:person was|people were} erased whom nobody can name here, for "
            "the key is missing: they may come back. --key FILE names it.",
            count=done.unread,
        )
    if done.paused:
        shell.tell(
            "{count:campaign|campaigns} will be paused: nothing rings by itself.",
            count=done.paused,
        )


def _tell_what_next(shell: Shell, seen: Restored) -> None:
    shell.tell("The backup is put back.")
    if seen.settings_file is not None:
        shell.tell("Its settings lie in {path}.", path=seen.settings_file)
    if seen.landed.paused:
        shell.tell(
            "Start the daemon (it reads Asterisk's journal first), look at the "
            "campaigns, then: automaton campaign resume NAME"
        )


def _plain(seen: Restored) -> dict[str, object]:
    return {
        "installation": seen.manifest.installation,
        "taken_at": seen.manifest.taken_at,
        "into_empty": seen.into_empty,
        **asdict(seen.landed),
    }
