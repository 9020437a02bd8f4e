"""Room on the disk that is kept for the worst night: a file that is full of nothing.

It is given up when a write fails for want of room, so that what people have pressed is
still written; no new call is begun until somebody has made room and it is there again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
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
    _told: list[str] = field(default_factory=list, init=False, compare=False)

    @property
    def is_kept(self) -> bool:
        """Whether it is there in full length."""
        try:
            found = self.path.stat().st_size if self.path.is_file() else 0
            return found >= self.size
        except OSError:
            return False

    def keep(self) -> bool:
        """Make it where it is not there and there is room; tell whether it is there.

        What keeps it from being made is said once: it is tried before each claim.
        """
        if self.is_kept:
            return True
        try:
            why = self._make()
        except OSError as error:
            why = str(error)
        if why:
            self._tell(why)
            return False
        self._told.clear()
        log.info("the reserve on the disk is kept", bytes=self.size)
        return True

    @property
    def obstacle(self) -> Path | None:
        """What is in its way, however much room there is; None where nothing is."""
        places = (self.path, *self.path.parents)
        there = next(place for place in places if place.exists())
        is_wrong = there == self.path and not there.is_file()
        return there if is_wrong or not os.access(there, os.W_OK) else None

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

    def _tell(self, why: str) -> None:
        if why not in self._told:
            self._told.append(why)
            log.error("no call starts: no room can be kept for a full disk", why=why)

    def _make(self) -> str:
        """Make it; return why there is not enough room, nothing where there is."""
        make_private_folder(self.path.parent)
        if self._free() < FREE_TIMES * self.size:
            return f"{FREE_TIMES * self.size} bytes must be free beside {self.path}"
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT, OWNER_READS)
        try:
            os.posix_fallocate(file, 0, self.size)
        except OSError:
            self.path.unlink()
            raise
        finally:
            os.close(file)
        return ""

    def _free(self) -> int:
        found = os.statvfs(self.path.parent)
        return found.f_bavail * found.f_frsize
