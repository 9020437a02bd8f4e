"""Where archives are kept: a place only ever gets new files, never a changed one.

`Place` is the port; here is the mounted folder, in `sftp` the other machine.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from automaton.errors import LineError
from automaton.private import make_private_folder

PART = ".part"
MOST_PARTS = 20


class Place(Protocol):
    """A folder somewhere else. Every error is a `LineError`."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def put(self, file: Path) -> None:
        """Copy a file there under its own name; refused where there is one."""
        ...

    def get(self, name: str, into: Path) -> None:
        """Copy a file back, into a folder."""
        ...

    def names(self) -> Sequence[str]:
        """Return the names of all files."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file."""
        ...


@dataclass(frozen=True)
class FolderPlace:
    """A folder that is mounted here.

    `beside`: a folder of this machine on whose disk it must not be, for then nothing is
    mounted. `is_made`: it is made where it is not there.
    """

    folder: Path
    beside: Path | None = None
    is_made: bool = True

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.folder)

    def put(self, file: Path) -> None:
        """Copy a file there; it has its name only once it is whole and on the disk."""
        with self._told():
            final = self.folder / file.name
            if final.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            part = self._new_part(file.name)
            with file.open("rb") as content, part.open("xb") as into:
                os.fchmod(into.fileno(), 0o600)
                shutil.copyfileobj(content, into)
                into.flush()
                os.fsync(into.fileno())
            _give_name(part, final)
            _sync(self.folder)

    def get(self, name: str, into: Path) -> None:
        """Copy a file back, into a folder."""
        with self._told():
            shutil.copyfile(self.folder / name, into / name)

    def names(self) -> Sequence[str]:
        """Return the names of all files."""
        with self._told():
            return [one.name for one in self.folder.iterdir() if one.is_file()]

    def remove(self, name: str) -> None:
        """Delete a file."""
        with self._told():
            (self.folder / name).unlink(missing_ok=True)

    def check(self) -> None:
        """Raise `LineError` where it is not there, or not another disk than ours."""
        with self._told():
            pass

    def is_on_disk_of(self, beside: Path) -> bool:
        """Tell whether it is on the disk of a folder of this machine, or its system."""
        ours = {path.stat().st_dev for path in (beside, Path("/")) if path.exists()}
        return self.folder.stat().st_dev in ours

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Do something where the folder is what it should be; say what fails."""
        try:
            self._check()
            yield
        except OSError as error:
            raise failed(self.name, error.strerror or str(error)) from error

    def _check(self) -> None:
        if self.is_made:
            make_private_folder(self.folder)
        elif not self.folder.exists():
            raise failed(self.name, "it is not there; mount it, or make the folder")
        if self.beside is not None and self.is_on_disk_of(self.beside):
            raise failed(
                self.name,
                "it is on this machine's own disk, nothing is mounted there; mount it, "
                "or set backup.folder_is_mounted = false if that is meant",
            )

    def _new_part(self, name: str) -> Path:
        """Return how a file is called until it is whole.

        What was cut off before is deleted where files may be.
        """
        for count in range(MOST_PARTS):
            part = self.folder / f".{name}{count or ''}{PART}"
            with suppress(PermissionError):
                part.unlink(missing_ok=True)
            if not part.exists():
                return part
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _give_name(part: Path, final: Path) -> None:
    """Give a file its name, never over another.

    Where nothing may be deleted, it keeps both its names; not all file systems can
    give a second one.
    """
    try:
        final.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        if final.exists():
            raise
        part.rename(final)
    else:
        with suppress(PermissionError):
            part.unlink()


def _sync(folder: Path) -> None:
    """Have a folder's names on the disk; a mounted one may not know how."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def failed(place: str, why: str) -> LineError:
    """Return the error of a place that does not do what it should."""
    return LineError(
        f"The backup's place {place} failed: {why}", error_id="backup-place"
    )
