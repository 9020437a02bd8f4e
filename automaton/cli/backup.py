"""`automaton backup`: everything that is kept, encrypted, off this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from automaton.cli.cut_off import clear_up
from automaton.cli.rooms import make_on_first_use, who
from automaton.cli.shell import AsJson, Shell, shell_of
from automaton.clock import SystemClock
from automaton.errors import LineError, RequestError
from automaton.services.backups import (
    Safe,
    make_backup,
    places_of,
    signing_key_of,
    verify,
)
from automaton.store.safety import BackupRecord
from automaton.vault.archive import Manifest
from automaton.vault.names import archives_in, taken_at
from automaton.vault.places import FolderPlace
from automaton.vault.signature import SUFFIX, public_key, public_key_in

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

Archive = Annotated[
    Path, typer.Argument(help="The archive (.tar.age), its .sig beside it.")
]
Identity = Annotated[
    Path | None,
    typer.Option(help="The secret key that decrypts it, as a file."),
]
Signer = Annotated[
    str,
    typer.Option(help="Public key of the node that made it, or a file with it."),
]


SECRET_KEYS = (b"AGE-SECRET-KEY-", b"AGE-PLUGIN-", b"PRIVATE KEY-", b"age-encryption")
WRONG_KEY = "This secret key does not open it: it was encrypted for another."
CHANGED_INSIDE = "It is damaged or was changed: it cannot be decrypted to its end."
CHANGED = "It is not as it was signed, or another node signed it (--signer names who)."
TOLD_PLAINLY = {
    WRONG_KEY: ("backup-decryption", "no identity matched"),
    CHANGED_INSIDE: ("backup-decryption", ""),
    CHANGED: ("backup-changed", "is not as it was signed"),
}


@app.callback()
def backup(
    context: typer.Context,
    to: Annotated[
        Path | None, typer.Option(help="A folder, instead of the settings' places.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a backup now, bring it to its places and read it back."""
    if context.invoked_subcommand is not None:
        return
    shell = shell_of(context)
    clear_up(shell)
    make_on_first_use(shell.settings)
    refuse_astray(shell, to)
    places = None if to is None else [FolderPlace(to, is_made=False)]
    with shell.progress("Making a backup …"):
        made = make_backup(Safe(shell.settings, SystemClock(), who(), places))
    if as_json:
        shell.print_json([asdict(record) for record in made.records])
    else:
        _tell_places(shell, made.records)
        head = made.manifest.audit_head
        if head is not None and made.is_kept:
            shell.tell("Head of the audit: {head}", head=head)
    if made.is_kept:
        tell_left_out(shell, made.manifest)
    for remark in made.remarks:
        why = shell.refusal(str(remark), remark.error_id)
        shell.note("The oldest backups are still there: {why}", why=why)
    if made.faults:
        fault = made.faults[0]
        raise LineError(fault, error_id="backup-place")


def _tell_places(shell: Shell, records: Sequence[BackupRecord]) -> None:
    rows = [
        (one.place, one.name, one.size, one.verified_at)
        for one in records
        if one.verified_at is not None
    ]
    if rows:
        shell.print_rows(("Place", "Backup", "Bytes", "Verified"), rows)


@app.command("list")
def list_backups(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the backups at each place, the oldest first."""
    shell = shell_of(context)
    found = [
        {
            "place": place.name,
            "name": name,
            "taken_at": taken_at(name),
            "signed": f"{name}{SUFFIX}" in there,
        }
        for place in places_of(shell.settings)
        for there in [frozenset(place.names())]
        for name in archives_in(there, shell.settings.installation)
    ]
    if as_json:
        return shell.print_json(found)
    rows = [
        (*list(one.values())[:3], shell.words("yes" if one["signed"] else "no"))
        for one in found
    ]
    return shell.print_rows(("Place", "Backup", "Made", "Signed"), rows)


@app.command("verify")
def verify_backup(
    context: typer.Context,
    file: Archive,
    identity: Identity = None,
    signer: Signer = "",
    as_json: AsJson = False,
) -> None:
    """Check that a backup is whole: its signature, with the key all of its content."""
    shell = shell_of(context)
    refuse_absent(shell, file)
    refuse_no_key(shell, identity)
    with plainly(shell):
        found = verify(file, [signer_of(shell, signer)], identity)
    if as_json:
        signed = {"file": str(file), "signature": "good"}
        return shell.print_json(signed | ({} if found is None else _plain(found)))
    if found is None:
        return shell.tell(
            "{file} is as it was signed; --identity would look inside.", file=file
        )
    tell_content(shell, found)
    return shell.tell("{file} is whole.", file=file)


@app.command("key")
def key(context: typer.Context) -> None:
    """Show the public key that this node signs with; note it elsewhere."""
    shell = shell_of(context)
    shell.print(public_key(signing_key_of(shell.settings)))


def refuse_astray(shell: Shell, folder: Path | None) -> None:
    """Raise `RequestError` where a folder is not there: none is made."""
    if folder is None or folder.is_dir():
        return
    if folder.exists():
        sentence = shell.words("{folder} is no folder.", folder=folder.absolute())
    else:
        sentence = shell.words(
            "There is no folder {folder}: mount it, or make it.",
            folder=folder.absolute(),
        )
    raise RequestError(sentence, error_id="backup-absent")


def refuse_absent(shell: Shell, file: Path) -> None:
    """Raise `RequestError` where there is no such file."""
    if not file.is_file():
        sentence = shell.words("There is no file {file}.", file=file)
        raise RequestError(sentence, error_id="backup-absent")


def refuse_no_key(shell: Shell, identity: Path | None) -> None:
    """Raise `RequestError` where there is no secret key at the place that is named."""
    if identity is None:
        return
    refuse_absent(shell, identity)
    content = identity.read_bytes()
    if not any(sign in content for sign in SECRET_KEYS):
        sentence = shell.words(
            "{file} holds no secret key (AGE-SECRET-KEY-1…).", file=identity
        )
        raise RequestError(sentence, error_id="backup-identity")


@contextmanager
def plainly(shell: Shell) -> Iterator[None]:
    """Tell in our own words what the tools say where a key or a file does not fit."""
    try:
        yield
    except RequestError as error:
        for ours, (error_id, theirs) in TOLD_PLAINLY.items():
            if error.error_id == error_id and theirs in str(error):
                raise RequestError(shell.words(ours), error_id=error_id) from error
        raise


def signer_of(shell: Shell, named: str) -> str:
    """Return the public key that a person named, by default this node's own."""
    if named:
        file = Path(named)
        is_file = len(named) < 250 and file.is_file()
        return public_key_in(file.read_text("utf-8") if is_file else named)
    own = signing_key_of(shell.settings)
    if own.exists():
        return public_key(own)
    sentence = shell.words(
        "This node has signed nothing yet: name who did with --signer "
        "(automaton backup key, on the node that made it)."
    )
    raise RequestError(sentence, error_id="backup-signer")


def tell_content(shell: Shell, manifest: Manifest) -> None:
    """Say what is in an archive."""
    shell.tell(
        "Backup of {installation} ({node}) from {at}, version {version}.",
        installation=manifest.installation,
        node=manifest.node,
        at=shell.cell(datetime.fromisoformat(manifest.taken_at)),
        version=manifest.version,
    )
    rows = [(name, count) for name, count in manifest.rows().items() if count]
    shell.print_rows(("Table", "Rows"), rows)
    if manifest.audit_head is not None:
        shell.tell("Head of the audit: {head}", head=manifest.audit_head)
    tell_left_out(shell, manifest)


def tell_left_out(shell: Shell, manifest: Manifest) -> None:
    """Say which sounds are not in an archive, and why."""
    for path, why in manifest.left_out:
        told = shell.words(why)
        shell.note("Not in the backup: {path}: {why}", path=path, why=told)


def _plain(manifest: Manifest) -> dict[str, object]:
    told = asdict(manifest)
    told.pop("entries")
    return told | {"rows": dict(manifest.rows())}
