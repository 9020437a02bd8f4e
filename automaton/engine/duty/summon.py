"""Somebody is told: the duty list is rung, one after another, until a 1 is pressed."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto

import structlog

from automaton.clock import Clock
from automaton.domain.attempt import Attempt, advance
from automaton.domain.collectivity import DutyEntry
from automaton.domain.events import CallEvent, HungUp, KeyPressed, SoundCounted
from automaton.domain.phone import masked
from automaton.domain.trunk import Trunk, carrier
from automaton.engine.duty.duty_call import (
    LONGEST,
    Summons,
    attempt_of,
    has_arrived,
    order_of,
    record_of,
)
from automaton.engine.fleet.lease import Lease
from automaton.engine.lines.hold import Lines
from automaton.engine.write import Writer
from automaton.errors import LineError
from automaton.ports import (
    CallOrder,
    Speaker,
    Telephone,
    Transaction,
)

log = structlog.get_logger(__name__)

WITHOUT_A_LINE = 1.0
WHILE_ENGAGED = 5.0
TRIES_OF_THE_ENGAGED = 6
AFTER_A_FAULT = 5.0
TRIES_OF_A_WRITE = 120
VOICES = 2  # texts that are rendered at once

Pause = Callable[[float], Awaitable[None]]


class Rung(Enum):
    """What came of one telephone, or of the whole list.

    `TAKEN`: somebody took charge. `NOT_TAKEN`: a telephone rang, or the network
    answered for it. `SILENT`: none did. `ENGAGED`: by another call of ours.
    """

    TAKEN = auto()
    NOT_TAKEN = auto()
    SILENT = auto()
    ENGAGED = auto()


@dataclass(slots=True)
class _DutyCallInProgress:
    attempt: Attempt
    alarm_id: str | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    packets: int | None = None


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
        node: str,
        pause: Pause,
        lease: Lease,
    ) -> None:
        self._telephone, self._writer, self._speaker = telephone, writer, speaker
        self._lines, self._trunks, self._usable = lines, trunks, usable
        self._clock, self._node, self._pause = clock, node, pause
        self._lease = lease
        self._calls: dict[str, _DutyCallInProgress] = {}
        self._unclear: list[tuple[str, str]] = []
        self._under_way: set[asyncio.Task[Rung]] = set()
        self._taking: set[asyncio.Task[None]] = set()
        self._help: Counter[str] = Counter()
        self._voices = ThreadPoolExecutor(VOICES, "duty speech")
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def take(self, event: CallEvent) -> bool:
        """Take an event of a duty call; False where it is not one."""
        call = self._calls.get(event.attempt_id)
        if call is None:
            return False
        if isinstance(event, SoundCounted):
            call.packets = event.received
        had_key = call.attempt.has_key
        call.attempt = advance(call.attempt, event)
        if isinstance(event, KeyPressed) and call.alarm_id and not had_key:
            taking = self._take_alarm(call.attempt, call.alarm_id, event.seq)
            task = asyncio.create_task(taking, name=f"take {call.alarm_id}")
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)
        if isinstance(event, HungUp) or not call.attempt.is_open:
            call.over.set()
        return True

    def unanswered(self) -> list[str]:
        """Return the duty calls that nobody has answered yet."""
        calls = self._calls.items()
        return [id_ for id_, call in calls if call.attempt.answered_at is None]

    def close(self) -> None:
        """End what is under way; the next life frees its numbers (left.py)."""
        for task in self._under_way:
            task.cancel()
        self._voices.shutdown(wait=False, cancel_futures=True)

    async def calls_end(self) -> None:
        """Wait until no call is under way any more."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def summon(self, summons: Summons) -> Rung:
        """Ring the list once through, or until somebody has taken charge.

        Where it is empty, where no order left and where the network was dead it is
        `SILENT`: nobody was told. A collectivity is told one thing at a time, and
        besides it of one call for help, which goes first. A telephone that another call
        of ours has engaged is passed by, and tried again shortly after.
        """
        async with self._queues[summons.queue], self._noted(summons):
            prompt = await self._words_of(summons)
            waiting = await self._list_of(summons)
            so_far = Rung.SILENT
            for _ in range(TRIES_OF_THE_ENGAGED):
                engaged = []
                for entry in waiting:
                    await self._let_pass(summons)
                    if summons.is_over():
                        return so_far
                    rung = await self._ring(entry, summons, prompt)
                    if rung is Rung.TAKEN:
                        return rung
                    if rung is Rung.NOT_TAKEN:
                        so_far = rung
                    if rung is Rung.ENGAGED:
                        engaged.append(entry)
                if not (waiting := engaged):
                    return so_far
                await self._pause(WHILE_ENGAGED)
        return so_far

    async def _words_of(self, summons: Summons) -> str:
        """Return what is heard; rendered now that its turn has come, and not before."""
        if summons.is_over():
            return ""
        if summons.say is not None:
            return await summons.say()
        return summons.prompt or await self.say(summons.text, summons.language)

    async def _list_of(self, summons: Summons) -> Sequence[DutyEntry]:
        if summons.whom:
            return summons.whom
        whose = summons.collectivity_id
        return await self._writer.run(lambda transaction: transaction.duty_list(whose))

    @asynccontextmanager
    async def _noted(self, summons: Summons) -> AsyncIterator[None]:
        """Let what is less urgent know meanwhile that somebody asks for help."""
        self._help[summons.collectivity_id] += summons.is_help
        try:
            yield
        finally:
            self._help[summons.collectivity_id] -= summons.is_help

    async def _let_pass(self, summons: Summons) -> None:
        """Wait while those on duty are rung for somebody who asks for help."""
        whose = summons.collectivity_id
        while self._help[whose] and not (summons.is_help or summons.is_over()):
            await self._pause(WITHOUT_A_LINE)

    async def say(self, text: str, language: str) -> str:
        """Return the prompt of a text; it may take seconds.

        On threads of its own: so nothing else that a thread does waits for it.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._voices, self._speaker.say, text, language
        )

    def forget(self, prompt: str) -> None:
        """Delete a prompt that says who somebody is, and that nobody needs any more."""
        self._speaker.forget(prompt)

    async def _ring(self, entry: DutyEntry, summons: Summons, prompt: str) -> Rung:
        """Ring one telephone of the list on a line and with a number of its own."""
        trunk = await self._free_trunk(entry.e164, summons)
        if trunk is None:
            return Rung.SILENT
        now, began = self._clock.now(), self._clock.boottime()
        attempt = attempt_of(entry, summons, trunk, now)
        order = order_of(attempt, trunk, summons, prompt)
        order = replace(order, leave_by=self._lease.leave_by(began))
        self._lines.take(trunk.name, attempt.id, duty=True)
        called = asyncio.create_task(self._called(attempt, order, summons))
        self._under_way.add(called)
        called.add_done_callback(self._under_way.discard)
        return await asyncio.shield(called)  # whoever leads no more lets it end

    async def _called(
        self, attempt: Attempt, order: CallOrder, summons: Summons
    ) -> Rung:
        """Make one call from its number taken to its number freed."""
        try:
            if not await self._take_number(attempt, summons):
                return Rung.ENGAGED
            if summons.is_over():
                await self._free_number(attempt, summons)
                return Rung.SILENT
            call = await self._call(attempt, order, summons)
        finally:
            self._lines.release(attempt.id)
        await self._write_down(call, summons)
        attempt = call.attempt
        summons.ended(attempt)
        if attempt.has_key:
            return Rung.TAKEN
        return Rung.NOT_TAKEN if has_arrived(attempt) else Rung.SILENT

    async def _take_number(self, attempt: Attempt, summons: Summons) -> bool:
        """Take a number; one whose taking had no clear end is freed before.

        Only the chief rings those on duty: else each node would tell the same. What is
        to be proven is on record as asked for with it.
        """
        unclear, now = list(self._unclear), attempt.due_at

        def take(transaction: Transaction) -> bool:
            if not transaction.is_chief():
                return False
            for number, call_id in unclear:
                transaction.free_number(number, call_id)
            got = transaction.take_number(
                attempt.e164, attempt.id, now, self._node, summons.longest
            )
            if got and summons.proof is not None:
                transaction.begin_proof(replace(summons.proof, asked_at=now))
            return got

        try:
            taken = await self._writer.run(take)
        except LineError:
            self._unclear.append((attempt.e164, attempt.id))
            raise
        self._unclear = [one for one in self._unclear if one not in unclear]
        return taken

    async def _call(
        self, attempt: Attempt, order: CallOrder, summons: Summons
    ) -> _DutyCallInProgress:
        """Return what came of one call; where it fails the next one is rung."""
        call = _DutyCallInProgress(attempt, summons.alarm_id)
        self._calls[attempt.id] = call
        try:
            async with asyncio.timeout(summons.longest.total_seconds()):
                await self._place(order)
                await call.over.wait()
        except Exception as error:  # noqa: BLE001 - the number must be freed
            log.warning("a duty call failed", attempt=attempt.id, error=repr(error))
        finally:
            self._calls.pop(attempt.id, None)
        return call

    async def _take_alarm(self, attempt: Attempt, alarm_id: str, seq: int) -> None:
        """Write down at once who takes a call for help, then let them be thanked."""
        entry, at = attempt.recipient_id, attempt.key_at or attempt.due_at
        await self._until_written(
            lambda transaction: transaction.take_alarm(alarm_id, entry, at), attempt.id
        )
        try:
            await self._telephone.confirm_key(attempt.id, seq)
        except LineError as error:
            log.info("key not thanked in time", attempt=attempt.id, error=str(error))

    async def _place(self, order: CallOrder) -> None:
        """Send one order; one that may have left is waited for like any other."""
        try:
            await self._telephone.place(order)
        except LineError as error:
            if not error.may_have_left:
                raise

    async def _free_trunk(self, e164: str, summons: Summons) -> Trunk | None:
        """Return a trunk for the call; the next line that falls free is its own."""
        able = [trunk.name for trunk in self._trunks if trunk.may_dial(e164)]
        for _ in range(int(LONGEST.total_seconds() / WITHOUT_A_LINE)):
            trunk = self._trunk_now(e164, summons)
            if trunk is not None or summons.is_over():
                return trunk
            with self._lines.sought(able):
                await self._pause(WITHOUT_A_LINE)
        log.error("no line for a duty call", to=masked(e164))
        return None

    def _trunk_now(self, e164: str, summons: Summons) -> Trunk | None:
        """Return a trunk with a line free, rather not the one that is lost."""
        free = {t.name: self._lines.free_for_duty(t.name) for t in self._trunks}
        usable = set(self._usable())
        first = sorted(self._trunks, key=lambda t: t.name not in usable)
        if summons.proof is not None:
            free = {summons.proof.trunk: free.get(summons.proof.trunk, 0)}
        return carrier(e164, first, free, summons.avoid_trunk)

    async def _write_down(self, call: _DutyCallInProgress, summons: Summons) -> None:
        """Write down what came of a call and free its number.

        Whoever has taken charge is not rung again because a write failed.
        """
        attempt, record = call.attempt, record_of(call.attempt, summons)

        def write(transaction: Transaction) -> None:
            if (proof := summons.proof) is None:
                transaction.note_duty_call(record)
            else:
                rang = has_arrived(attempt)
                transaction.end_proof(proof.ended(attempt, rang, call.packets))
            transaction.free_number(attempt.e164, attempt.id)

        await self._until_written(write, attempt.id)

    async def _free_number(self, attempt: Attempt, summons: Summons) -> None:
        def free(transaction: Transaction) -> None:
            if summons.proof is not None:
                transaction.withdraw_proof(summons.proof.id)
            transaction.free_number(attempt.e164, attempt.id)

        await self._until_written(free, attempt.id)

    async def _until_written(
        self, write: Callable[[Transaction], None], attempt_id: str
    ) -> None:
        for _ in range(TRIES_OF_A_WRITE):
            try:
                return await self._writer.run(write)
            except Exception as error:
                log.exception(
                    "a duty call is not on record yet", attempt=attempt_id, error=error
                )
                await self._pause(AFTER_A_FAULT)
        return None
