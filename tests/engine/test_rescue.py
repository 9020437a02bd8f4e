"""Key 3: the duty list is rung with who, where and which number, until one takes it."""

from __future__ import annotations

import asyncio

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.policy import CallPolicy
from automaton.errors import LineError

FIRST, SECOND = "+33639980001", "+33639980002"
OFFERED = CallPolicy(help_key=True)


async def asked(night, *indexes, key="3"):
    """These homes press 3, and the daemon looks once."""
    for index in indexes:
        order = night.order_to(index)
        night.picks_up(order)
        night.presses(order, key)
        night.hangs_up(order)
    await night.beat_without_waiting()
    await night.settle_down()
    await night.tick_without_waiting()


async def taken_by(night, e164, seen=0):
    """Somebody on duty answers and presses 1; return what the call was."""
    order = await night.duty_order(e164, seen)
    night.picks_up(order)
    night.presses(order)
    night.hangs_up(order)
    return order


async def until(fact):
    """Wait for something that happens beside the loop."""
    async with asyncio.timeout(60):
        while True:
            if fact():
                return
            await asyncio.sleep(0.001)


def alarms(night):
    return list(night.commune.rows("alarms"))


async def test_the_second_on_duty_takes_what_the_first_did_not(a_night):
    night = a_night(homes=3)
    night.on_duty(FIRST, SECOND)
    await night.launched(OFFERED)
    await asked(night, 0)
    night.does_not_answer(await night.duty_order(FIRST))
    order = await taken_by(night, SECOND)
    await night.alarms_end()
    assert (order.context, order.keys) == ("automaton-duty", "1")
    (alarm,) = alarms(night)
    listed = {row.e164: row.id for row in night.commune.rows("duty_entries")}
    assert (alarm.taken_by, alarm.taken_name) == (listed[SECOND], "Astreinte")
    assert (alarm.taken_at, alarm.closed_at) == (night.now, None)
    reasons = [(c.reason, c.taken) for c in night.commune.rows("duty_calls")]
    assert reasons == [("help_asked", False), ("help_asked", True)]


async def test_those_on_duty_hear_who_where_and_the_number_in_pairs(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    campaign = await night.launched(OFFERED)
    await asked(night, 0)
    await taken_by(night, FIRST)
    await night.alarms_end()
    (said,) = night.speaker.said
    assert "Nom : Odile Vasseur." in said
    assert "Adresse : 3 quai des Brumes" in said
    assert "Téléphone : 01 99 00 00 00." in said
    (call,) = night.commune.rows("duty_calls")
    assert call.campaign_id == campaign


async def test_it_is_taken_with_the_key_and_not_only_at_the_end_of_the_call(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0)
    order = await night.duty_order(FIRST)
    night.picks_up(order)
    night.presses(order)
    await until(lambda: (order.attempt_id, 1) in night.telephone.confirmed)
    (alarm,) = alarms(night)
    assert alarm.taken_name == "Astreinte"
    assert night.commune.rows("duty_calls") == []
    night.hangs_up(order)
    await night.alarms_end()
    actions = [line.action for line in night.commune.rows("audit")]
    assert actions.count("alarm_taken") == 1


async def test_who_took_it_is_on_record_though_the_thanks_fail(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0)
    order = await night.duty_order(FIRST)
    night.picks_up(order)
    night.telephone.is_closed = True
    night.presses(order)
    await until(lambda: alarms(night)[0].taken_at and not night.node.summoner._taking)
    night.hangs_up(order)
    await night.alarms_end()


async def test_nothing_is_kept_on_the_disk_of_what_was_said(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0)
    assert night.speaker.forgotten == []
    await taken_by(night, FIRST)
    await night.alarms_end()
    assert night.speaker.forgotten == ["spoken"]


async def test_the_alarm_is_on_record_with_the_key(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    order = night.order_to(0)
    night.picks_up(order)
    night.presses(order, "3")
    await night.beat()
    assert night.telephone.confirmed == [(order.attempt_id, 1)]
    (alarm,) = alarms(night)
    assert (alarm.attempt_id, alarm.opened_at) == (order.attempt_id, night.now)
    assert "help_asked" in [line.action for line in night.commune.rows("audit")]


async def test_the_key_pressed_twice_opens_one_alarm(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    order = night.order_to(0)
    night.picks_up(order)
    for seq in (1, 2):
        night.presses(order, "3", seq)
        await night.beat()
    night.hangs_up(order)
    await night.beat()
    await night.tick_without_waiting()
    await taken_by(night, FIRST)
    await night.alarms_end()
    for _ in range(3):
        await night.tick_without_waiting()
    assert len(alarms(night)) == 1
    assert len(night.commune.rows("duty_calls")) == 1


async def test_who_confirms_and_then_asks_for_help_has_an_alarm(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    order = night.order_to(0)
    night.picks_up(order)
    night.presses(order, "1", 1)
    await night.beat()
    assert alarms(night) == []
    night.presses(order, "3", 2)
    await night.beat()
    assert len(alarms(night)) == 1
    assert sorted(night.states()) == ["acknowledged", "trying"]


async def test_nobody_who_takes_it_is_rung_round_and_round_without_end(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0)
    seconds = [15, 30, 60, *[120] * 40]
    for turn, pause in enumerate(seconds):
        night.does_not_answer(await night.duty_order(FIRST, seen=turn))
        await night.pause_ends(pause)
    await taken_by(night, FIRST, seen=len(seconds))
    await night.alarms_end()
    (alarm,) = alarms(night)
    assert (alarm.rounds, alarm.taken_name) == (len(seconds), "Astreinte")


async def test_an_alarm_that_is_closed_by_name_rings_nobody_any_more(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST, SECOND)
    await night.launched(OFFERED)
    await asked(night, 0)
    order = await night.duty_order(FIRST)
    (alarm,) = alarms(night)
    night.commune.change("alarms", alarm.id, closed_at=night.now, closed_by="Inès")
    await night.tick_without_waiting()
    night.does_not_answer(order)
    await night.alarms_end()
    assert [o.dialled for o in night.telephone.orders if o.dialled == SECOND] == []
    night.commune.change("alarms", alarm.id, closed_at=None, closed_by=None)
    await night.tick_without_waiting()
    await taken_by(night, FIRST, seen=1)
    await night.alarms_end()


async def test_two_homes_at_once_are_each_told_and_it_is_said_which(a_night):
    night = a_night(homes=3)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0, 1)
    for seen in range(2):
        await taken_by(night, FIRST, seen)
    await night.alarms_end()
    told = sorted(said.split("Téléphone : ")[1] for said in night.speaker.said)
    assert told == ["01 99 00 00 00.", "01 99 00 00 01."]
    assert [one.taken_name for one in alarms(night)] == ["Astreinte"] * 2


async def test_who_asks_for_help_waits_for_no_other_matter(a_night):
    # The list was being rung about a trunk: the call for help came after it.
    night = a_night(homes=2)
    night.on_duty(FIRST, SECOND)
    campaign = await night.launched(OFFERED)
    night.node.watch.disk_full([night.node.agenda.campaigns[campaign]])
    about_the_disk = await night.duty_order(FIRST)
    await asked(night, 0)
    await taken_by(night, SECOND)
    night.presses(about_the_disk)
    night.hangs_up(about_the_disk)
    await night.alarms_end()
    (alarm,) = alarms(night)
    assert alarm.taken_at is not None


async def test_a_name_that_cannot_be_spoken_keeps_nobody_from_being_told(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    night.speaker.fails = [LineError("no voice reads that")]
    await asked(night, 0)
    await taken_by(night, FIRST)
    await night.alarms_end()
    (said,) = night.speaker.said
    assert "01 99 00 00 00" in said
    assert "Vasseur" not in said


async def test_help_in_an_exercise_is_told_as_such(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED, campaign_class=CampaignClass.EXERCISE)
    await asked(night, 0)
    await taken_by(night, FIRST)
    await night.alarms_end()
    assert "pendant un exercice" in night.speaker.said[0]


async def test_nobody_is_offered_help_of_which_nobody_is_told(a_night):
    night = a_night(homes=2)
    about = {"state": CampaignState.DRAFT, "campaign_class": CampaignClass.EXERCISE}
    campaign = night.campaign(OFFERED, **about)
    night.command("launch", campaign)
    await night.tick()
    assert night.state_of(campaign) == "draft"
    (command,) = night.commune.rows("commands")
    assert command.refusal == "key 3 asks for help, and there is no duty list"
    night.on_duty(FIRST)
    night.command("launch", campaign)
    await night.tick()
    assert night.state_of(campaign) == "running"
