"""What else a node leans on: a voice, a place for backups, somebody who foresees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from automaton.domain.failing import Known
from automaton.domain.foreseen import Foreseen


class Speaker(Protocol):
    """Text to prompt, for what the automaton itself has to say."""

    def say(self, text: str, language: str) -> str:
        """Return the prompt id of a text; rendered once, may take seconds."""
        ...

    def forget(self, prompt: str) -> None:
        """Delete a prompt; nothing happens where there is none."""
        ...


class Sentences(Protocol):
    """Phrases with blanks, in every language that has any."""

    def filled(self, phrase: str, language: str, **blanks: str) -> str:
        """Return a phrase with its blanks filled, to be spoken."""
        ...


class Foreseer(Protocol):
    """Who tells what is to be expected of a campaign that goes on, off the loop."""

    def foresee(self, campaign_id: str) -> Foreseen | None:
        """Return what is expected at this moment; None where nothing goes on.

        `LineError` where the database fails. It may take seconds.
        """
        ...


class Sounds(Protocol):
    """The prompts that this node can play, and those that other nodes have sent."""

    def has(self, prompt: str) -> bool:
        """Tell whether our telephone can play a prompt."""
        ...

    def bring(self, prompts: Sequence[str]) -> frozenset[str]:
        """Send what we have, fetch what we lack; return what nobody has sent. Blocks.

        `LineError` where the database fails.
        """
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
