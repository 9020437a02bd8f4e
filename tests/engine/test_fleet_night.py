"""Nights in which nodes die, sleep, come back and lose the database, by chance.

Whatever happens: no number is in two calls at once, nobody is rung after their key is
on record, no more lines are used than there are, one leads, and all get their end.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from automaton.domain.campaign import CampaignClass
from automaton.domain.events import Answered, HungUp, KeyPressed, OrderFailed, Rang
from automaton.domain.policy import CallPolicy
from automaton.domain.retry import RetryPolicy
from automaton.domain.trunk import Trunk
from automaton.ports import CallOrder, LiveCall
from tests.engine.night import Night
from tests.engine.several import LEASE, Several

NAMES = ("n1", "n2", "n3")
HOMES = 10
TRUNK = Trunk("operator", 6, caller_ids=("+33199009999",))
RING, TALK = 18, 42  # seconds: who tries again too early meets the call of the dead
POLICY = CallPolicy(
    ring=timedelta(seconds=20),
    talk=timedelta(seconds=45),
    ceilings=(),
    retry=RetryPolicy(every=timedelta(seconds=1)),
)
TROUBLE = 60  # seconds in which things go wrong; then all is left to mend


@dataclass
class TownCall:
    """One call as the network has it; it ends by itself, whoever listens."""

    order: CallOrder
    name: str
    began: int
    presses: bool


@dataclass
class Nightmare:
    """Several nodes, a town, and chance."""

    several: Several
    chance: random.Random
    second: int = 0
    calls: dict[str, TownCall] = field(default_factory=dict)
    seen: Counter[int] = field(default_factory=Counter)
    asleep: dict[str, int] = field(default_factory=dict)

    async def pass_second(self) -> None:
        self.second += 1
        for name in [n for n, until in self.asleep.items() if until <= self.second]:
            del self.asleep[name]
            await self.come_back(name)
        await self.several.live(1)
        self.hear_orders()
        self.live_calls()
        leaders = [n for n in self.several.living if n.node.lease.leads]
        assert len(leaders) <= 1

    def hear_orders(self) -> None:
        """Ring what was ordered; judge it at the moment at which it rings."""
        for night in self.several.lives:
            new = night.telephone.orders[self.seen[id(night)] :]
            self.seen[id(night)] += len(new)
            for order in new:
                ringing = [c.order.dialled for c in self.calls.values()]
                assert order.dialled not in ringing, "a number is rung twice at once"
                done = self.acknowledged_before(order)
                assert not done, "somebody is rung after the key is on record"
                presses = self.chance.random() < 0.6
                call = TownCall(order, night.name, self.second, presses)
                self.calls[order.attempt_id] = call
        assert len(self.calls) <= TRUNK.lines, "more calls than lines"

    def acknowledged_before(self, order: CallOrder) -> bool:
        rows = self.several.commune.rows("attempts", recipient_id=order.recipient_id)
        return any(row.keys and row.id != order.attempt_id for row in rows)

    def live_calls(self) -> None:
        for id_, call in list(self.calls.items()):
            age = self.second - call.began
            night = self.listener(call.name)
            told: list[Any] = []
            now = self.several.commune.now
            if age == 1:
                told = [Rang(id_, now)]
            elif age == RING and call.presses:
                told = [Answered(id_, now), KeyPressed(id_, now, "1", 1)]
            elif age == RING and not call.presses:
                told = [HungUp(id_, now, 480, 19), OrderFailed(id_, now, True)]
            elif age == RING + TALK:
                told = [HungUp(id_, now, None, 16)]
            if any(isinstance(event, HungUp) for event in told):
                del self.calls[id_]
            if night is not None:
                night.take(*told)

    def listener(self, name: str) -> Night | None:
        night = self.several.nights[name]
        is_lost = night.node.lease.lost is not None
        return None if name in self.several.dead or is_lost else night

    def trouble(self) -> None:
        """Let one node die, or sleep, for a while."""
        if len(self.several.living) < 2:
            return
        name = self.chance.choice([n.name for n in self.several.living])
        self.several.dead.add(name)
        self.asleep[name] = self.second + self.chance.choice((1, 3, 6, 12, 40))

    async def come_back(self, name: str) -> None:
        """Wake up: one that was fenced meanwhile ends, and is started again."""
        slept = self.several.nights[name]
        self.several.dead.discard(name)
        self.several.renew(slept)
        if slept.node.lease.lost is None and self.chance.random() < 0.5:
            return
        again = await self.several.begin(name)
        again.telephone.living = [
            LiveCall(c.order.attempt_id, False, True)
            for c in self.calls.values()
            if c.name == name
        ]
        await again.link_comes_up()


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens_nobody_is_rung_twice(
    database: Engine, seed: int
) -> None:
    several = Several(database, (TRUNK,))
    several.homes(HOMES)
    campaign = several.commune.campaign(
        policy=POLICY, campaign_class=CampaignClass.EXERCISE
    )
    night = Nightmare(several, random.Random(seed))
    for name in NAMES:
        await several.begin(name)
    for second in range(TROUBLE):
        await night.pass_second()
        if second % 7 == 3:
            night.trouble()
    longest = POLICY.longest_call.total_seconds() + LEASE.total_seconds()
    for _ in range(round(longest) + 300):
        await night.pass_second()
        if several.nights["n1"].state_of(campaign) == "finished":
            break
    assert several.nights["n1"].state_of(campaign) == "finished"
    assert several.commune.rows("live_numbers") == []
    rung = {order.dialled for one in several.lives for order in one.telephone.orders}
    assert len(rung) == HOMES
    await several.end()
