"""Errors of the whole house: one tree, raised anywhere, shown at the doors.

`AutomatonError`
├── `ConfigurationError`  what to change, and where
├── `RequestError`        what a person asked and we refuse (4xx, exit code 2)
├── `LineError`           the world outside failed; may be tried again (exit code 1)
└── `NodeLostError`            this node must end and start anew (exit code 75)
"""

from __future__ import annotations

import errno

DISK_FAILS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""What is the disk's fault; every other file that cannot be used is the person's."""


class AutomatonError(Exception):
    """Something that the program says in one sentence to a person.

    The message is that sentence; `error_id` is stable and may be matched by programs.
    """

    exit_code = 1

    def __init__(self, message: str, *, error_id: str | None = None) -> None:
        super().__init__(message)
        self.error_id = error_id or self.default_id()

    @classmethod
    def default_id(cls) -> str:
        """Return the identifier used where the raiser gave none."""
        return cls.__name__.removesuffix("Error").lower()


class ConfigurationError(AutomatonError):
    """A setting or an installation is wrong: the message says what to change, where."""

    exit_code = 2


class RequestError(AutomatonError):
    """A person asked for something that is refused; nothing was changed."""

    exit_code = 2


class LineError(AutomatonError):
    """The world outside failed (a link, a trunk, a disk); it may be tried again.

    `may_have_left` is true where the order may have reached the other side.
    """

    def __init__(
        self,
        message: str,
        *,
        error_id: str | None = None,
        may_have_left: bool = False,
    ) -> None:
        super().__init__(message, error_id=error_id)
        self.may_have_left = may_have_left


class NodeLostError(AutomatonError):
    """We are no longer one of our fleet: the others may take our calls over.

    Nothing that it writes or orders counts any more; it ends, and starts anew.
    """

    exit_code = 75  # as sysexits.h has it: try again

    def __init__(self, why: str) -> None:
        told = f"This node is no longer one of its fleet: {why}."
        super().__init__(told, error_id="node-lost")


def unwritable(path: object, error: OSError, error_id: str) -> AutomatonError:
    """Return what to raise where a file that a person named cannot be written."""
    kind = LineError if error.errno in DISK_FAILS else RequestError
    return kind(f"{path} cannot be written: {error.strerror}.", error_id=error_id)


def why_unread(error: OSError | ValueError) -> str:
    """Return why a file could not be read, as the end of a sentence."""
    if isinstance(error, OSError):
        return str(error.strerror)
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
