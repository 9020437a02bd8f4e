"""Asterisk's gateway interface on a socket, by pyst2: orders out, answers in.

pyst2's own constructor installs a signal handler and writes every variable and every
digit on standard error; a hang-up in the middle of an answer it takes for a number.
Here nothing is written anywhere, and whatever ends a call is one exception of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from asterisk.agi import AGI, AGIException, AGIResultHangup

LONGEST_LINE = 2000
MOST_VARIABLES = 200
TRYING = "100 "


class CallEndedError(Exception):
    """The caller hung up, or Asterisk has closed the line."""


class _Mute:
    """Where pyst2 writes what nobody may read: numbers, and codes."""

    def write(self, _: str) -> None:
        """Forget it."""


class _Answers:
    """The lines that Asterisk sends; its end, and a word of a hang-up, are an error."""

    def __init__(self, reader: TextIO) -> None:
        self._reader = reader

    def readline(self) -> str:
        """Return the next line; `AGIResultHangup` where the call is over.

        What goes on (100: a subroutine) is no answer yet.
        """
        line = TRYING
        while line.startswith(TRYING):
            line = self._reader.readline(LONGEST_LINE)
        if not line.endswith("\n") or line.startswith("HANGUP"):
            raise AGIResultHangup("the call is over")
        return line


class Wire(AGI):  # type: ignore[misc]  # pyst2 has no types
    """One call's gateway. Every method may raise `CallEndedError`."""

    def __init__(self, reader: TextIO, writer: TextIO) -> None:
        self.stdin, self.stdout, self.stderr = _Answers(reader), writer, _Mute()
        self._got_sighup = False
        self.env: dict[str, str] = {}
        with ended():
            self._get_agi_env()

    def _get_agi_env(self) -> None:
        """Read what Asterisk tells of the call: `agi_<name>: <value>`, then nothing."""
        for _ in range(MOST_VARIABLES):
            name, colon, value = self.stdin.readline().strip().partition(":")
            if not colon:
                return
            self.env[name.strip()] = value.strip()

    def execute(self, command: str, *args: object) -> dict[str, Any]:
        """Send one command and return its answer."""
        with ended():
            answer: dict[str, Any] = super().execute(command, *args)
            return answer


@contextmanager
def ended() -> Iterator[None]:
    """Turn whatever shows that a call is over into `CallEndedError`."""
    try:
        yield
    except (AGIException, OSError, ValueError) as error:
        raise CallEndedError("the call is over") from error
