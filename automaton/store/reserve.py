"""Room on the disk that is kept for the worst night: a file that is full of nothing.

It is given up when a write fails for want of room, so that what people have pressed is
still written; no new call is begun until somebody has made room and it is there again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from automaton.private import OWNER_READS, make_private_folder

log = structlog.get_logger(__name__)

# The same room must stay free beside it: else what was given up would be taken again.
FREE_TIMES = 2
NO_ROOM_AT_ALL = 256 * 1024  # bytes; so little is found free where a write has failed


@dataclass(frozen=True, slots=True)
class Reserve:
    """The file that is kept at `path`; `size` in bytes, 0 where none is wanted."""

    path: Path
    size: int

    @property
    def is_kept(self) -> bool:
        """Whether it is there in full length."""
        try:
            return self.size == 0 or self.path.stat().st_size >= self.size
        except OSError:
            return False

    def keep(self) -> bool:
        """Make it where it is not there and there is room; tell whether it is there."""
        if self.is_kept:
            return True
        try:
            made = self._make()
        except OSError as error:
            log.warning("the reserve on the disk cannot be made", error=str(error))
            made = False
        if made:
            log.info("the reserve on the disk is kept", bytes=self.size)
        return made

    def release(self) -> bool:
        """Give it up; tell whether there was anything to give up."""
        try:
            self.path.unlink()
        except OSError:
            return False
        log.error("the disk is full: its reserve is given up, nothing new is dialled")
        return True

    def is_needed(self) -> bool:
        """Tell whether the disk has no room at all, whatever error it has given."""
        return self._free() < NO_ROOM_AT_ALL

    def _make(self) -> bool:
        make_private_folder(self.path.parent)
        if self._free() < FREE_TIMES * self.size:
            return False
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT, OWNER_READS)
        try:
            os.posix_fallocate(file, 0, self.size)
        except OSError:
            self.path.unlink()
            raise
        finally:
            os.close(file)
        return True

    def _free(self) -> int:
        found = os.statvfs(self.path.parent)
        return found.f_bavail * found.f_frsize
