"""One night at a town hall: a real database, a clock that we move, a fake telephone.

Nothing waits: `beat` and `tick` are what the loop would do, once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from automaton.domain.events import (
    Answered,
    Heard,
    HungUp,
    KeyPressed,
    LinkUp,
    OrderFailed,
    Rang,
)
from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Trunk
from automaton.engine.node import NodeSettings, World
from automaton.engine.supervisor import Supervisor
from automaton.ports import CallOrder, NoGauges
from automaton.store.ledger import SqlLedger
from tests.engine.telephone import FakeTelephone
from tests.store.commune import Commune, number

ROUNDS = 12
LONGEST = CallPolicy().longest_call.total_seconds()
"""Seconds after which a call of the default policy must be over."""
OPERATOR = Trunk("operator", 4, reserved_lines=1, caller_ids=("+33199009999",))


class FakeSpeaker:
    """Says nothing, remembers everything; `fails` makes the next one raise."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.forgotten: list[str] = []
        self.fails: list[Exception] = []

    def say(self, text: str, language: str) -> str:
        if self.fails:
            raise self.fails.pop(0)
        self.said.append(text)
        return "spoken"

    def forget(self, prompt: str) -> None:
        self.forgotten.append(prompt)


class Pauses:
    """Pauses of the duty calls: each lasts until the test ends it."""

    def __init__(self) -> None:
        self._lasting: list[tuple[float, asyncio.Future[None]]] = []

    async def __call__(self, seconds: float) -> None:
        ended = asyncio.get_running_loop().create_future()
        self._lasting.append((seconds, ended))
        await ended

    def end(self, seconds: float) -> bool:
        """End the first pause of so many seconds; False where there is none."""
        for one in self._lasting:
            if one[0] == seconds:
                self._lasting.remove(one)
                one[1].set_result(None)
                return True
        return False


async def at_once(seconds: float) -> None:
    """Let calls that would leave one after the other leave together."""


@dataclass
class Night:
    """`homes` households with one number each, and a daemon with its trunks."""

    engine: Engine
    homes: int = 1
    trunks: tuple[Trunk, ...] = (OPERATOR,)
    ledger: Any = None
    safe: Any = None
    gauges: Any = None
    foreseer: Any = None
    fleet: Any = None
    sounds: Any = None
    name: str = "main"
    commune: Any = None
    telephone: FakeTelephone = field(default_factory=FakeTelephone)

    def __post_init__(self) -> None:
        self.commune = self.commune or Commune(self.engine)
        for index in range(self.homes):
            self.commune.home(number(index))
        self.speaker = FakeSpeaker()
        ledger = self.ledger or SqlLedger(self.engine, self.commune.clock, 1)
        clock, self.pauses = self.commune.clock, Pauses()
        world = World(
            ledger,
            self.telephone,
            self.speaker,
            clock,
            self.pauses,
            self.safe,
            gauges=self.gauges or NoGauges(),
            spread=at_once,
            foreseer=self.foreseer,
            fleet=self.fleet,
            sounds=self.sounds,
        )
        self.supervisor = Supervisor(world, NodeSettings(self.name, self.trunks))
        self.node = self.supervisor.node
        self.node.link_is_up = True

    @property
    def now(self) -> datetime:
        now: datetime = self.commune.now
        return now

    def pass_time(self, seconds: float) -> None:
        self.commune.clock.move(timedelta(seconds=seconds))

    def on_duty(self, *numbers: str) -> None:
        for rank, e164 in enumerate(numbers):
            self.commune.add(
                "duty_entries",
                collectivity_id=self.commune.id,
                rank=rank,
                name="Astreinte",
                e164=e164,
            )

    def campaign(self, policy: CallPolicy | None = None, **values: Any) -> str:
        return str(self.commune.campaign(policy=policy or CallPolicy(), **values))

    async def launched(self, policy: CallPolicy | None = None, **values: Any) -> str:
        """A running campaign, planned, its first calls ordered."""
        campaign = self.campaign(policy, **values)
        await self.tick()
        await self.beat()
        return campaign

    def command(self, name: str, campaign: str, **payload: str) -> None:
        self.commune.add(
            "commands",
            name=name,
            campaign_id=campaign,
            payload=payload,
            by="agent",
            asked_at=self.now,
        )

    async def tick(self) -> None:
        await self.supervisor.ticker.tick()
        await self.settle_down()

    async def beat(self) -> None:
        await self.supervisor.beat()
        await self.settle_down()

    async def settle_down(self) -> None:
        """Let everything that was started beside the loop come to rest."""
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
            running = [
                t
                for t in self.node.tasks
                if not t.get_name().startswith(("keep", "readiness"))
            ]
            if running:
                await asyncio.wait(running, timeout=5)

    def take(self, *events: Any) -> None:
        for event in events:
            self.node.take(event)

    async def beat_without_waiting(self) -> None:
        """Beat where a duty call is under way, which waits for what the test tells."""
        await self.supervisor.beat()
        await asyncio.sleep(0)

    async def tick_without_waiting(self) -> None:
        await self.supervisor.ticker.tick()
        await asyncio.sleep(0)
        await self.settle_down()

    async def duty_order(self, e164: str, seen: int = 0) -> CallOrder:
        """Wait until a number of the duty list is rung, after `seen` calls to it."""
        async with asyncio.timeout(30):
            while True:
                rung = [o for o in self.telephone.orders if o.dialled == e164]
                if len(rung) > seen:
                    return rung[seen]
                await asyncio.sleep(0.001)

    async def duty_call_noted(self) -> None:
        """Wait until a call to the duty list is on record, and its number free."""
        async with asyncio.timeout(30):
            while True:
                if self.commune.rows("duty_calls"):
                    return
                await asyncio.sleep(0.001)

    async def pause_ends(self, seconds: float) -> None:
        """Wait until a duty call pauses for so many seconds; let them pass."""
        async with asyncio.timeout(30):
            while True:
                if self.pauses.end(seconds):
                    return
                await asyncio.sleep(0.001)

    async def alarms_end(self) -> None:
        """Wait until no duty call is under way."""
        async with asyncio.timeout(30):
            await self.node.watch.quiet()

    def order_to(self, index: int = 0) -> CallOrder:
        """Return the latest order to a home."""
        wanted = number(index)
        return [o for o in self.telephone.orders if o.dialled == wanted][-1]

    def rings(self, order: CallOrder) -> None:
        self.take(Rang(order.attempt_id, self.now))

    def picks_up(self, order: CallOrder) -> None:
        self.take(Answered(order.attempt_id, self.now))

    def presses(self, order: CallOrder, key: str = "1", seq: int = 1) -> None:
        self.take(KeyPressed(order.attempt_id, self.now, key, seq))

    def hears(self, order: CallOrder, times: int) -> None:
        self.take(Heard(order.attempt_id, self.now, times, 5.0 * times))

    def hangs_up(self, order: CallOrder) -> None:
        self.take(HungUp(order.attempt_id, self.now, None, 16))

    def fails(self, order: CallOrder, sip: int, q850: int) -> None:
        self.take(
            OrderFailed(order.attempt_id, self.now),
            HungUp(order.attempt_id, self.now, sip, q850),
        )

    def does_not_answer(self, order: CallOrder) -> None:
        self.rings(order)
        self.take(
            HungUp(order.attempt_id, self.now, 480, 19),
            OrderFailed(order.attempt_id, self.now, timed_out=True),
        )

    async def link_comes_up(self, restarted: bool = False) -> None:
        """Let the listener hear that Asterisk is in reach again."""
        self.telephone.told.put_nowait(LinkUp(self.now, restarted))
        self.telephone.told.put_nowait(None)
        await self.supervisor.listener.run()

    def recipients(self) -> list[Any]:
        return list(self.commune.rows("recipients"))

    def states(self) -> list[str]:
        return [row.state.value for row in self.recipients()]

    def attempts(self) -> list[Any]:
        return list(self.commune.rows("attempts"))

    def outcomes(self) -> list[str | None]:
        found = [row.outcome for row in self.attempts()]
        return [None if outcome is None else outcome.value for outcome in found]

    def state_of(self, campaign: str) -> str:
        (row,) = self.commune.rows("campaigns", id=campaign)
        return str(row.state.value)
