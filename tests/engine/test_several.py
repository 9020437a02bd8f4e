"""Several nodes: one leads, all ring; the calls of the dead wait for others."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import CampaignState
from automaton.domain.policy import CallPolicy
from automaton.engine.fleet.budget import keep_to_slices
from automaton.errors import LineError, NodeLostError
from automaton.ports import CHOKED, TOO_OLD
from tests.engine.night import LONGEST, Night
from tests.engine.several import LEASE, RESERVE, Several

ON_DUTY = "+33639980001"


async def test_two_nodes_ring_each_home_once(several: Several) -> None:
    await several_ring(several)
    assert all(len(orders) == 1 for orders in several.rung().values())
    assert len(several.rung()) == 6


async def several_ring(several: Several) -> tuple[Night, Night, str]:
    """Two nodes with two calls each: the first came later, and got its part."""
    several.homes(6)
    campaign = several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    chief.node.dialling = False
    await several.live(3)
    assert (len(chief.telephone.orders), len(other.telephone.orders)) == (0, 4)
    chief.node.dialling = True
    await several.live(3)
    assert chief.telephone.orders == []  # all lines are in use
    for order in other.telephone.orders[:2]:
        other.fails(order, 404, 1)
    await several.live(3)
    return chief, other, campaign


async def test_the_chief_alone_plans_and_moves(several: Several) -> None:
    several.homes(1)
    campaign = several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    await other.tick()
    assert several.commune.rows("recipients") == []
    other.command("stop", campaign)
    await other.tick()
    assert other.state_of(campaign) == "running"
    await chief.tick()
    assert other.state_of(campaign) == "cancelled"


async def test_a_stop_withdraws_the_calls_of_every_node(several: Several) -> None:
    # Only the node that carried the command out hung up; the others rang on.
    chief, other, campaign = await several_ring(several)
    other.command("stop", campaign)
    await several.live(4)
    for night in (chief, other):
        rung = {order.attempt_id for order in night.telephone.orders[-2:]}
        assert set(night.telephone.hung_up) == rung


async def test_who_acknowledged_elsewhere_is_hung_up_within_some_seconds(
    several: Several,
) -> None:
    several.homes(1)
    several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    await chief.tick()
    await other.tick()
    await several.ring(other)
    (order,) = other.telephone.orders
    word = {"recipient": order.recipient_id, "proof": "agents_word"}
    chief.command("acknowledge", order.campaign_id, **word)
    await several.live(3)
    assert other.telephone.hung_up[0] == order.attempt_id
    assert chief.states() == ["acknowledged"]


async def test_a_campaign_ends_only_when_no_node_has_a_call_of_it(
    several: Several,
) -> None:
    several.homes(1)
    campaign = several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    await chief.tick()
    await other.tick()
    await several.ring(other)
    order = other.order_to(0)
    other.picks_up(order)
    other.presses(order)
    await other.beat()
    await chief.tick()
    assert other.states() == ["acknowledged"]
    assert chief.state_of(campaign) == "running"
    other.hangs_up(order)
    await other.beat()
    await chief.tick()
    assert chief.state_of(campaign) == "finished"


async def test_calls_of_other_nodes_are_no_silence(several: Several) -> None:
    # The chief saw none of its own calls leave, and told the duty list of silence.
    several.homes(2)
    several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    chief.on_duty(ON_DUTY)
    await chief.tick()
    await other.tick()
    chief.node.link_is_up = False
    await several.ring(other)
    assert len(other.telephone.orders) == 2
    for _ in range(40):
        several.pass_time(1)
        await chief.tick_without_waiting()
    assert not chief.node.watch.is_ringing


async def nobody_rings(several: Several) -> tuple[Night, Night]:
    """Two nodes that both call nobody, until those on duty are rung for it."""
    several.homes(1)
    several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    chief.on_duty(ON_DUTY)
    await chief.tick()
    for night in (chief, other):
        night.node.dialling = False
    await both_tick(several, 30)
    return chief, other


async def both_tick(several: Several, seconds: int) -> None:
    """Let time go by in which all that live look after themselves, and beat not."""
    for _ in range(seconds):
        several.pass_time(1)
        for night in several.living:
            await night.tick_without_waiting()


async def test_one_node_rings_the_duty_list(several: Several) -> None:
    chief, other = await nobody_rings(several)
    assert (chief.node.watch.is_ringing, other.node.watch.is_ringing) == (True, False)
    several.dead.add("n1")
    await both_tick(several, 40)
    assert other.node.watch.is_ringing


async def test_who_leads_no_more_frees_the_number_of_the_duty_call_under_way(
    several: Several,
) -> None:
    # It was cancelled with its number taken: nobody could ring that person any more.
    chief, other = await nobody_rings(several)
    order = await chief.duty_order(ON_DUTY)
    chief.node.link_is_up = False
    await both_tick(several, 10)
    assert (chief.node.lease.leads, other.node.lease.leads) == (False, True)
    assert len(several.commune.rows("live_numbers")) == 1  # it still rings
    chief.does_not_answer(order)
    await asyncio.gather(*chief.node.summoner._under_way)
    assert several.commune.rows("live_numbers") == []
    (call,) = several.commune.rows("duty_calls")
    assert not call.taken


async def test_duty_calls_beyond_the_reserve_use_the_lines_of_the_slice(
    several: Several,
) -> None:
    # They left the slice to other nodes, and the trunk had more calls than lines.
    night = await several.begin("n1")
    for id_ in ("one", "two", "three"):
        night.node.lines.take("operator", id_, duty=True)
    keep_to_slices(night.node, night.now, 0.0)
    assert night.node.lines.offered("operator") == 3 - RESERVE


async def test_the_calls_of_the_dead_wait_no_longer_where_a_clock_is_set_back(
    several: Several,
) -> None:
    several.homes(1)
    several.commune.campaign()
    chief, doomed = await several.begin("n1"), await several.begin("n2")
    await chief.tick()
    await doomed.tick()
    await several.ring(doomed)
    several.dead.add("n2")
    await several.live(LEASE.total_seconds() + 3)
    several.commune.clock.at -= timedelta(hours=1)
    await several.doze(LONGEST - 8)
    assert chief.outcomes() == [None]
    await several.live(25)
    assert chief.outcomes()[0] == "unknown"


async def test_the_calls_of_the_dead_wait_and_are_then_tried_by_others(
    several: Several,
) -> None:
    several.homes(2)
    several.commune.campaign()
    chief, doomed = await several.begin("n1"), await several.begin("n2")
    chief.node.link_is_up = False
    await chief.tick()
    await doomed.tick()
    await several.ring(doomed)
    assert len(several.rung()) == 2
    several.dead.add("n2")
    chief.node.link_is_up = True
    await several.live(LEASE.total_seconds() + 3)
    assert set(chief.states()) == {"quarantined"}
    quarantine = LEASE.total_seconds() + LONGEST
    await several.doze(quarantine - 8)
    assert chief.telephone.orders == []
    assert {row.state for row in chief.attempts()} == {AttemptState.QUARANTINED}
    await several.live(10)
    assert chief.outcomes().count("unknown") == 2
    await several.doze(15 * 60)
    assert len(chief.telephone.orders) == 2
    assert all(len(orders) == 2 for orders in several.rung().values())


async def test_a_key_of_the_dead_that_is_on_record_is_settled_at_once(
    several: Several,
) -> None:
    several.homes(1)
    several.commune.campaign()
    chief, doomed = await several.begin("n1"), await several.begin("n2")
    await chief.tick()
    await doomed.tick()
    await several.ring(doomed)
    order = doomed.order_to(0)
    doomed.picks_up(order)
    doomed.presses(order)
    await doomed.beat()
    several.dead.add("n2")
    await several.live(LEASE.total_seconds() + 3)
    assert (chief.states(), chief.outcomes()) == (["acknowledged"], ["acknowledged"])
    assert several.commune.rows("live_numbers") == []


async def test_who_comes_back_in_time_has_its_calls_again(several: Several) -> None:
    several.homes(1)
    several.commune.campaign()
    chief, slow = await several.begin("n1"), await several.begin("n2")
    await chief.tick()
    await slow.tick()
    await several.ring(slow)
    order = slow.order_to(0)
    several.dead.add("n2")
    await several.live(LEASE.total_seconds() + 3)
    assert chief.states() == ["quarantined"]
    again = await several.begin("n2")
    assert list(again.node.sessions.live) == [order.attempt_id]
    again.picks_up(order)
    again.presses(order)
    await again.beat()
    again.hangs_up(order)
    await again.beat()
    await several.doze(2 * LONGEST)
    assert chief.outcomes() == ["acknowledged"]
    assert several.rung() == {order.dialled: [order]}


async def test_who_left_with_calls_going_on_is_waited_for_as_long(
    several: Several,
) -> None:
    several.homes(1)
    several.commune.campaign()
    chief, leaver = await several.begin("n1"), await several.begin("n2")
    await chief.tick()
    await leaver.tick()
    await several.ring(leaver)
    await leaver.node.lease.end(gracefully=True)
    several.dead.add("n2")
    await several.live(2)
    assert chief.states() == ["quarantined"]
    await several.doze(LONGEST - 3)
    assert chief.outcomes() == [None]
    await several.live(LEASE.total_seconds() + 5)
    assert chief.outcomes()[0] == "unknown"


async def test_a_fenced_node_ends_and_withdraws_what_only_rings(
    several: Several,
) -> None:
    several.homes(1)
    several.commune.campaign()
    chief, zombie = await several.begin("n1"), await several.begin("n2")
    await chief.tick()
    await zombie.tick()
    await several.ring(zombie)
    order = zombie.order_to(0)
    several.dead.add("n2")
    several.pass_time(LEASE.total_seconds() + 3)
    zombie.picks_up(order)
    with pytest.raises(NodeLostError):
        await zombie.beat()
    assert zombie.node.lease.lost is not None
    zombie.node.sessions.live[order.attempt_id].attempt = zombie.node.sessions.live[
        order.attempt_id
    ].attempt.having(answered_at=None)
    await zombie.supervisor._effects.withdraw_all()
    assert zombie.telephone.hung_up == [order.attempt_id]


async def test_a_node_that_is_fenced_while_it_stops_withdraws_what_only_rings(
    several: Several,
) -> None:
    # It let them ring to their end: their homes were for other nodes by then.
    several.homes(1)
    several.commune.campaign()
    night = await several.begin("n1")
    await several.live(3)
    order = night.order_to(0)
    lease = night.node.lease
    beating = asyncio.create_task(lease.until_lost())
    night.supervisor._timetable.start()
    asyncio.get_running_loop().call_later(0.05, lease.lose, NodeLostError("slept"))
    await night.supervisor._stop_in_stages(beating)
    assert night.telephone.hung_up == [order.attempt_id]


@pytest.mark.parametrize("why", [TOO_OLD, CHOKED])
async def test_an_order_that_was_too_old_to_leave_goes_back_unspent(
    a_night: Any, why: str
) -> None:
    night = a_night()
    night.telephone.fails.append(LineError("kept", error_id=why))
    await night.launched()
    assert (night.telephone.orders, night.node.sessions.live) == ([], {})
    assert night.node.lines.in_use == 0
    await night.beat()
    await night.tick()
    await night.beat()
    (order,) = night.telephone.orders
    (attempt,) = night.attempts()
    assert (attempt.id, attempt.outcome) == (order.attempt_id, None)


async def test_an_order_tells_until_when_it_may_leave(a_night: Any) -> None:
    night = a_night()
    began = night.commune.clock.boottime()
    await night.launched()
    assert night.order_to(0).leave_by == pytest.approx(began + 8 / 3)


async def test_a_trunk_is_lost_where_every_node_has_lost_it(several: Several) -> None:
    several.homes(1)
    campaign = several.commune.campaign(policy=CallPolicy())
    chief, other = await several.begin("n1"), await several.begin("n2")
    await chief.tick()
    await other.tick()
    broken = {"rate": None, "broken_until": chief.now + timedelta(hours=1)}
    for name, is_lost in (("n1", False), ("n2", True)):
        several.commune.add(
            "trunk_states", name="operator", node=name, changed_at=chief.now,
            reason="trunk_auth", **broken,
        )  # fmt: skip
        await several.live(1)
        raised = [key for key in chief.node.watch._raised if key[1] == "trunk_lost"]
        assert bool(raised) is is_lost
    await several.live(40)
    assert chief.state_of(campaign) == CampaignState.RUNNING  # its own way is sound
