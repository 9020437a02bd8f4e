"""An archive back into an installation, empty or not; first a look, then for good.

The merge's rule is `store/landing.py`. The daemon must not run meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from automaton.clock import Clock
from automaton.domain.audit import Seal
from automaton.domain.collectivity import Act
from automaton.errors import LineError, RequestError
from automaton.private import copy_private, make_private_folder, open_private
from automaton.services.backups import (
    AUDIT_KEY,
    OTHER_KEYS,
    PROMPTS,
    RECORDINGS,
    SETTINGS,
    SIGNING_KEY,
    TABLES,
    signing_key_of,
    unpacked,
)
from automaton.settings import Settings
from automaton.store.audit_key import keep_key, other_keys, read_key
from automaton.store.chain import RESTORED
from automaton.store.landing import Landed
from automaton.store.restore import landing, may_be_kept, sweep_files
from automaton.store.revision import known_revisions
from automaton.store.schema import prepare
from automaton.vault.archive import Manifest, read_table
from automaton.vault.names import name_without


@dataclass(frozen=True)
class Wish:
    """What is to be restored. No `signers`: the signature is not looked at.

    `keys` are files of an audit's keys that tombstones may have been written with.
    `seen` is what a preview showed: anything else is refused.
    """

    file: Path
    identity: Path
    signers: Sequence[str] = ()
    preview: bool = False
    keys: Sequence[Path] = ()
    seen: Manifest | None = None


@dataclass(frozen=True)
class Restored:
    """What a restore did, or would do; where the settings of the archive now lie."""

    manifest: Manifest
    landed: Landed
    into_empty: bool
    settings_file: Path | None = None


@dataclass(frozen=True)
class _Work:
    """One restore under way: its files are unpacked, its keys are known."""

    settings: Settings
    act: Act
    files: Path
    manifest: Manifest
    wish: Wish


def restore(settings: Settings, clock: Clock, wish: Wish, by: str) -> Restored:
    """Check an archive and bring it in, in one transaction; a preview undoes it.

    `RequestError` where it is not whole, newer than the program, not what a preview
    showed, or of another installation than what is here; nothing is changed then.
    `LineError` where all is done, but bytes of the erased are still to be swept.
    """
    data = settings.folders.data
    make_private_folder(data)
    with unpacked(wish.file, wish.identity, wish.signers, data) as (files, manifest):
        _refuse(manifest, wish)
        prepare(settings.database_url)
        told = (("taken_at", manifest.taken_at),)
        act = Act(by, clock.now(), RESTORED, "backup", wish.file.name, details=told)
        work = _Work(settings, act, files, manifest, wish)
        with _swept_after_a_fault(settings), _keys_brought(work):
            landed, into_empty = _land(work)
        place = None
        if not wish.preview:
            _bring_sounds(settings, files, landed)
            place = _bring_settings(settings, files)
        if landed.erased or landed.cleared:
            sweep_files(settings)
        return Restored(manifest, landed, into_empty, place)


def _refuse(manifest: Manifest, wish: Wish) -> None:
    if wish.seen is not None and manifest != wish.seen:
        raise RequestError(
            "The file is not the one that was shown any more: look at it again.",
            error_id="restore-changed",
        )
    if manifest.schema not in known_revisions():
        raise RequestError(
            f"The backup was made by a newer program ({manifest.version}): "
            "update the program first.",
            error_id="restore-newer",
        )


@contextmanager
def _swept_after_a_fault(settings: Settings) -> Iterator[None]:
    """Sweep where a transaction is undone: it may have brought the erased so far."""
    try:
        yield
    except Exception:
        with suppress(LineError):
            sweep_files(settings)
        raise


def _land(work: _Work) -> tuple[Landed, bool]:
    keep = not work.wish.preview
    with landing(work.settings, _seals(work), work.act.at, keep=keep) as one:
        for name in one.names:
            file = work.files / TABLES / f"{name}.csv"
            if file.is_file():
                one.take(name, *read_table(file))
        for name in work.manifest.rows():
            one.know(name)
        landed = one.finish()
        if keep:
            rows = ("rows", str(sum(landed.added.values())))
            one.witness(replace(work.act, details=(rows, *work.act.details)))
        return landed, one.into_empty


def _seals(work: _Work) -> Sequence[Seal]:
    """Return the keys that tombstones were written with, ours and the archive's."""
    own = work.settings.audit_key
    files = [own, *other_keys(own), *work.wish.keys, *_archived_keys(work.files)]
    keys = {read_key(file): "" for file in files if file.is_file()}
    return [Seal(node, key) for key, node in keys.items()]


def _archived_keys(files: Path) -> Sequence[Path]:
    return [files / AUDIT_KEY, *sorted(files.glob(f"{OTHER_KEYS}*.key"))]


@contextmanager
def _keys_brought(work: _Work) -> Iterator[None]:
    """Put the archive's keys where there are none; away again if nothing came of it.

    Somebody may interrupt after all is committed: then they stay.
    """
    brought = [] if work.wish.preview else _bring_keys(work.settings, work.files)
    try:
        yield
    except BaseException:
        if brought and not may_be_kept(work.settings, work.act.at):
            for key in brought:
                key.unlink()
        raise
    if not work.wish.preview:
        _keep_other_keys(work)


def _bring_keys(settings: Settings, files: Path) -> Sequence[Path]:
    """Return the keys that are new here."""
    signing = signing_key_of(settings)
    brought = []
    for name, place in ((AUDIT_KEY, settings.audit_key), (SIGNING_KEY, signing)):
        if (files / name).is_file() and not place.exists():
            make_private_folder(place.parent)
            copy_private(files / name, place)
            brought.append(place)
    return brought


def _keep_other_keys(work: _Work) -> None:
    """Keep the keys of other nodes: their tombstones and chains are here now."""
    own = work.settings.audit_key
    ours = read_key(own)
    for file in (*work.wish.keys, *_archived_keys(work.files)):
        if file.is_file() and (key := read_key(file)) != ours:
            keep_key(own, key)


def _bring_sounds(settings: Settings, files: Path, landed: Landed) -> None:
    """Copy the sounds that are missing; those of the erased are here no more."""
    folders = settings.folders
    erased = {f"{prompt}.alaw" for prompt in landed.prompts}
    for name in erased:
        (folders.prompts / name).unlink(missing_ok=True)
    for name, place in ((PROMPTS, folders.prompts), (RECORDINGS, folders.recordings)):
        for file in sorted((files / name).glob("*")):
            target = place / name_without(file.name)
            if target.name not in erased and not target.exists():
                make_private_folder(place)
                copy_private(file, target)


def _bring_settings(settings: Settings, files: Path) -> Path | None:
    """Lay the settings of the archive beside ours: a person chooses."""
    found = files / SETTINGS
    if not found.is_file():
        return None
    place = settings.folders.data / "restored-settings.toml"
    with open_private(place) as file:
        file.write(found.read_text("utf-8"))
    return place
