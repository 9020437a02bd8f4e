"""No call without its words: a campaign waits on a node until its prompts are there.

They are rendered by one node, and brought to the others beside the loop. A node alone
has them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import structlog

from automaton.domain.campaign import Campaign
from automaton.errors import LineError
from automaton.ports import CallOrder, Sounds

log = structlog.get_logger(__name__)


class Prompts:
    """Which campaigns this node can say. The loop's thread only."""

    def __init__(self, sounds: Sounds | None) -> None:
        self._sounds = sounds
        self._here: set[str] = set()
        self._told: set[str] = set()

    def has(self, campaign: Campaign) -> bool:
        """Tell whether everything that a campaign says can be played here."""
        return self._sounds is None or self._here.issuperset(_prompts(campaign))

    async def bring(self, campaigns: Iterable[Campaign]) -> None:
        """Fetch what these campaigns say, and send what other nodes may lack."""
        wanted = {p for one in campaigns for p in _prompts(one)} - self._here
        if self._sounds is None or not wanted:
            return
        try:
            missing = await asyncio.to_thread(self._sounds.bring, sorted(wanted))
        except (LineError, OSError) as error:
            log.warning("prompts are fetched later", why=str(error))
            return
        self._here |= wanted - missing
        for prompt in sorted(missing - self._told):
            log.warning("a prompt is on no node yet that shares it", prompt=prompt)
        self._told |= missing

    def playable(self, order: CallOrder) -> CallOrder:
        """Return an order without the code word that only another node can say."""
        word = order.codeword
        if self._sounds is None or word is None or self._sounds.has(word):
            return order
        log.warning("a code word is not on this node", attempt=order.attempt_id)
        return replace(order, codeword=None)


def _prompts(campaign: Campaign) -> set[str]:
    spoken = [m.prompt for m in campaign.messages]
    spoken += [m.machine_prompt for m in campaign.messages if m.machine_prompt]
    return {prompt for prompt in spoken if prompt}
