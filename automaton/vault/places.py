"""Where archives are kept: a place only ever gets new files, never a changed one.

`Place` is the port; here is the mounted folder, in `sftp` the other machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from automaton.errors import LineError
from automaton.private import make_private_folder

PART = ".part"


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


class FolderPlace:
    """A folder that is mounted here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self._folder)

    def put(self, file: Path) -> None:
        """Copy a file there; it has its name only once it is whole and on the disk."""
        try:
            make_private_folder(self._folder)
            part = self._folder / f".{file.name}{PART}"
            part.unlink(missing_ok=True)
            with file.open("rb") as content, part.open("xb") as into:
                os.fchmod(into.fileno(), 0o600)
                shutil.copyfileobj(content, into)
                into.flush()
                os.fsync(into.fileno())
            self._name(part, self._folder / file.name)
        except OSError as error:
            raise failed(self.name, error.strerror or str(error)) from error

    def get(self, name: str, into: Path) -> None:
        """Copy a file back, into a folder."""
        try:
            shutil.copyfile(self._folder / name, into / name)
        except OSError as error:
            raise failed(self.name, error.strerror or str(error)) from error

    def names(self) -> Sequence[str]:
        """Return the names of all files."""
        try:
            return [one.name for one in self._folder.iterdir() if one.is_file()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise failed(self.name, error.strerror or str(error)) from error

    def remove(self, name: str) -> None:
        """Delete a file."""
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise failed(self.name, error.strerror or str(error)) from error

    def _name(self, part: Path, final: Path) -> None:
        """Give a file its name, never over another; not all file systems can link."""
        try:
            final.hardlink_to(part)
        except FileExistsError:
            part.unlink()
            raise
        except OSError:
            if final.exists():
                part.unlink()
                raise
            part.rename(final)
        else:
            part.unlink()
        _sync(self._folder)


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
