"""Backups: everything that is kept, as plain files in one encrypted, signed archive.

Comes in: the database in one moment, sounds, settings, keys. Goes out: a file at each
place, read back from there and found whole. No decrypting key is needed here.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from automaton import __version__
from automaton.clock import Clock
from automaton.domain.collectivity import Act
from automaton.errors import AutomatonError, ConfigurationError
from automaton.private import make_private_folder
from automaton.services.backup_guide import README
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from automaton.settings.toml import as_toml
from automaton.store.audit_key import other_keys
from automaton.store.revision import check_schema
from automaton.store.safety import (
    BackupRecord,
    Photograph,
    SafetyBook,
    safety_book,
)
from automaton.vault.archive import ArchiveWriter, Manifest, unpack
from automaton.vault.names import archives_in, beyond, name_of, name_within
from automaton.vault.places import FolderPlace, Place
from automaton.vault.scratch import clear, scratch
from automaton.vault.seal import opened, sealed
from automaton.vault.sftp import SftpPlace
from automaton.vault.signature import check, public_key, sign, signature_of

AUDIT_KEY, SIGNING_KEY = "keys/audit.key", "keys/signing-key"
OTHER_KEYS = "keys/audit-"
SETTINGS, TABLES = "settings.toml", "tables"
PROMPTS, RECORDINGS = "sounds/prompts", "sounds/recordings"
NEW, BACK, UNPACKED = "new", "back", "unpacked"
LOOKED_AT = "automaton-unpacked"
CHUNK = 1 << 20
LONGEST_NAME = 255

LeftOut = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Backup:
    """What came of one backup: a record for each place."""

    name: str
    manifest: Manifest
    records: tuple[BackupRecord, ...]
    remarks: tuple[AutomatonError, ...] = ()  # why the oldest are still there

    @property
    def faults(self) -> Sequence[str]:
        """What went wrong, one sentence a place."""
        return [record.fault for record in self.records if record.fault]

    @property
    def is_kept(self) -> bool:
        """Whether one place at least has it, whole."""
        return any(record.verified_at is not None for record in self.records)


@dataclass(frozen=True)
class Safe:
    """Where a node's backups are made. `breathe` lets others work in between."""

    settings: Settings
    clock: Clock
    by: str
    places: Sequence[Place] | None = None
    breathe: Callable[[], None] = field(default=lambda: None)

    @property
    def folder(self) -> Path:
        """Where archives lie until they are at their places."""
        return signing_key_of(self.settings).parent

    @property
    def signing_key(self) -> Path:
        """The file of the key that signs; its public half lies beside it."""
        return signing_key_of(self.settings)

    @property
    def targets(self) -> Sequence[Place]:
        """The places to write to; `ConfigurationError` where there is none."""
        found = places_of(self.settings) if self.places is None else self.places
        if not found or not self.settings.backup.recipients:
            raise ConfigurationError(
                "No backup can be made: name recipients and a folder or sftp in the "
                "section [backup] of the settings (docs/backup.md).",
                error_id="backup-unset",
            )
        return found


def signing_key_of(settings: Settings) -> Path:
    """Return where the key is that signs the backups of a node."""
    return settings.folders.data / "backup" / "signing-key"


def places_of(settings: Settings) -> Sequence[Place]:
    """Return the places that the settings name."""
    chosen, found = settings.backup, list[Place]()
    if chosen.folder is not None:
        beside = settings.folders.data if chosen.folder_is_mounted else None
        found.append(FolderPlace(chosen.folder, beside, is_made=False))
    if chosen.sftp is not None:
        known, key = chosen.sftp_known_hosts, chosen.sftp_key
        found.append(SftpPlace(chosen.sftp, key, known))
    return found


def make_backup(safe: Safe) -> Backup:
    """Make a backup, bring it to every place, read it back, let the oldest go.

    A place that fails keeps the others from nothing: its record has the fault.
    """
    with safety_book(safe.settings) as book:
        _ = safe.targets  # before all else: what is to be set
        check_schema(book.engine)
        made = keep(safe, book)
        for record in made.records:
            book.note(record)
        book.journalise(_act(safe, made))
        return made


def keep(safe: Safe, book: SafetyBook) -> Backup:
    """Make a backup without writing into the database, of whatever age it is."""
    targets = safe.targets
    with archive(safe, book) as (file, manifest):
        digest = _sha256(file)
        records = [_kept(safe, place, file, digest) for place in targets]
    remarks = [
        remark
        for place, record in zip(targets, records, strict=True)
        if record.verified_at is not None
        and (remark := _let_go(safe, place, record, book.verified(place.name)))
        is not None
    ]
    return Backup(file.name, manifest, tuple(records), tuple(remarks))


@contextmanager
def archive(safe: Safe, book: SafetyBook) -> Iterator[tuple[Path, Manifest]]:
    """Give a signed archive of this moment; it is gone when the block is left."""
    make_private_folder(safe.folder)
    public_key(safe.signing_key)
    with scratch(safe.folder, NEW) as there:
        now = safe.clock.now()
        file = there / name_of(safe.settings.installation, now)
        with sealed(file, safe.settings.backup.recipients) as stream:
            writer = ArchiveWriter(stream, now, there)
            manifest = _written(safe, book, writer)
        sign(file, safe.signing_key)
        yield file, manifest


def _written(safe: Safe, book: SafetyBook, writer: ArchiveWriter) -> Manifest:
    writer.content("README.txt", README.encode())
    writer.text(SETTINGS, as_toml(safe.settings))
    for name, file in _keys(safe):
        if file.is_file():
            writer.file(name, file)
    with book.photograph() as moment:
        manifest = _manifest(safe, moment, writer)
        for sheet in moment.sheets():
            path = f"{TABLES}/{sheet.name}.csv"
            writer.table(path, sheet.columns, sheet.rows, safe.breathe)
        prompts = moment.prompts()
    left_out = _sounds(safe, writer, prompts)
    manifest = replace(manifest, entries=tuple(writer.entries), left_out=left_out)
    writer.close(manifest)
    return manifest


def _keys(safe: Safe) -> Iterator[tuple[str, Path]]:
    """Yield the keys that a restore needs, and how they are called in an archive."""
    own = safe.settings.audit_key
    yield AUDIT_KEY, own
    yield SIGNING_KEY, safe.signing_key
    for other in other_keys(own):
        yield f"{OTHER_KEYS}{other.name}", other


def _manifest(safe: Safe, moment: Photograph, writer: ArchiveWriter) -> Manifest:
    node = safe.settings.server.node
    head = moment.audit_head(node)
    return Manifest(
        installation=safe.settings.installation,
        node=node,
        version=__version__,
        schema=moment.revision,
        taken_at=writer.at.isoformat(),
        audit_head=None if head is None else str(head),
    )


def _sounds(safe: Safe, writer: ArchiveWriter, prompts: frozenset[str]) -> LeftOut:
    """Add the sounds that are spoken of, and every recording.

    Returns what could not be added, and why: a prompt that is gone meanwhile, by an
    erasure or not, and a recording that is no plain file.
    """
    left_out = []
    for path, file in _sound_files(safe.settings.folders, prompts):
        if why := _not_added(writer, path, file):
            left_out.append((path, why))
        safe.breathe()
    return tuple(left_out)


def _sound_files(
    folders: FoldersSettings, prompts: frozenset[str]
) -> Iterator[tuple[str, Path]]:
    for prompt in sorted(prompts):
        file = folders.prompts / f"{prompt}.alaw"
        yield f"{PROMPTS}/{name_within(file.name)}", file
    if folders.recordings.is_dir():
        for file in sorted(folders.recordings.iterdir()):
            yield f"{RECORDINGS}/{name_within(file.name)}", file


def _not_added(writer: ArchiveWriter, path: str, file: Path) -> str:
    """Add a file; return why that was not possible, nothing where it was."""
    if len(Path(path).name) > LONGEST_NAME:
        return "its name is too long"
    try:
        writer.file(path, file)
    except FileNotFoundError:
        return "it is not there"
    except OSError:
        return "it is no plain file that can be read"
    return ""


def _kept(safe: Safe, place: Place, file: Path, digest: str) -> BackupRecord:
    """Bring an archive to a place and read it back; return what came of it."""
    size, at = file.stat().st_size, safe.clock.now()
    record = BackupRecord(at, file.name, place.name, size, digest)
    try:
        place.put(signature_of(file))
        place.put(file)
        _read_back(safe, place, file.name)
    except AutomatonError as error:
        return replace(record, fault=str(error))
    return replace(record, verified_at=safe.clock.now())


def _read_back(safe: Safe, place: Place, name: str) -> None:
    with scratch(safe.folder, BACK) as back:
        place.get(name, back)
        place.get(signature_of(back / name).name, back)
        check(back / name, [public_key(safe.signing_key)])


def _let_go(
    safe: Safe, place: Place, record: BackupRecord, verified: frozenset[str]
) -> AutomatonError | None:
    """Delete what is older than the last good ones; return why it could not be.

    Neither what a clock that was ahead calls the latest nor one that was never found
    whole counts as one of those that stay.
    """
    try:
        names = archives_in(place.names(), safe.settings.installation)
        for name in beyond(names, record.name, verified, safe.settings.backup.keep):
            place.remove(name)
            place.remove(signature_of(Path(name)).name)
    except AutomatonError as error:
        return error
    return None


def verify(
    file: Path, signers: Sequence[str], identity: Path | None
) -> Manifest | None:
    """Check a signature, and with a secret key everything inside as well.

    Returns the manifest, None where nothing was decrypted. `RequestError` says what
    is wrong. No `signers`: the signature is not looked at.
    """
    if identity is None:
        check(file, signers)
        return None
    clear(Path(tempfile.gettempdir()), LOOKED_AT)  # of a check that was killed
    with unpacked(file, identity, signers, None) as (_, manifest):
        return manifest


@contextmanager
def unpacked(
    file: Path, identity: Path, signers: Sequence[str], folder: Path | None
) -> Iterator[tuple[Path, Manifest]]:
    """Give the files of an archive, compared with its manifest, for some time.

    What is unpacked is a copy that nobody else can change, and that was checked.
    """
    with scratch(folder, UNPACKED if folder else LOOKED_AT) as there:
        own = there / file.name
        shutil.copyfile(file, own)
        if signers:
            if signature_of(file).exists():
                shutil.copyfile(signature_of(file), signature_of(own))
            check(own, signers)
        files = there / "files"
        files.mkdir(mode=0o700)
        with opened(own, identity) as stream:
            manifest = unpack(stream, files, own.stat().st_size)
        own.unlink()
        yield files, manifest


def _act(safe: Safe, made: Backup) -> Act:
    verified = sum(record.verified_at is not None for record in made.records)
    told = (("places", str(len(made.records))), ("verified", str(verified)))
    now = safe.clock.now()
    return Act(safe.by, now, "backup_made", "backup", made.name, details=told)


def _sha256(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(CHUNK):
            found.update(piece)
    return found.hexdigest()
