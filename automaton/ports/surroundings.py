"""What else a node leans on: a voice of its own, and a place for backups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from automaton.domain.failing import Known


class Speaker(Protocol):
    """Text to prompt, for what the automaton itself has to say."""

    def say(self, text: str, language: str) -> str:
        """Return the prompt id of a text; rendered once, may take seconds."""
        ...


class Safe(Protocol):
    """Where backups are made, off the loop."""

    def keep(self) -> Mapping[str, str]:
        """Make one and read it back; return what is wrong, by place.

        An exception says that none was made at all.
        """
        ...

    def last_at(self) -> Mapping[str, datetime | None]:
        """Return when each place had a whole one last."""
        ...

    def failing(self) -> Known:
        """Return which places have failed and not worked since, over all restarts."""
        ...

    def note_failing(self, known: Known) -> None:
        """Remember that, whatever becomes of the daemon."""
        ...
