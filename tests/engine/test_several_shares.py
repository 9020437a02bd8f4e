"""Several nodes: what they say, and what a trunk's day allows all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from automaton.domain.events import HungUp
from automaton.domain.policy import CallPolicy
from automaton.errors import LineError
from tests.engine.several import NARROW, Several
from tests.store.commune import number


class FakeSounds:
    """A node's prompts; those that are `sent` may be fetched."""

    def __init__(self, *here: str) -> None:
        self.here, self.sent = set(here), set[str]()
        self.fails = False

    def has(self, prompt: str) -> bool:
        return prompt in self.here

    def bring(self, prompts: Sequence[str]) -> frozenset[str]:
        if self.fails:
            raise LineError("away")
        self.here |= self.sent.intersection(prompts)
        return frozenset(set(prompts) - self.here)


async def test_a_node_rings_nobody_for_whom_it_has_no_words(several: Several) -> None:
    # The prompts were files of one machine: the others rang, and said nothing.
    sounds = several.sounds["n2"] = FakeSounds()
    several.homes(1)
    several.commune.campaign()
    chief, mute = await several.begin("n1"), await several.begin("n2")
    chief.node.dialling = False
    await several.live(3)
    sounds.fails = True
    sounds.sent.add("p1")
    await several.live(3)
    assert mute.telephone.orders == []
    sounds.fails = False
    await several.live(3)
    assert len(mute.telephone.orders) == 1


async def test_a_code_word_of_another_machine_is_left_out(several: Several) -> None:
    several.sounds["n1"] = FakeSounds("p1", "word-here")
    several.commune.home(number(1), codeword_prompt="word-there")
    several.commune.home(number(2), codeword_prompt="word-here")
    several.commune.campaign()
    night = await several.begin("n1")
    await several.live(3)
    words = {order.dialled: order.codeword for order in night.telephone.orders}
    assert words == {number(1): None, number(2): "word-here"}


async def test_nodes_keep_to_the_calls_of_a_day_together(database: Engine) -> None:
    trunk = replace(NARROW, calls_per_day=3, minutes_per_day=60)
    several = Several(database, (trunk,))
    several.homes(6)
    several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    for _ in range(8):
        await several.live(2)
        for night in several.living:
            for id_ in list(night.node.sessions.live):
                night.take(HungUp(id_, night.now, 404, 1))
    assert sum(len(orders) for orders in several.rung().values()) == 3
    reached = [n.node.dispatch.ceilings.reached for n in (chief, other)]
    assert {"operator"} in reached
    await several.end()


async def test_minutes_that_another_node_talked_count_too(database: Engine) -> None:
    trunk = replace(NARROW, minutes_per_day=1)
    several = Several(database, (trunk,))
    several.homes(2)
    several.commune.campaign(policy=CallPolicy(lines=1))
    chief, other = await several.begin("n1"), await several.begin("n2")
    chief.node.dialling = False
    await several.live(3)
    (order,) = other.telephone.orders
    other.picks_up(order)
    several.pass_time(70)
    other.node.dialling = False
    other.hangs_up(order)
    await several.live(3)
    chief.node.dialling = True
    await several.live(10)
    assert len(several.rung()) == 1
    assert chief.node.dispatch.ceilings.reached == {"operator"}
    await several.end()


async def test_what_nodes_shared_of_an_ended_campaign_is_forgotten_after_a_day(
    several: Several,
) -> None:
    # The rows of all campaigns that bound their lines stayed for ever.
    several.homes(2)
    ended = several.commune.campaign(policy=CallPolicy(lines=1))
    chief, other = await several.begin("n1"), await several.begin("n2")
    await several.live(3)
    chief.command("stop", ended)
    await several.live(3)
    for hours, left in ((23, {f"campaign:{ended}"}), (25, set())):
        ended_at = several.commune.now - timedelta(hours=hours)
        several.commune.change("campaigns", ended, finished_at=ended_at)
        for night in (other, chief):
            await night.supervisor.keeping.daily()
        named = {row.name for row in several.commune.rows("scopes")}
        assert {name for name in named if name.startswith("campaign:")} == left
        kept = {row.scope for row in several.commune.rows("slices")}
        assert {scope for scope in kept if scope.startswith("campaign:")} <= left
    assert "trunk:operator" in {row.name for row in several.commune.rows("scopes")}
