"""Facts in: every event of the telephone, and the healing of every gap."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from automaton.domain.attempt import LIVE_STATES, Attempt
from automaton.domain.events import CallEvent, LinkDown, LinkEvent, LinkUp
from automaton.engine.node import Node
from automaton.engine.recover import Gap, heal
from automaton.errors import LineError
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

AGAIN_AFTER = 1.0


@dataclass
class Listener:
    """Hands events to the node; adopts what an earlier life of it left behind."""

    node: Node

    async def run(self) -> None:
        """Listen until the telephone has no more to say."""
        async for event in self.node.world.telephone.events():
            if isinstance(event, CallEvent):
                self.node.take(event)
            else:
                await self._link(event)

    async def adopt(self) -> None:
        """Follow the attempts that were claimed before this daemon was started."""
        name = self.node.settings.name

        def left_open(transaction: Transaction) -> list[Attempt]:
            attempts = transaction.open_attempts(name)
            for id_ in {attempt.campaign_id for attempt in attempts}:
                if (campaign := transaction.campaign(id_)) is not None:
                    self.node.agenda.campaigns[id_] = campaign
            return list(attempts)

        for attempt in await self.node.writer.run(left_open):
            self._adopt(attempt)

    def _adopt(self, attempt: Attempt) -> None:
        campaign = self.node.agenda.campaigns[attempt.campaign_id]
        self.node.sessions.open(attempt, campaign.policy.longest_call)
        if attempt.state in LIVE_STATES and attempt.trunk is not None:
            self.node.lines.take(attempt.trunk, attempt.id)
        log.info("attempt adopted", attempt=attempt.id, state=attempt.state.value)

    async def _link(self, event: LinkEvent) -> None:
        if isinstance(event, LinkDown):
            self._lose(event)
        else:
            await self._heal(event)

    def _lose(self, event: LinkDown) -> None:
        """Dial no more by what is out of reach; the other trunks go on."""
        node = self.node
        node.lines.lose(event.trunks or ())
        node.link_is_up = event.trunks is not None and node.lines.reaches_any
        log.warning("out of reach", trunks=event.trunks, reason=event.reason)

    async def _heal(self, event: LinkUp) -> None:
        """Ask what the gap has swallowed; dial again only afterwards."""
        telephone = self.node.world.telephone
        try:
            journal = await telephone.journalled_keys()
            live = await telephone.live_calls()
        except LineError as error:
            log.warning("the link fell again while healing", error=str(error))
            return
        now = self.node.world.clock.now()
        gap = Gap(live, journal, event.restarted, now, event.trunks)
        for fact in heal(self.node.sessions, gap):
            self.node.take(fact)
        self.node.lines.regain(event.trunks or ())
        self.node.link_is_up = True
        self.node.wake.set()
        log.info("in reach", trunks=event.trunks, restarted=event.restarted)
