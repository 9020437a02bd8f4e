"""Somebody is told: the duty list is rung, one after another, until a 1 is pressed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from automaton.clock import Clock
from automaton.domain.attempt import Attempt, AttemptState, advance
from automaton.domain.campaign import Campaign
from automaton.domain.events import CallEvent, HungUp
from automaton.domain.phone import masked, written_for
from automaton.domain.trunk import Trunk, carrier
from automaton.engine.pace import Lines
from automaton.engine.write import Writer
from automaton.errors import AutomatonError
from automaton.ids import new_id
from automaton.ports import CallOrder, DutyCall, DutyEntry, Speaker, Telephone

log = structlog.get_logger(__name__)

ROUNDS = 2
RING = timedelta(seconds=25)
TALK = timedelta(seconds=90)
LONGEST = RING + TALK + timedelta(seconds=10)
WITHOUT_A_LINE = 1.0


@dataclass(frozen=True, slots=True)
class Summons:
    """Why the duty list is rung, in the words that it hears."""

    collectivity_id: str
    campaign: Campaign | None
    reason: str
    text: str
    language: str = "fr"
    avoid_trunk: str | None = None


@dataclass(slots=True)
class _DutyCallInProgress:
    attempt: Attempt
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Summoner:
    """Rings duty lists on lines kept back; campaigns never wait for it."""

    def __init__(
        self,
        telephone: Telephone,
        writer: Writer,
        speaker: Speaker,
        lines: Lines,
        trunks: Sequence[Trunk],
        usable: Callable[[], Sequence[str]],
        clock: Clock,
    ) -> None:
        self._telephone, self._writer, self._speaker = telephone, writer, speaker
        self._lines, self._trunks, self._usable = lines, trunks, usable
        self._clock = clock
        self._calls: dict[str, _DutyCallInProgress] = {}
        self._phones: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def take(self, event: CallEvent) -> bool:
        """Take an event of a duty call; False where it is not one."""
        call = self._calls.get(event.attempt_id)
        if call is None:
            return False
        call.attempt = advance(call.attempt, event)
        if isinstance(event, HungUp) or not call.attempt.is_open:
            call.over.set()
        return True

    async def summon(self, summons: Summons) -> bool:
        """Ring the list until somebody takes charge; True once somebody has.

        A telephone that rings for another alarm is waited for, not found engaged.
        """
        prompt = await asyncio.to_thread(
            self._speaker.say, summons.text, summons.language
        )
        entries = await self._writer.run(
            lambda transaction: transaction.duty_list(summons.collectivity_id)
        )
        for _ in range(ROUNDS):
            for entry in entries:
                async with self._phones[entry.e164]:
                    taken = await self._ring(entry, summons, prompt)
                if taken:
                    return True
        log.error("nobody on duty took charge", reason=summons.reason)
        return False

    async def _ring(self, entry: DutyEntry, summons: Summons, prompt: str) -> bool:
        """Ring one telephone of the list; True where 1 was pressed."""
        trunk = await self._free_trunk(entry.e164, summons.avoid_trunk)
        if trunk is None:
            return False
        attempt = self._attempt(entry, summons, trunk)
        self._calls[attempt.id] = call = _DutyCallInProgress(attempt)
        self._lines.take(trunk.name, attempt.id, duty=True)
        try:
            await self._telephone.place(_order(attempt, trunk, summons, prompt))
            async with asyncio.timeout(LONGEST.total_seconds()):
                await call.over.wait()
        except (AutomatonError, TimeoutError) as error:
            log.warning("a duty call failed", attempt=attempt.id, error=str(error))
        finally:
            self._lines.release(attempt.id)
            self._calls.pop(attempt.id, None)
        return await self._noted(call.attempt, summons)

    async def _free_trunk(self, e164: str, avoid: str | None) -> Trunk | None:
        """Return a trunk for the call, rather not the one that is lost."""
        for _ in range(int(LONGEST.total_seconds() / WITHOUT_A_LINE)):
            free = {t.name: self._lines.free_for_duty(t.name) for t in self._trunks}
            usable = set(self._usable())
            first = sorted(self._trunks, key=lambda t: t.name not in usable)
            trunk = carrier(e164, first, free, avoid)
            if trunk is not None:
                return trunk
            await asyncio.sleep(WITHOUT_A_LINE)
        log.error("no line for a duty call", to=masked(e164))
        return None

    def _attempt(self, entry: DutyEntry, summons: Summons, trunk: Trunk) -> Attempt:
        now = self._clock.now()
        return Attempt(
            id=new_id(),
            campaign_id="" if summons.campaign is None else summons.campaign.id,
            recipient_id=entry.id,
            contact_point_id=entry.id,
            e164=entry.e164,
            due_at=now,
            state=AttemptState.CLAIMED,
            trunk=trunk.name,
            claimed_at=now,
        )

    async def _noted(self, attempt: Attempt, summons: Summons) -> bool:
        """Write down what came of a duty call."""
        outcome = "unknown" if attempt.outcome is None else attempt.outcome.value
        call = DutyCall(
            attempt.id,
            summons.collectivity_id,
            attempt.campaign_id or None,
            summons.reason,
            attempt.e164,
            attempt.trunk or "",
            attempt.due_at,
            outcome,
            attempt.has_key,
        )
        await self._writer.run(lambda transaction: transaction.note_duty_call(call))
        return attempt.has_key


def _order(attempt: Attempt, trunk: Trunk, summons: Summons, prompt: str) -> CallOrder:
    return CallOrder(
        attempt_id=attempt.id,
        campaign_id=attempt.campaign_id or "duty",
        recipient_id=attempt.recipient_id,
        trunk=trunk.name,
        dialled=written_for(attempt.e164, trunk.number_format),
        caller_id=trunk.shows(),
        ring=RING,
        talk=TALK,
        message=prompt,
        language=summons.language,
        keys="1",
        context="automaton-duty",
    )
