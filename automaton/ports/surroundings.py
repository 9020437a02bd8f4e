"""What else a node leans on: a voice of its own, and a place for backups."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Speaker(Protocol):
    """Text to prompt, for what the automaton itself has to say."""

    def say(self, text: str, language: str) -> str:
        """Return the prompt id of a text; rendered once, may take seconds."""
        ...


class Safe(Protocol):
    """Where backups are made, off the loop."""

    def keep(self) -> None:
        """Make one and find it whole at its place; `LineError` where that fails."""
        ...

    def last_at(self) -> datetime | None:
        """Return when each place had a whole one last; None where one has none."""
        ...
