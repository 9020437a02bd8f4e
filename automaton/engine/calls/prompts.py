"""No call without its words: a campaign waits on a node until its prompts are there.

They are rendered by one node, and brought to the others beside the loop. A node alone
has them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import inf

import structlog

from automaton.domain.campaign import Campaign
from automaton.domain.message import variable_of
from automaton.domain.recipient import Recipient
from automaton.errors import AutomatonError, LineError
from automaton.ports import CallOrder, Sounds, Speaker

log = structlog.get_logger(__name__)

PATIENCE = 3.0  # seconds that a call waits for what is said to its recipient
IN_HAND = 0.5  # seconds that are left to an order then, to leave in time


class Prompts:
    """Which campaigns this node can say. The loop's thread only."""

    def __init__(self, sounds: Sounds | None, speaker: Speaker) -> None:
        self._sounds, self._speaker = sounds, speaker
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

    async def addressed(
        self, order: CallOrder, recipient: Recipient, boottime: float
    ) -> CallOrder:
        """Return an order with what is said to its recipient, rendered now if need be.

        Who has no value for a variable hears the message without that; where nothing
        can be rendered while the order may still leave it is said without any.
        """
        latest = inf if order.leave_by is None else order.leave_by - IN_HAND
        try:
            async with asyncio.timeout(min(PATIENCE, latest - boottime)):
                parts = await asyncio.to_thread(
                    self._parts, order, recipient.said or {}
                )
        except (AutomatonError, OSError, TimeoutError) as error:
            why = str(error) or "it took too long"
            log.warning("said without variables", attempt=order.attempt_id, why=why)
            return replace(order, parts=())
        return replace(order, parts=parts)

    def _parts(self, order: CallOrder, said: Mapping[str, str]) -> tuple[str, ...]:
        """Return the prompts in their order; blocks."""
        prompts = []
        for part in order.parts:
            variable = variable_of(part)
            if variable is None:
                prompts.append(part)
            elif variable in said:
                prompts.append(self._speaker.say(said[variable], order.language))
        return tuple(prompts)

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
    parts = (part for m in campaign.messages for part in m.parts)
    spoken += [part for part in parts if variable_of(part) is None]
    return {prompt for prompt in spoken if prompt}
