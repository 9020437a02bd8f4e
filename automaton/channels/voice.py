"""The voice channel: a telephone rings, a message is spoken, a key is pressed.

All the work is done by the node's Asterisk; this file says which contact points it
serves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

from automaton.channels.channel import Surroundings
from automaton.domain.contact import VOICE_KINDS
from automaton.domain.events import CallEvent, LinkEvent
from automaton.ports import CallOrder, JournalledKey, LiveCall


class Voice:
    """Rings telephones through the node's Asterisk; errors are those of its port."""

    name = "voice"
    kinds = VOICE_KINDS

    def __init__(self, here: Surroundings) -> None:
        self._asterisk = here.asterisk()

    async def open(self) -> None:
        """Bring the links to Asterisk up."""
        await self._asterisk.open()

    async def close(self) -> None:
        """Close the links; calls go on without us."""
        await self._asterisk.close()

    async def place(self, order: CallOrder) -> None:
        """Send one order, once."""
        await self._asterisk.place(order)

    async def hang_up(self, attempt_id: str) -> None:
        """End the call of an attempt; nothing happens where there is none."""
        await self._asterisk.hang_up(attempt_id)

    async def wind_up(self, attempt_id: str) -> None:
        """Let an answered call end after its sentence."""
        await self._asterisk.wind_up(attempt_id)

    async def confirm_key(self, attempt_id: str, seq: int) -> None:
        """Let the dialplan thank for a key that is durable."""
        await self._asterisk.confirm_key(attempt_id, seq)

    async def live_calls(self) -> Sequence[LiveCall]:
        """Return the calls that exist now."""
        return await self._asterisk.live_calls()

    async def journalled_keys(self) -> Sequence[JournalledKey]:
        """Return every key in Asterisk's journal."""
        return await self._asterisk.journalled_keys()

    async def forget_keys(self, keys: Iterable[JournalledKey]) -> None:
        """Delete single journal entries."""
        await self._asterisk.forget_keys(keys)

    def events(self) -> AsyncIterator[CallEvent | LinkEvent]:
        """Return what Asterisk tells, without a step in between."""
        return self._asterisk.events()
