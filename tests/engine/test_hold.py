"""Who holds a line, who waits for one, and what is claimed ahead of a free line."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import CampaignClass
from automaton.domain.events import LinkDown
from automaton.domain.trunk import Trunk
from automaton.engine.calls import act
from automaton.engine.lines.hold import Falling, Lines
from automaton.ports import CallOrder, LiveCall
from tests.engine.conftest import Begin
from tests.engine.night import Night
from tests.engine.test_preempt import alert
from tests.store.commune import number

SHOWN = ("+33199009999",)
WIDE = Trunk("operator", 16, 0, caller_ids=SHOWN)


def lines_of(count: int) -> Lines:
    lines = Lines((Trunk("operator", count, 0, caller_ids=SHOWN),))
    for index in range(count):
        lines.take("operator", f"call-{index}")
    return lines


def test_lines_that_fall_often_will_fall_again_soon() -> None:
    falling = Falling()
    seconds, fallen = 100.0, 0
    for _ in range(200):
        seconds, fallen = seconds + 0.05, fallen + 2
        soon = falling.soon(fallen, seconds)
    assert soon == 10  # of 40 a second those of a quarter of a second
    assert falling.soon(fallen, seconds + 3.0) == 0


def test_a_trunk_of_few_lines_expects_none() -> None:
    falling = Falling()
    expected = {falling.soon(calls, 100.0 + 2.0 * calls) for calls in range(100)}
    assert expected == {0}


async def test_a_line_that_falls_free_goes_to_the_most_urgent_who_waits() -> None:
    lines = lines_of(2)
    later = lines.wait("operator", "later", 1)
    second = lines.wait("operator", "second", 0)
    third = lines.wait("operator", "third", 0)
    lines.release("call-0")
    assert second.result()
    assert not later.done()
    assert not third.done()
    lines.release("call-1")
    assert third.result()
    assert not later.done()
    assert lines.free("operator") == 0
    assert lines.waiting("operator") == 1


async def test_a_duty_call_that_looks_for_a_line_goes_before_who_waits() -> None:
    lines = lines_of(2)
    waits = lines.wait("operator", "waits", 0)
    with lines.sought(["operator"]):
        lines.release("call-0")
        assert not waits.done()
        assert lines.free_for_duty("operator") == 1
        lines.take("operator", "duty", duty=True)
    lines.release("call-1")
    assert waits.result()


async def test_who_is_let_go_takes_no_line() -> None:
    lines = lines_of(1)
    waits = lines.wait("operator", "waits", 0)
    assert lines.let_go("waits")
    assert not lines.let_go("waits")
    lines.release("call-0")
    assert waits.result() is False
    assert lines.free("operator") == 1


async def test_nobody_waits_for_a_trunk_that_is_out_of_reach() -> None:
    lines = lines_of(1)
    waits = lines.wait("operator", "waits", 0)
    lines.lose(["operator"])
    assert waits.result() is False
    lines.release("call-0")
    assert not lines.queued


async def test_lines_that_come_back_from_other_nodes_are_handed_on() -> None:
    lines = lines_of(2)
    lines.limit("operator", 1, 0)
    lines.release("call-0")
    waits = lines.wait("operator", "waits", 0)
    assert not waits.done()
    lines.limit("operator", 2, 0)
    assert waits.result() is True


async def crowd(begin: Begin) -> tuple[Night, str, list[CallOrder]]:
    """Sixteen lines, of which eight have just fallen free and were taken again."""
    night = begin(homes=40, trunks=(WIDE,))
    campaign = await night.launched(campaign_class=CampaignClass.EXERCISE)
    for order in list(night.telephone.orders):
        night.picks_up(order)
    for order in list(night.telephone.orders)[:8]:
        night.hangs_up(order)
    night.pass_time(0.1)
    await night.supervisor.beat()
    await asyncio.sleep(0)
    return night, campaign, list(night.telephone.orders)


async def test_a_call_claimed_ahead_leaves_as_soon_as_a_line_is_free(
    a_night: Begin,
) -> None:
    night, _, orders = await crowd(a_night)
    assert len(orders) == 24
    assert len(night.node.lines.queued) == 2
    night.hangs_up(orders[8])
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(night.telephone.orders) == 25
    assert night.node.lines.held("operator") == 16


async def test_what_was_claimed_ahead_in_vain_goes_back_unspent(
    a_night: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act, "WAITED_FOR_A_LINE", 0.0)
    night, _, orders = await crowd(a_night)
    ahead = set(night.node.lines.queued)
    night.node.dialling = False
    await night.settle_down()
    await night.supervisor.beat()
    assert len(night.telephone.orders) == len(orders)
    states = {row.id: (row.state, row.node) for row in night.attempts()}
    assert {states[id_] for id_ in ahead} == {(AttemptState.PLANNED, None)}
    assert not night.node.lines.queued
    assert night.node.lines.held("operator") == 16


async def test_none_is_claimed_ahead_for_lines_that_are_other_nodes_now(
    a_night: Begin,
) -> None:
    # They waited for two seconds while those nodes had lines for them.
    night, _, _ = await crowd(a_night)
    night.node.lines.let_all_go()
    await night.settle_down()
    seconds = night.node.world.clock.monotonic()
    assert night.node.dispatch.capacity(seconds) == {"operator": 2}
    night.node.lines.limit("operator", 8, 0)
    assert night.node.dispatch.capacity(seconds) == {}


async def test_a_cancelled_campaign_takes_back_what_it_claimed_ahead(
    a_night: Begin,
) -> None:
    night, campaign, orders = await crowd(a_night)
    night.command("cancel", campaign)
    await night.tick()
    await night.beat()
    assert not night.node.lines.queued
    assert len(night.telephone.orders) == len(orders)
    assert set(night.telephone.hung_up) <= {order.attempt_id for order in orders}


async def test_a_link_that_is_lost_sends_back_what_was_claimed_ahead(
    a_night: Begin,
) -> None:
    night, _, orders = await crowd(a_night)
    ahead = set(night.node.lines.queued)
    night.telephone.told.put_nowait(LinkDown(night.now, "away"))
    night.telephone.told.put_nowait(None)
    await night.supervisor.listener.run()
    await asyncio.sleep(0)
    await night.supervisor.beat()
    assert len(night.telephone.orders) == len(orders)
    states = {row.id: row.state for row in night.attempts()}
    assert {states[id_] for id_ in ahead} == {AttemptState.PLANNED}


async def test_a_gap_that_is_healed_never_takes_for_lost_who_waited_for_a_line(
    a_night: Begin,
) -> None:
    # It was committed while the link was down: it had never left, and was quarantined.
    night, _, orders = await crowd(a_night)
    ahead = set(night.node.lines.queued)
    night.telephone.living = [
        LiveCall(order.attempt_id, is_up=True, is_ringing=False) for order in orders[8:]
    ]
    await night.link_comes_up()
    await asyncio.sleep(0)
    await night.supervisor.beat()
    assert len(ahead) == 2
    states = {row.id: row.outcome for row in night.attempts()}
    quarantined = AttemptState.QUARANTINED
    assert quarantined not in {row.state for row in night.attempts()}
    assert {states[id_] for id_ in ahead} == {None}


async def test_a_paused_campaign_lets_nothing_leave_that_it_claimed_ahead(
    a_night: Begin,
) -> None:
    night, campaign, orders = await crowd(a_night)
    ahead = set(night.node.lines.queued)
    night.command("pause", campaign)
    await night.supervisor.ticker.tick()
    assert ahead == night.node.lines.queued
    for order in orders[8:10]:
        night.hangs_up(order)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await night.supervisor.beat()
    assert len(night.telephone.orders) == len(orders)
    states = {row.id: row.state for row in night.attempts()}
    assert {states[id_] for id_ in ahead} == {AttemptState.PLANNED}
    assert night.node.lines.held("operator") == 14


@pytest.mark.parametrize("is_probe", [False, True])
async def test_only_a_probe_leaves_by_a_trunk_found_broken_meanwhile(
    a_night: Begin, is_probe: bool
) -> None:
    night, _, orders = await crowd(a_night)
    night.fails(orders[16], 401, 21)  # who waited first gets its line
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await night.supervisor.beat()
    for _ in range(5):
        await asyncio.sleep(0)
    left = len(night.telephone.orders)
    last, *_ = night.node.lines.queued
    assert night.node.safeguard.usable() == []
    if is_probe:
        attempt = night.node.sessions.live[last].attempt
        night.node.safeguard.started(attempt, "operator", 100.0)
    night.hangs_up(orders[8])
    for _ in range(5):
        await asyncio.sleep(0)
    await night.supervisor.beat()
    assert len(night.telephone.orders) == left + is_probe
    states = {row.id: row.state for row in night.attempts()}
    assert (states[last] is AttemptState.PLANNED) is not is_probe


async def test_a_daemon_that_stops_sends_back_what_was_claimed_ahead(
    a_night: Begin,
) -> None:
    # Its task was cancelled after a second, and the next start took it for lost.
    night, _, orders = await crowd(a_night)
    ahead = set(night.node.lines.queued)
    night.node.settings = replace(night.node.settings, grace=timedelta(0))
    night.supervisor._timetable.start()
    beating = asyncio.create_task(asyncio.sleep(0))
    await night.supervisor._stop_in_stages(beating)
    assert len(night.telephone.orders) == len(orders)
    states = {row.id: row.state for row in night.attempts()}
    assert {states[id_] for id_ in ahead} == {AttemptState.PLANNED}


async def test_nobody_waits_for_a_line_that_an_alert_needs(a_night: Begin) -> None:
    night, _, orders = await crowd(a_night)
    alert(night, 2, first=60)
    await night.supervisor.ticker.tick()
    await asyncio.wait([t for t in night.node.tasks if t.get_name().startswith("plan")])
    night.pass_time(0.25)
    await night.supervisor.beat()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not night.node.lines.queued
    for order in orders[8:10]:
        night.hangs_up(order)
    await night.supervisor.beat()
    await asyncio.sleep(0)
    rung = [order.dialled for order in night.telephone.orders[len(orders) :]]
    assert sorted(rung) == [number(60), number(61)]
