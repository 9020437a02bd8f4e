"""Folders and files with names and numbers in them: their owner's alone from the start.

What is opened first and closed to others later could be read in between.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TextIO

OWNER_ENTERS, OWNER_READS = 0o700, 0o600


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it, that their owner alone enters.

    One that is there stays as it is: whoever made it decided who enters.
    """
    if not path.is_dir():
        make_private_folder(path.parent)
        path.mkdir(mode=OWNER_ENTERS, exist_ok=True)


def open_private(path: Path, mode: int = OWNER_READS) -> TextIO:
    """Open a file for a new text, whatever the umask and whoever read the old one.

    A device or a pipe (`/dev/stdout`) stays as it is.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, OWNER_READS)
    file = os.fdopen(handle, "w", encoding="utf-8", newline="")
    if stat.S_ISREG(os.fstat(handle).st_mode):
        os.fchmod(handle, mode)
        os.ftruncate(handle, 0)
    return file


def copy_private(source: Path, target: Path) -> None:
    """Copy a file for its owner alone; it has its name only once it is on the disk."""
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    with source.open("rb") as content, part.open("xb") as into:
        os.fchmod(into.fileno(), OWNER_READS)
        shutil.copyfileobj(content, into)
        into.flush()
        os.fsync(into.fileno())
    part.replace(target)
