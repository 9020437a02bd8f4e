"""One archive: a tar of plain files with a manifest of their sums as the last one.

`age -d -i KEY FILE | tar x` reads it; nothing of ours is needed.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import re
import stat
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from automaton.errors import RequestError
from automaton.vault.names import name_without

MANIFEST = "manifest.json"
FORMAT = 1
NULL = "\\N"
CHUNK = 1 << 20
LONGEST_CELL = 1 << 26
_NAME = r"[A-Za-z0-9_%][A-Za-z0-9._%-]*"
_SAFE = re.compile(rf"{_NAME}(/{_NAME}){{0,3}}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive; `rows` counts the lines of a table."""

    path: str
    size: int
    sha256: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive is, and what must be in it."""

    installation: str
    node: str
    version: str
    schema: str
    taken_at: str
    audit_head: str | None = None
    left_out: tuple[tuple[str, str], ...] = ()  # what is not in it, and why
    entries: tuple[Entry, ...] = ()
    format: int = FORMAT

    def rows(self) -> Mapping[str, int]:
        """Return how many rows each table has."""
        return {
            Path(entry.path).stem: entry.rows
            for entry in self.entries
            if entry.rows is not None
        }


@dataclass
class ArchiveWriter:
    """Writes files one after another into a stream, and the manifest at the end.

    A table that is being written lies in a nameless file on the disk of `folder`.
    """

    stream: IO[bytes]
    at: datetime
    folder: Path
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tar = tarfile.open(  # noqa: SIM115 - closed by `close`
            fileobj=self.stream, mode="w|", format=tarfile.PAX_FORMAT
        )

    def text(self, path: str, content: str) -> None:
        """Add a text."""
        self.content(path, content.encode("utf-8"))

    def content(self, path: str, content: bytes) -> None:
        """Add a file of these bytes."""
        self._add(path, io.BytesIO(content), len(content))
        digest = hashlib.sha256(content).hexdigest()
        self.entries.append(Entry(path, len(content), digest))

    def file(self, path: str, source: Path) -> None:
        """Add a file as it is; `OSError` where it cannot be read, or is a link."""
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "it is no plain file")
            self.content(path, file.read())

    def table(
        self,
        path: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[str | None]],
        breathe: Callable[[], None],
    ) -> None:
        r"""Add a table as CSV: UTF-8, commas, a heading; what is not there is `\N`.

        Every cell is in quotes: in one without, a lone carriage return ends the row.
        It is read again before it is added: `RequestError` where it is not what was
        written. `breathe` is called now and then, so that nobody else waits.
        """
        with tempfile.TemporaryFile(dir=self.folder) as file:
            text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
            sheet = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
            sheet.writerow(columns)
            count = 0
            for count, row in enumerate(rows, 1):
                sheet.writerow([_cell(value) for value in row])
                if count % 200 == 0:
                    breathe()
            text.flush()
            size, digest = file.tell(), _digest(file)
            text.seek(0)
            _check_sheet(path, text, count, breathe)
            self._add(path, file, size)
            text.detach()
        self.entries.append(Entry(path, size, digest, count))

    def close(self, manifest: Manifest) -> None:
        """Write the manifest and end the archive."""
        told = asdict(manifest) | {"entries": [asdict(one) for one in self.entries]}
        content = json.dumps(told, ensure_ascii=False, indent=1).encode()
        self._add(MANIFEST, io.BytesIO(content), len(content))
        self._tar.close()

    def _add(self, path: str, content: IO[bytes], size: int) -> None:
        assert _SAFE.fullmatch(path), path
        content.seek(0)
        info = tarfile.TarInfo(path)
        info.size, info.mode = size, 0o600
        info.mtime = int(self.at.timestamp())
        self._tar.addfile(info, content)


def _cell(value: str | None) -> str:
    if value is None:
        return NULL
    return "\\" + value if value.startswith("\\") else value


def _value(cell: str) -> str | None:
    if cell == NULL:
        return None
    return cell.removeprefix("\\")


def _check_sheet(
    path: str,
    text: IO[str],
    rows: int,
    breathe: Callable[[], None] = lambda: None,
) -> None:
    """Raise `RequestError` where a table cannot be read as it was counted."""
    csv.field_size_limit(LONGEST_CELL)
    try:
        sheet = csv.reader(text)
        width, found = len(next(sheet, [])), 0
        for found, row in enumerate(sheet, 1):
            if len(row) != width:
                raise ValueError(f"row {found} has {len(row)} cells, not {width}")
            if found % 200 == 0:
                breathe()
        if not width or found != rows:
            raise ValueError(f"it has {found} rows, not {rows}")
    except (csv.Error, ValueError) as error:
        raise _unreadable(f"{path} cannot be read: {error}") from error


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(CHUNK):
        found.update(piece)
    return found.hexdigest()


def unpack(stream: IO[bytes], folder: Path, most: int = 1 << 40) -> Manifest:
    """Write the files of an archive into a folder and return its manifest.

    `most`: what they may weigh together, in bytes: what is encrypted is not packed, so
    no more than the archive. `RequestError` where a file is missing, too many, too
    large, or not what the manifest says, or where a table is not what it counts.
    """
    found: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for info in tar:
                most -= info.size
                if most < 0:
                    raise ValueError(f"{info.name!r} is larger than the backup itself")
                found[info.name] = _unpacked(tar, info, folder)
        manifest = _manifest(folder / MANIFEST)
    except (tarfile.TarError, OSError, ValueError, TypeError, KeyError) as error:
        raise _unreadable(str(error)) from error
    found.pop(MANIFEST)
    wanted = {entry.path: entry.sha256 for entry in manifest.entries}
    wrong = sorted(k for k in found | wanted if found.get(k) != wanted.get(k))
    if wrong:
        raise _unreadable(f"{wrong[0]} is not what the manifest says")
    _check_sheets(folder, manifest)
    return manifest


def _check_sheets(folder: Path, manifest: Manifest) -> None:
    for entry in manifest.entries:
        if entry.rows is not None:
            with (folder / entry.path).open(encoding="utf-8", newline="") as text:
                _check_sheet(entry.path, text, entry.rows)


def _unpacked(tar: tarfile.TarFile, info: tarfile.TarInfo, folder: Path) -> str:
    """Write one file; return its sum."""
    is_plain = info.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not info.issparse()
    if not is_plain or not _SAFE.fullmatch(info.name):
        raise ValueError(f"{info.name!r} does not belong there")
    name_without(Path(info.name).name)
    content = tar.extractfile(info)
    assert content is not None
    place = folder / info.name
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = hashlib.sha256()
    with place.open("xb") as into:
        while piece := content.read(CHUNK):
            found.update(piece)
            into.write(piece)
    return found.hexdigest()


def _manifest(file: Path) -> Manifest:
    told: dict[str, Any] = json.loads(file.read_text("utf-8"))
    if told["format"] != FORMAT:
        raise ValueError(f"it has the form {told['format']}, not {FORMAT}")
    datetime.fromisoformat(told["taken_at"])
    entries = tuple(Entry(**entry) for entry in told.pop("entries"))
    left_out = tuple((path, why) for path, why in told.pop("left_out", ()))
    return Manifest(**told, left_out=left_out, entries=entries)


def _unreadable(why: str) -> RequestError:
    return RequestError(f"The backup is not whole: {why}", error_id="backup-broken")


def read_table(file: Path) -> tuple[list[str], Iterable[list[str | None]]]:
    """Return the columns of a table and its rows, read each time they are asked for."""
    csv.field_size_limit(LONGEST_CELL)
    with file.open(encoding="utf-8", newline="") as text:
        columns = next(csv.reader(text))
    return columns, _Rows(file)


@dataclass(frozen=True, slots=True)
class _Rows:
    file: Path

    def __iter__(self) -> Iterator[list[str | None]]:
        with self.file.open(encoding="utf-8", newline="") as text:
            sheet = csv.reader(text)
            next(sheet)
            for row in sheet:
                yield [_value(cell) for cell in row]
