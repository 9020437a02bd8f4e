"""Folders for a while, and those that were left behind by who was killed.

Whoever uses one holds a lock on it, which the system lets go when the process ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def scratch(folder: Path | None, kind: str) -> Iterator[Path]:
    """Give a new folder that its owner alone enters; it is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=f"{kind}-") as there:
        handle = os.open(there, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield Path(there)
        finally:
            os.close(handle)


def left_behind(folder: Path, *kinds: str) -> Sequence[Path]:
    """Return the folders of these kinds that nobody works in any more."""
    found = (path for kind in kinds for path in sorted(folder.glob(f"{kind}-*")))
    return [path for path in found if not path.is_symlink() and _is_free(path)]


def clear(folder: Path, *kinds: str) -> Sequence[Path]:
    """Delete what was left behind; return what is gone.

    What cannot be deleted is still found by `left_behind`.
    """
    found = left_behind(folder, *kinds)
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return [path for path in found if not path.exists()]


def _is_free(path: Path) -> bool:
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        finally:
            os.close(handle)
    return False
