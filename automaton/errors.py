"""Errors of the whole house: one tree, raised anywhere, shown at the doors.

`AutomatonError`
├── `ConfigurationError`  what to change, and where
├── `RequestError`        what a person asked and we refuse (4xx, exit code 2)
└── `LineError`           the world outside failed; may be tried again (exit code 1)
"""

from __future__ import annotations


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
