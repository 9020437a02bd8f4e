"""The duty list: rung one after another until somebody presses 1."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.dialling import AllowList
from automaton.domain.throttle import Throttle
from automaton.domain.trunk import Trunk
from automaton.engine.duty.duty_call import Summons
from automaton.engine.duty.summon import Rung
from automaton.engine.lines.safeguard import PAUSED_BY_SAFEGUARD
from automaton.errors import LineError
from automaton.ports import TrunkCondition
from automaton.store.engine import writing
from automaton.store.notes import begin_node
from tests.engine.night import OPERATOR
from tests.store.commune import NOW, number

FIRST, SECOND = "+33199009001", "+33199009002"
BROKEN = TrunkCondition("operator", None, NOW, "refused", NOW)


async def ended_alert(night):
    """Let the only home of an alert confirm, so that the alert ends."""
    campaign = await night.launched()
    order = night.order_to(0)
    night.presses(order)
    night.hangs_up(order)
    await night.beat()
    await night.tick_without_waiting()
    return campaign


async def silent_campaign(night, *, link_is_up=True):
    """A campaign runs of which no call leaves, long enough to be told of."""
    campaign = night.campaign()
    night.node.link_is_up = False
    await night.tick_without_waiting()
    for _ in range(3):
        night.pass_time(11)
        await night.tick_without_waiting()
    night.node.link_is_up = link_is_up
    if link_is_up:
        await night.pause_ends(1.0)
    return campaign


class FailsOnce:
    """A writer whose first transaction fails."""

    def __init__(self, writer):
        self.writer, self.failed = writer, False

    async def run(self, work):
        if self.failed:
            return await self.writer.run(work)
        self.failed = True
        raise LineError("the disk is full")


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


async def test_a_list_that_nobody_answers_is_rung_ever_more_seldom_for_two_hours(
    a_night,
):
    night = a_night()
    night.on_duty(FIRST)
    await ended_alert(night)
    seconds = [30, 60, 120, *[300] * 21]
    for turn, pause in enumerate(seconds):
        night.does_not_answer(await night.duty_order(FIRST, seen=turn))
        await night.pause_ends(pause)
    night.does_not_answer(await night.duty_order(FIRST, seen=len(seconds)))
    await night.alarms_end()
    assert len(night.commune.rows("duty_calls")) == 25


async def test_a_silence_is_told_until_somebody_takes_charge(a_night):
    night = a_night()
    night.on_duty(FIRST)
    await silent_campaign(night)
    for turn in range(30):
        night.does_not_answer(await night.duty_order(FIRST, seen=turn))
        await night.pause_ends((30, 60, 120, 300)[min(turn, 3)])
    last = await night.duty_order(FIRST, seen=30)
    night.presses(last)
    night.hangs_up(last)
    await night.alarms_end()
    taken = [call.taken for call in night.commune.rows("duty_calls")]
    assert taken == [False] * 30 + [True]


async def test_what_is_no_longer_so_rings_nobody_any_more(a_night):
    night = a_night()
    night.on_duty(FIRST, SECOND)
    campaign = await silent_campaign(night)
    first = await night.duty_order(FIRST)
    await night.beat_without_waiting()
    night.node.watch.call_left(campaign, night.now)
    night.does_not_answer(first)
    await night.alarms_end()
    assert len(night.commune.rows("duty_calls")) == 1


async def test_no_round_is_rung_while_there_is_no_link(a_night):
    # Both rounds failed at once, and nothing was told when the link was back.
    night = a_night()
    night.on_duty(FIRST)
    await silent_campaign(night, link_is_up=False)
    for _ in range(40):
        await night.pause_ends(1.0)
    assert night.telephone.orders == []
    night.node.link_is_up = True
    order = await night.duty_order(FIRST)
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()


async def test_an_alarm_that_cannot_be_spoken_is_told_later(a_night):
    night = a_night()
    night.on_duty(FIRST)
    night.speaker.fails = [OSError("no voice"), LineError("no disk")]
    await ended_alert(night)
    await night.pause_ends(30)
    await night.pause_ends(60)
    order = await night.duty_order(FIRST)
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()
    (call,) = night.commune.rows("duty_calls")
    assert (call.reason, call.taken) == ("alert_ended", True)


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
    await night.pause_ends(30)
    await night.pause_ends(60)
    assert night.state_of(campaign) == "finished"
    calls = night.commune.rows("duty_calls")
    assert [c.outcome for c in calls[:2]] == ["unknown"] * 2


async def test_who_took_charge_is_not_rung_again_because_a_write_failed(a_night):
    night = a_night()
    night.on_duty(FIRST)
    await ended_alert(night)
    order = await night.duty_order(FIRST)
    whole = night.node.summoner._writer
    night.node.summoner._writer = FailsOnce(whole)
    night.presses(order)
    night.hangs_up(order)
    await night.pause_ends(5)
    await night.alarms_end()
    assert [c.taken for c in night.commune.rows("duty_calls")] == [True]
    assert night.commune.rows("live_numbers") == []
    assert len([o for o in night.telephone.orders if o.dialled == FIRST]) == 1


async def test_a_telephone_that_a_campaign_rings_is_passed_by_and_rung_later(a_night):
    night = a_night()
    night.on_duty(number(0), SECOND)
    await night.launched()
    summons = Summons(night.commune.id, None, "no call leaves", "Rien ne part.")
    told = asyncio.create_task(night.node.summoner.summon(summons))
    night.does_not_answer(await night.duty_order(SECOND))
    assert len(night.telephone.orders) == 2
    night.does_not_answer(night.order_to(0))
    await night.beat()
    await night.pause_ends(5)
    order = await night.duty_order(number(0), seen=1)
    assert order.context == "automaton-duty"
    night.presses(order)
    night.hangs_up(order)
    assert await told is Rung.TAKEN


async def test_a_telephone_that_the_duty_list_rings_is_rung_by_no_campaign(a_night):
    night = a_night()
    night.on_duty(number(0))
    summons = Summons(night.commune.id, None, "trunk_lost", "Perdue.")
    told = asyncio.create_task(night.node.summoner.summon(summons))
    order = await night.duty_order(number(0))
    await night.launched()
    assert night.telephone.orders == [order]
    night.does_not_answer(order)
    assert await told is Rung.NOT_TAKEN
    night.pass_time(3)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 2


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
    assert await asyncio.gather(*told) == [Rung.TAKEN, Rung.TAKEN]


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
    campaign = await silent_campaign(night)
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


async def test_a_trunk_that_asks_to_wait_is_named_where_no_call_leaves(a_night):
    # Two minutes of Retry-After on the only trunk rang as "no call for 20 s".
    night = a_night()
    night.on_duty(FIRST)
    night.campaign()
    held = Throttle(held_until=night.commune.clock.monotonic() + 120)
    (guarded,) = night.node.safeguard._guarded.values()
    guarded.health = replace(guarded.health, throttle=held)
    for _ in range(4):
        await night.tick_without_waiting()
        night.pass_time(11)
    order = await night.duty_order(FIRST)
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()
    assert "demande d'attendre" in night.speaker.said[0]
    [told] = night.commune.rows("duty_calls")
    assert told.reason == "trunk_asks_to_wait"


async def test_a_number_that_no_trunk_may_dial_is_told_as_silence(a_night):
    # Its attempt came back every five seconds, so that it never looked overdue.
    elsewhere = Trunk("elsewhere", 4, allowed=AllowList(("+44",)))
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


async def test_nothing_is_kept_of_campaigns_that_have_ended(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    campaign = await night.launched()
    watch = night.node.watch
    watch.trunk(BROKEN, night.node.agenda.running)
    watch.note_stranded([campaign], night.now)
    taken = await night.duty_order(FIRST)
    night.presses(taken)
    night.hangs_up(taken)
    await night.alarms_end()
    night.command("stop", campaign)
    await night.tick_without_waiting()
    taken = await night.duty_order(FIRST, seen=1)
    night.presses(taken)
    night.hangs_up(taken)
    await night.alarms_end()
    night.pass_time(60)
    await night.tick()
    assert (watch._raised, watch._left_at, watch._stranded_at) == ({}, {}, {})


async def started_anew(a_night, night):
    """A daemon is killed, and another one started on the same database."""
    await night.node.watch.close(0.0)
    with writing(night.engine) as connection:
        begin_node(connection, night.node.settings.name, 1, night.now)
    again = a_night(homes=0)
    again.commune.clock.at = night.now
    await again.supervisor.ticker.close_what_is_left()
    return again


async def test_the_end_of_an_alert_that_was_not_told_is_told_after_a_restart(a_night):
    # A daemon killed between the end and the 1 of somebody on duty forgot the alarm.
    night = a_night()
    night.on_duty(FIRST)
    await ended_alert(night)
    night.does_not_answer(await night.duty_order(FIRST))
    await night.duty_call_noted()
    again = await started_anew(a_night, night)
    order = await again.duty_order(FIRST)
    again.presses(order)
    again.hangs_up(order)
    await again.alarms_end()
    assert "1 foyers sur 1 ont confirmé" in again.speaker.said[0]
    third = await started_anew(a_night, again)
    assert not third.node.watch.is_ringing


async def test_the_end_of_an_old_alert_is_not_told_any_more(a_night):
    night = a_night()
    night.on_duty(FIRST)
    await ended_alert(night)
    night.pass_time(3 * 3600)
    again = await started_anew(a_night, night)
    assert not again.node.watch.is_ringing


async def test_a_pause_of_the_safeguard_is_told_after_a_restart(a_night):
    night = a_night()
    night.on_duty(FIRST)
    campaign = await night.launched(campaign_class=CampaignClass.INFORMATION)
    with night.commune.ledger.transaction() as transaction:
        reason = PAUSED_BY_SAFEGUARD
        transaction.move_campaign(campaign, CampaignState.PAUSED, night.now, reason)
    again = await started_anew(a_night, night)
    assert (await again.duty_order(FIRST)).dialled == FIRST
    assert "est en pause" in again.speaker.said[0]
