"""What may still talk on a dead node's lines is rung by nobody else meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from automaton.domain.collectivity import DutyEntry
from automaton.domain.events import TransferBegan
from automaton.domain.policy import LONGEST_TRANSFER, CallPolicy
from automaton.engine.duty.duty_call import LONGEST, Summons
from automaton.engine.duty.errands import CONVERSATION
from tests.engine.several import LEASE, Several
from tests.store.commune import number

OFFICER, ON_DUTY = "+33639980011", "+33639980001"
OFFERED = CallPolicy(talk=timedelta(seconds=60), transfer="+33639980009")
NOTICED = LEASE.total_seconds() + 3
MARGIN = timedelta(seconds=30)


def states(several: Several) -> dict[str, str]:
    rows = several.commune.rows("attempts")
    return {row.e164: row.state.value for row in rows if row.claimed_at is not None}


async def dead_with_two_calls(several: Several, policy: CallPolicy) -> None:
    """One home talks by key 0, another one rings; then their node dies."""
    several.homes(2)
    several.commune.campaign(policy=policy)
    first, second = await several.begin("n1"), await several.begin("n2")
    await several.live(3)
    assert (len(first.telephone.orders), len(second.telephone.orders)) == (2, 0)
    talks, rings = (first.order_to(0), first.order_to(1))
    first.picks_up(talks)
    first.rings(rings)
    first.take(TransferBegan(talks.attempt_id, several.commune.now, "operator"))
    await first.beat()
    several.dead.add("n1")
    await several.live(NOTICED)
    assert set(states(several).values()) == {"quarantined"}


async def test_who_may_talk_by_key_0_on_a_dead_node_waits_until_that_is_over(
    several: Several,
) -> None:
    # It was rung in the talk: nobody had counted the time of key 0.
    await dead_with_two_calls(several, OFFERED)
    await several.doze((LEASE + OFFERED.longest_call).total_seconds())
    assert states(several)[number(0)] == "quarantined"
    assert (
        states(several)[number(1)] == "ended"
    )  # it had not answered: it waits no more
    await several.doze((LONGEST_TRANSFER - MARGIN).total_seconds())
    assert states(several)[number(0)] == "quarantined"
    await several.doze(MARGIN.total_seconds())
    assert states(several)[number(0)] == "ended"


async def test_who_had_answered_waits_no_longer_where_no_key_0_is_offered(
    several: Several,
) -> None:
    policy = CallPolicy(talk=OFFERED.talk)
    await dead_with_two_calls(several, policy)
    await several.doze((LEASE + policy.longest_call).total_seconds())
    assert set(states(several).values()) == {"ended"}


@pytest.mark.parametrize("was_answered", [True, False])
async def test_a_channel_that_is_away_keeps_a_talk_by_key_0(
    several: Several, was_answered: bool
) -> None:
    """Other nodes may try its homes at last, but none that may still talk."""
    several.homes(1)
    several.commune.campaign(policy=OFFERED)
    first, second = await several.begin("n1"), await several.begin("n2")
    await several.live(3)
    (order,) = first.telephone.orders
    if was_answered:
        first.picks_up(order)
        await first.beat()
    second.node.dialling = False
    first.node.link_is_up = False
    first.node.link_lost_at = first.node.world.clock.boottime()
    await several.doze((LEASE + LONGEST + MARGIN).total_seconds())
    left = "answered" if was_answered else "ended"
    assert states(several)[number(0)] == left
    await several.doze((OFFERED.longest_call + LONGEST_TRANSFER).total_seconds())
    assert states(several)[number(0)] == "ended"


def summons(several: Several, e164: str, talk: timedelta) -> Summons:
    owner = str(several.commune.id)
    whom = (DutyEntry(f"entry {e164}", owner, 0, "Astreinte", e164),)
    return Summons(owner, None, "test", "words", whom=whom, errand_id=e164, talk=talk)


async def test_a_dead_chief_s_duty_calls_keep_their_numbers_for_as_long_as_they_last(
    several: Several,
) -> None:
    # An officer in a conversation of ten minutes was rung after three.
    first = await several.begin("n1")
    await several.begin("n2")
    usual = summons(several, ON_DUTY, Summons("", None, "", "").talk)
    talks = summons(several, OFFICER, CONVERSATION)
    tasks = [asyncio.create_task(first.node.summoner.summon(s)) for s in (usual, talks)]
    for one in (ON_DUTY, OFFICER):
        first.picks_up(await first.duty_order(one))
    several.dead.add("n1")
    await several.live(NOTICED)

    def held() -> set[str]:
        return {row.e164 for row in several.commune.rows("live_numbers")}

    assert held() == {ON_DUTY, OFFICER}
    await several.doze((LEASE + LONGEST).total_seconds())
    assert held() == {OFFICER}  # those on duty may be needed
    await several.doze((talks.longest - LONGEST - MARGIN).total_seconds())
    assert held() == {OFFICER}
    await several.doze(MARGIN.total_seconds())
    assert held() == set()
    for task in tasks:
        task.cancel()
