"""The duty list: rung one after another until somebody presses 1."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from automaton.domain.campaign import CampaignClass
from automaton.domain.trunk import Trunk
from automaton.engine.summon import Summons
from automaton.errors import LineError
from tests.engine.night import OPERATOR
from tests.store.commune import number

FIRST, SECOND = "+33199009001", "+33199009002"


async def ended_alert(night):
    """Let the only home of an alert confirm, so that the alert ends."""
    campaign = await night.launched()
    order = night.order_to(0)
    night.presses(order)
    night.hangs_up(order)
    await night.beat()
    await night.tick_without_waiting()
    return campaign


async def test_the_end_of_an_alert_is_told_with_its_figures(a_night):
    night = a_night()
    night.on_duty(FIRST)
    campaign = await ended_alert(night)
    order = await night.duty_order(FIRST)
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()
    assert "1 foyers sur 1 ont confirmé" in night.speaker.said[0]
    (call,) = night.commune.rows("duty_calls")
    assert (call.reason, call.taken, call.campaign_id) == (
        "alert_ended",
        True,
        campaign,
    )


async def test_who_does_not_take_charge_is_followed_by_the_next(a_night):
    night = a_night()
    night.on_duty(FIRST, SECOND)
    await ended_alert(night)
    night.does_not_answer(await night.duty_order(FIRST))
    second = await night.duty_order(SECOND)
    night.presses(second)
    night.hangs_up(second)
    await night.alarms_end()
    assert [c.taken for c in night.commune.rows("duty_calls")] == [False, True]


async def test_a_list_that_nobody_answers_is_rung_twice_and_then_given_up(a_night):
    night = a_night()
    night.on_duty(FIRST)
    await ended_alert(night)
    night.does_not_answer(await night.duty_order(FIRST))
    night.does_not_answer(await night.duty_order(FIRST, seen=1))
    await night.alarms_end()
    assert len(night.commune.rows("duty_calls")) == 2


async def test_a_duty_call_that_cannot_leave_is_written_down_too(a_night):
    night = a_night()
    night.on_duty(FIRST)
    campaign = await night.launched()
    order = night.order_to(0)
    night.presses(order)
    night.hangs_up(order)
    await night.beat()
    night.telephone.fails = [LineError("cut"), LineError("cut")]
    await night.tick_without_waiting()
    await night.alarms_end()
    assert night.state_of(campaign) == "finished"
    assert [c.outcome for c in night.commune.rows("duty_calls")] == ["unknown"] * 2


async def test_two_alarms_never_ring_one_telephone_at_once(a_night):
    # Two alerts ended within the same seconds: the second call found it engaged.
    night = a_night()
    night.on_duty(FIRST)
    summons = Summons(night.commune.id, None, "alert_ended", "Fin.")
    told = [asyncio.create_task(night.node.summoner.summon(summons)) for _ in range(2)]
    for turn in range(2):
        order = await night.duty_order(FIRST, seen=turn)
        await night.settle_down()
        assert len(night.telephone.orders) == turn + 1
        night.presses(order)
        night.hangs_up(order)
    assert await asyncio.gather(*told) == [True, True]


async def test_the_end_of_information_wakes_nobody(a_night):
    night = a_night()
    night.on_duty(FIRST)
    await night.launched(campaign_class=CampaignClass.EXERCISE)
    order = night.order_to(0)
    night.presses(order)
    night.hangs_up(order)
    await night.beat()
    await night.tick_without_waiting()
    assert not night.node.watch.is_ringing


async def test_a_campaign_that_places_no_call_for_20_seconds_is_told_once(a_night):
    night = a_night()
    night.on_duty(FIRST)
    campaign = night.campaign()
    night.node.link_is_up = False
    await night.tick_without_waiting()
    for _ in range(3):
        night.pass_time(11)
        await night.tick_without_waiting()
    order = await night.duty_order(FIRST)
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()
    assert [c.reason for c in night.commune.rows("duty_calls")] == ["no_call_for_20_s"]
    assert night.state_of(campaign) == "running"


async def test_duty_calls_use_the_line_kept_back_when_all_others_talk(a_night):
    night = a_night(homes=8)
    night.on_duty(FIRST)
    campaign = await night.launched()
    night.command("stop", campaign)
    for order in night.telephone.orders:
        night.picks_up(order)
    await night.beat()
    await night.tick_without_waiting()
    order = await night.duty_order(FIRST)
    assert night.node.lines.in_use == 4
    assert order.dialled == FIRST
    assert number(0) != FIRST


async def test_a_trunk_shows_our_number_in_its_own_form(a_night):
    night = a_night(trunks=(replace(OPERATOR, identity_format="national"),))
    night.on_duty(FIRST)
    await ended_alert(night)
    order = await night.duty_order(FIRST)
    night.does_not_answer(order)
    assert (night.order_to(0).dialled, order.dialled) == (number(0), FIRST)
    assert {o.caller_id for o in night.telephone.orders} == {"0199009999"}


async def test_a_number_that_no_trunk_may_dial_is_told_as_silence(a_night):
    # Its attempt came back every five seconds, so that it never looked overdue.
    elsewhere = Trunk("elsewhere", 4, prefixes=("+44",))
    night = a_night(trunks=(elsewhere,))
    night.on_duty(FIRST)
    night.campaign()
    for _ in range(8):
        await night.tick_without_waiting()
        await night.beat_without_waiting()
        night.pass_time(3.5)
    assert night.node.watch.is_ringing
    assert night.telephone.orders == []
    await night.node.watch.close(0.0)
