"""Who asked for help is told to those on duty until one of them takes charge.

Comes in: once a second, what is open on record and taken by nobody. So nothing is lost
with a daemon: the next one, or the next chief, rings on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import structlog

from automaton.domain.help import HELP_ASKED, HelpAlarm, told, told_in_short
from automaton.engine.duty.duty_call import Summons
from automaton.engine.duty.insist import insist
from automaton.engine.duty.runs import Runs
from automaton.engine.duty.summon import Pause, Rung, Summoner
from automaton.engine.write import Writer

log = structlog.get_logger(__name__)

# Seconds between two rounds of the list; the last for ever.
BETWEEN_ROUNDS = (15.0, 30.0, 60.0, 120.0)


@dataclass(eq=False, slots=True)
class Asked:
    """One call for help as it is told; `is_over` once it is taken or closed on record.

    `is_done`: somebody pressed 1; `is_doubted`: and it is not on record after that.
    """

    alarm: HelpAlarm
    prompt: str = ""
    is_over: bool = False
    is_done: bool = False
    is_doubted: bool = False
    reason: str = field(default=HELP_ASKED, init=False)

    def may_ring(self, _: int) -> bool:
        """Tell whether the list is rung once more: without end until it is over."""
        return not self.is_over


class Rescue:
    """Rings the duty list for each call for help, one after the other."""

    def __init__(
        self,
        summoner: Summoner,
        writer: Writer,
        language: str,
        link_is_up: Callable[[], bool],
        pause: Pause,
    ) -> None:
        self._summoner, self._writer = summoner, writer
        self._language, self._link_is_up, self._pause = language, link_is_up, pause
        self.runs = Runs[str, Asked](self._tell)
        self._forgetting: set[asyncio.Task[None]] = set()

    def look(self, untaken: Sequence[HelpAlarm]) -> None:
        """Ring for those that nobody has taken; let the others be."""
        self.runs.end_but({alarm.id for alarm in untaken})
        for alarm in untaken:
            known = self.runs.of(alarm.id)
            if known is None or known.is_doubted:
                log.error(
                    "a home asks for help", attempt=alarm.attempt_id, alarm=alarm.id
                )
                self.runs.begin(alarm.id, Asked(alarm))
            elif known.is_done:  # this look may be older than what was written
                known.is_doubted = True

    def stand_down(self) -> None:
        """Tell nobody any more: another node leads now, and does.

        What was told of homes goes once a call that is under way has ended.
        """
        prompts = [asked.prompt for asked in self.runs.stand_down() if asked.prompt]
        if prompts:
            task = asyncio.create_task(self._forget_after_calls(prompts))
            self._forgetting.add(task)
            task.add_done_callback(self._forgetting.discard)

    async def _forget_after_calls(self, prompts: Sequence[str]) -> None:
        await self._summoner.calls_end()
        if not self.runs:  # else we lead again, and may say the same
            self._forget(*prompts)

    def _forget(self, *prompts: str) -> None:
        for prompt in prompts:
            with suppress(OSError):
                self._summoner.forget(prompt)

    async def _tell(self, asked: Asked) -> None:
        """Tell of one until it is over; then nothing that names its home is kept."""
        ways = self._link_is_up, self._pause, BETWEEN_ROUNDS
        await insist(asked, self._ring, *ways)
        asked.is_done = True
        if asked.prompt and self.runs.of(asked.alarm.id) in {asked, None}:
            self._forget(asked.prompt)

    async def _ring(self, asked: Asked) -> bool:
        """Ring the list once through; True once somebody has taken it."""
        alarm = asked.alarm
        summons = Summons(
            alarm.collectivity_id,
            None,
            asked.reason,
            "",
            self._language,
            is_over=lambda: asked.is_over,
            alarm_id=alarm.id,
            campaign_id=alarm.campaign_id,
            say=partial(self._say, asked),
        )
        is_taken = await self._summoner.summon(summons) is Rung.TAKEN
        if not is_taken and not asked.is_over:
            await self._writer.run(lambda t: t.note_round(alarm.id))
        return is_taken

    async def _say(self, asked: Asked) -> str:
        asked.prompt = await self._said(asked.alarm)  # once, unless it was lost
        return asked.prompt

    async def _said(self, alarm: HelpAlarm) -> str:
        """Return the prompt; where a name cannot be spoken, what can."""
        try:
            return await self._summoner.say(told(alarm, self._language), self._language)
        except Exception as error:
            log.exception("who asks for help cannot be spoken", error=error)
            short = told_in_short(alarm, self._language)
            return await self._summoner.say(short, self._language)
