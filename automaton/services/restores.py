"""An archive back into an installation, empty or not; first a look, then for good.

The merge's rule is `store/landing.py`. The daemon must not run meanwhile.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from automaton.clock import Clock
from automaton.domain.audit import Seal
from automaton.domain.collectivity import Act
from automaton.errors import RequestError
from automaton.private import make_private_folder, open_private
from automaton.services.backups import (
    AUDIT_KEY,
    PROMPTS,
    RECORDINGS,
    SETTINGS,
    SIGNING_KEY,
    TABLES,
    signing_key_of,
    unpacked,
)
from automaton.settings import Settings
from automaton.store.audit_key import read_key
from automaton.store.landing import Landed
from automaton.store.restore import landing
from automaton.store.schema import known_revisions, prepare
from automaton.vault.archive import Manifest, read_table
from automaton.vault.signature import check

OWNER_READS = 0o600


@dataclass(frozen=True)
class Wish:
    """What is to be restored. No `signers`: the signature is not looked at."""

    file: Path
    identity: Path
    signers: Sequence[str] = ()
    preview: bool = False


@dataclass(frozen=True)
class Restored:
    """What a restore did, or would do; where the settings of the archive now lie."""

    manifest: Manifest
    landed: Landed
    into_empty: bool
    settings_file: Path | None = None


def restore(settings: Settings, clock: Clock, wish: Wish, by: str) -> Restored:
    """Check an archive and bring it in, in one transaction; a preview undoes it.

    `RequestError` where it is not whole, newer than the program, or of another
    installation than what is here; nothing is changed then.
    """
    if wish.signers:
        check(wish.file, wish.signers)
    data = settings.folders.data
    make_private_folder(data)
    with unpacked(wish.file, wish.identity, data) as (files, manifest):
        _refuse_newer(manifest)
        prepare(settings.database_url)
        brought = () if wish.preview else _bring_keys(settings, files)
        try:
            landed, into_empty = _land(settings, clock, files, manifest, wish, by)
        except BaseException:
            for key in brought:
                key.unlink()
            raise
        if wish.preview:
            return Restored(manifest, landed, into_empty)
        _bring_sounds(settings, files, landed)
        told = _bring_settings(settings, files)
        return Restored(manifest, landed, into_empty, told)


def _refuse_newer(manifest: Manifest) -> None:
    if manifest.schema not in known_revisions():
        raise RequestError(
            f"The backup was made by a newer program ({manifest.version}): "
            "update the program first.",
            error_id="restore-newer",
        )


def _land(
    settings: Settings,
    clock: Clock,
    files: Path,
    manifest: Manifest,
    wish: Wish,
    by: str,
) -> tuple[Landed, bool]:
    seals = _seals(settings, files, manifest)
    now = clock.now()
    with landing(settings, seals, now, keep=not wish.preview) as one:
        for name in one.names:
            file = files / TABLES / f"{name}.csv"
            if file.is_file():
                one.take(name, *read_table(file))
        for name in manifest.rows():
            one.know(name)
        landed = one.finish()
        if not wish.preview:
            rows = sum(landed.added.values())
            told = (("rows", str(rows)), ("taken_at", manifest.taken_at))
            one.witness(Act(by, now, "restored", "backup", wish.file.name, None, told))
        return landed, one.into_empty


def _seals(settings: Settings, files: Path, manifest: Manifest) -> Sequence[Seal]:
    """Return the keys that tombstones were written with, ours and the archive's."""
    ours = settings.server.node, settings.audit_key
    known = (ours, (manifest.node, files / AUDIT_KEY))
    return [Seal(node, read_key(key)) for node, key in known if key.is_file()]


def _bring_keys(settings: Settings, files: Path) -> Sequence[Path]:
    """Put the keys of the archive where there are none; return those that are new."""
    signing = signing_key_of(settings)
    places = ((AUDIT_KEY, settings.audit_key), (SIGNING_KEY, signing))
    brought = []
    for name, place in places:
        if (files / name).is_file() and not place.exists():
            make_private_folder(place.parent)
            shutil.copyfile(files / name, place)
            place.chmod(OWNER_READS)
            brought.append(place)
    return brought


def _bring_sounds(settings: Settings, files: Path, landed: Landed) -> None:
    """Copy the sounds that are missing, but for those of the erased."""
    folders = settings.folders
    erased = {f"{prompt}.alaw" for prompt in landed.prompts}
    for name, place in ((PROMPTS, folders.prompts), (RECORDINGS, folders.recordings)):
        for file in sorted((files / name).glob("*")):
            if file.name not in erased and not (place / file.name).exists():
                make_private_folder(place)
                shutil.copyfile(file, place / file.name)


def _bring_settings(settings: Settings, files: Path) -> Path | None:
    """Lay the settings of the archive beside ours: a person chooses."""
    found = files / SETTINGS
    if not found.is_file():
        return None
    place = settings.folders.data / "restored-settings.toml"
    with open_private(place) as file:
        file.write(found.read_text("utf-8"))
    return place
