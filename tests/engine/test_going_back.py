"""Claims that go back: they keep their place, and what is claimed anew leaves once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import CampaignClass
from automaton.domain.events import HungUp, LinkUp
from automaton.domain.trunk import Trunk
from automaton.engine.calls import act
from automaton.engine.lines.hold import Lines
from automaton.ports import LiveCall
from tests.engine.conftest import Begin
from tests.engine.test_hold import SHOWN, WIDE, crowd


async def test_who_goes_back_keeps_its_place(
    a_night: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It was put behind all who had not been rung yet: hours, in a town.
    monkeypatch.setattr(act, "WAITED_FOR_A_LINE", 0.0)
    night, _, orders = await crowd(a_night)
    ahead = set(night.node.lines.queued)
    assert ahead
    night.node.dialling = False
    await night.settle_down()
    night.pass_time(1)
    await night.supervisor.beat()
    night.node.dialling = True
    left = len(night.telephone.orders)
    for order in orders[8:12]:
        night.hangs_up(order)
    night.pass_time(5)
    await night.beat()
    assert ahead <= {order.attempt_id for order in night.telephone.orders[left:]}


async def test_nobody_is_claimed_ahead_long_after_lines_fell(a_night: Begin) -> None:
    night = a_night(homes=60, trunks=(WIDE,))
    await night.launched(campaign_class=CampaignClass.EXERCISE)
    night.node.link_is_up = False
    for order in list(night.telephone.orders):
        night.hangs_up(order)
    night.pass_time(600)
    night.node.link_is_up = True
    await night.supervisor.beat()
    await asyncio.sleep(0)
    assert not night.node.lines.queued


async def test_a_gap_loses_nobody_whose_line_was_just_handed_on(a_night: Begin) -> None:
    night, _, orders = await crowd(a_night)
    ahead = set(night.node.lines.queued)
    night.telephone.living = [
        LiveCall(order.attempt_id, is_up=True, is_ringing=False) for order in orders[9:]
    ]
    night.hangs_up(orders[8])  # its line goes to the first who waits
    await night.supervisor.listener._heal(LinkUp(night.now, restarted=False), 0)
    await night.beat()
    lost = {a.id for a in night.attempts() if a.state is AttemptState.QUARANTINED}
    assert not lost & ahead


async def test_an_order_that_went_back_before_its_first_step_leaves_once(
    a_night: Begin,
) -> None:
    night = a_night(homes=2)
    night.campaign()
    await night.tick()
    await night.supervisor.beat()  # the orders have not begun to leave
    await night.supervisor.listener._heal(LinkUp(night.now, restarted=False), 0)
    await night.settle_down()
    for _ in range(3):
        night.pass_time(1)
        await night.tick()
        await night.beat()
    rung = [order.attempt_id for order in night.telephone.orders]
    assert len(rung) == len(set(rung)) == 2


async def test_who_goes_back_after_a_clock_was_set_back_is_due_at_once(
    a_night: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    night, *_ = await crowd(a_night)
    ahead = set(night.node.lines.queued)
    night.commune.clock.move(timedelta(hours=-1))
    night.node.lines.let_all_go()
    await night.settle_down()
    await night.supervisor.beat()
    due = {row.id: row.due_at for row in night.attempts()}
    assert all(due[id_] <= night.now for id_ in ahead)


async def test_a_line_goes_to_nobody_who_waits_for_another_trunk_by_now() -> None:
    first, other = replace(WIDE, name="x", lines=1), replace(WIDE, name="y", lines=1)
    lines = Lines((first, other))
    lines.take("x", "one")
    lines.take("y", "two")
    lines.wait("x", "moved", 1)
    lines.let_go("moved")
    turn = lines.wait("y", "moved", 1)
    lines.release("one")
    assert not turn.done()
    lines.release("two")
    assert turn.result()


async def test_a_gap_loses_nobody_whose_turn_has_not_come(a_night: Begin) -> None:
    # It left in quarantine, without a line; now it goes back and is claimed anew.
    paced = Trunk("operator", 2, 0, caller_ids=SHOWN, calls_per_second=1.0)
    night = a_night(homes=3, trunks=(paced,))
    turn = asyncio.Event()

    async def spread(_: float) -> None:
        await turn.wait()

    night.node.world = replace(night.node.world, spread=spread)
    night.campaign()
    await night.tick()
    for _ in range(4):
        night.pass_time(1)
        await night.supervisor.beat()
        await asyncio.sleep(0)
    waiting = {id_ for id_, live in night.node.sessions.live.items() if live.waits}
    assert waiting
    await night.supervisor.listener._heal(LinkUp(night.now, restarted=False), 0)
    for _ in range(3):
        night.pass_time(1)
        await night.supervisor.beat()  # the same homes are claimed again
        await asyncio.sleep(0)
    again = {id_ for id_, live in night.node.sessions.live.items() if live.waits}
    assert again & waiting
    turn.set()
    await night.settle_down()
    rung = [order.attempt_id for order in night.telephone.orders]
    assert len(rung) == len(set(rung))
    assert all(map(night.node.lines.holds, rung))
    states = {live.attempt.state for live in night.node.sessions.live.values()}
    assert AttemptState.QUARANTINED not in states


async def test_no_line_is_held_by_a_call_that_ended_while_healing(
    a_night: Begin,
) -> None:
    night = a_night(homes=1)
    await night.launched()
    order = night.order_to(0)
    night.rings(order)

    async def live_calls() -> list[LiveCall]:
        night.take(HungUp(order.attempt_id, night.now, 480, 19))  # told meanwhile
        return [LiveCall(order.attempt_id, is_up=False, is_ringing=True)]

    night.telephone.live_calls = live_calls
    await night.supervisor.listener._heal(LinkUp(night.now, restarted=False), 0)
    night.pass_time(3)
    await night.beat()
    assert not night.node.sessions.live
    assert night.node.lines.held("operator") == 0
