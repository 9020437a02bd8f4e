"""Prompts on their way from the node that rendered them to the others.

Only what messages say: a person's code word stays on the machine where it was entered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, delete, exists, or_, select

from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from automaton.store.claims import keep_first
from automaton.store.engine import reading, writing
from automaton.store.tables import campaigns, message_texts, sounds

ALAW = ".alaw"
KEPT = 200  # sounds; the oldest that no campaign says any more make room
Write = Callable[[Path, bytes], None]
_IS_SPOKEN = exists().where(
    or_(
        message_texts.c.prompt == sounds.c.id,
        message_texts.c.machine_prompt == sounds.c.id,
    ),
    campaigns.c.message_id == message_texts.c.message_id,
    campaigns.c.state.not_in(sorted(FINAL_CAMPAIGN_STATES)),
)


class SharedSounds:
    """The prompts of one node's folder, and those that other nodes have sent."""

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        write_whole: Write,
        now: Callable[[], datetime],
    ) -> None:
        self._engine, self._folder = engine, folder
        self._write_whole, self._now = write_whole, now

    def has(self, prompt: str) -> bool:
        """Tell whether the telephone of this node can play a prompt."""
        return self._file(prompt).is_file()

    def bring(self, prompts: Sequence[str]) -> frozenset[str]:
        """Send what we have and others may lack, fetch what we lack.

        Return what nobody has sent yet; `LineError` where the database fails. Blocks.
        """
        here = {prompt for prompt in prompts if self.has(prompt)}
        with reading(self._engine) as connection:
            asked = select(sounds.c.id).where(sounds.c.id.in_(prompts))
            sent = set(connection.execute(asked).scalars())
        for prompt in sorted(here - sent):
            self._send(prompt)
        for prompt in sorted(sent - here):
            self._fetch(prompt)
        return frozenset(p for p in prompts if not self.has(p))

    def _send(self, prompt: str) -> None:
        row = {"id": prompt, "body": self._file(prompt).read_bytes()}
        with writing(self._engine) as connection:
            there = keep_first(connection, sounds)
            connection.execute(there, row | {"at": self._now()})
            newest = select(sounds.c.id).order_by(sounds.c.at.desc()).limit(KEPT)
            is_old = sounds.c.id.not_in(newest)
            connection.execute(delete(sounds).where(is_old, ~_IS_SPOKEN))

    def _fetch(self, prompt: str) -> None:
        with reading(self._engine) as connection:
            asked = select(sounds.c.body).where(sounds.c.id == prompt)
            body: bytes | None = connection.execute(asked).scalar()
        if body is not None:
            self._write_whole(self._file(prompt), body)

    def _file(self, prompt: str) -> Path:
        return self._folder / f"{prompt}{ALAW}"
