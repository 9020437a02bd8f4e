"""Telephones are rung to prove that they ring: monthly, or because a door asked.

Comes in: the settings' hours, once a minute; what is on record. Goes out: one call
after another, each on record before it leaves. Only the chief rings anybody, never
while a campaign runs or an alert stands; what is left over waits for the next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.collectivity import DutyEntry
from automaton.domain.phone import masked
from automaton.domain.readiness import (
    LISTENING,
    Kind,
    Monthly,
    Proof,
    Way,
    due,
    may_ask,
    month_of,
    spoken,
    ways,
)
from automaton.engine.duty.duty_call import Summons
from automaton.engine.duty.errands import TO_OFFICERS, Run
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ids import new_id
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

TRIAL = "automaton-trunk-test"
TALK = timedelta(seconds=60)
BETWEEN_CALLS = 5.0
WHILE_CAMPAIGNS_RUN = 30.0


class Readiness:
    """Rings officers, those on duty and our own numbers, by every trunk that may."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._under_way: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """Begin what is due this month, where this is the hour for it."""
        if self._under_way is not None and not self._under_way.done():
            return
        if self._may_ring() and may_ask(self._monthly, self._now()):
            self._under_way = self._node.spawn(self._monthly_round(), "readiness")

    async def asked(self, run: Run) -> bool:
        """Ring all that a door has named, or everything, at whatever hour.

        It waits while campaigns run; True once everybody was rung.
        """
        since = datetime.fromisoformat(run.errand.payload["since"])
        only = run.errand.payload.get("only", "")
        while not run.is_over:
            left = partial(self._left, since, since, only)
            if await self._round(left, lambda: self._may_ring() and not run.is_over):
                return True
            await self._node.world.pause(WHILE_CAMPAIGNS_RUN)
        return True

    @property
    def _monthly(self) -> Monthly:
        return self._node.settings.monthly

    def _now(self) -> datetime:
        return self._node.world.clock.now()

    def _may_ring(self) -> bool:
        """Tell whether nothing more urgent needs the telephone now."""
        node = self._node
        urgent = any(
            one.state is CampaignState.RUNNING
            or (
                one.state is CampaignState.PAUSED
                and one.campaign_class is CampaignClass.ALERT
            )
            for one in node.agenda.campaigns.values()
        )
        is_able = node.lease.leads and node.link_is_up and node.dialling
        return is_able and not urgent

    async def _monthly_round(self) -> None:
        monthly = self._monthly
        since, today = month_of(self._now(), monthly.hours.zone)
        left = partial(self._left, since, today, "")
        try:
            await self._round(
                left, lambda: self._may_ring() and may_ask(monthly, self._now())
            )
        except LineError as error:
            log.warning("the monthly proof goes on later", why=str(error))

    async def _round(
        self,
        left: Callable[[Transaction], list[Way]],
        may_go_on: Callable[[], bool],
    ) -> bool:
        """Ring one after another what is left; False where that was broken off."""
        tried: set[tuple[str, str]] = set()
        while may_go_on():
            waiting = await self._node.writer.run(left)
            way = next((one for one in waiting if one.key not in tried), None)
            if way is None:
                return True
            if tried:
                await self._node.world.pause(BETWEEN_CALLS)
            tried.add(way.key)
            if may_go_on():
                await self._prove(way, may_go_on)
        return False

    def _left(
        self, since: datetime, today: datetime, only: str, transaction: Transaction
    ) -> list[Way]:
        phones = transaction.phones(self._monthly.numbers)
        meant = [one for one in phones if only in ("", one.name, one.e164)]
        wanted = ways(meant, self._node.settings.trunks)
        return due(wanted, transaction.proofs(since), since, today)

    async def _prove(self, way: Way, may_go_on: Callable[[], bool]) -> None:
        log.info("a proof is rung for", to=masked(way.phone.e164), trunk=way.trunk)
        summons = _summons(way, self._now(), lambda: not may_go_on())
        await self._node.summoner.summon(summons)


def _summons(way: Way, now: datetime, is_over: Callable[[], bool]) -> Summons:
    """Return the call that proves a way; our own number is listened to."""
    phone, text = way.phone, spoken(way.phone.language, way.phone.owner)
    proof = Proof(
        *(new_id(), phone.collectivity_id, phone.kind, phone.e164, way.trunk), now
    )
    is_ours = phone.kind is Kind.NUMBER
    return Summons(
        phone.collectivity_id,
        None,
        "readiness",
        text,
        phone.language,
        is_over=is_over,
        whom=(DutyEntry(proof.id, proof.collectivity_id, 0, phone.name, phone.e164),),
        errand_id=LISTENING if is_ours else "",
        context=TO_OFFICERS if is_ours else TRIAL,
        talk=TALK,
        proof=proof,
    )
