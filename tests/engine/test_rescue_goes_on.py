"""A call for help outlives the daemon, its campaign and the node that leads."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from automaton.ports import JournalledKey
from automaton.store.alarms import untaken
from automaton.store.engine import reading, writing
from automaton.store.notes import begin_node
from tests.engine.several import Several
from tests.engine.test_rescue import (
    FIRST,
    OFFERED,
    SECOND,
    alarms,
    asked,
    taken_by,
    until,
)
from tests.store.commune import number


async def test_what_is_opened_again_in_a_pause_keeps_its_words(a_night):
    # The task of before ended its pause later, and deleted what the next one said.
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0)
    night.does_not_answer(await night.duty_order(FIRST))
    await until(lambda: alarms(night)[0].rounds == 1)
    (alarm,) = alarms(night)
    for closed_at in (night.now, None):
        night.commune.change("alarms", alarm.id, closed_at=closed_at)
        await night.tick_without_waiting()
    order = await night.duty_order(FIRST, seen=1)
    await night.pause_ends(15)
    await night.settle_down()
    assert night.speaker.forgotten == []
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()
    assert night.speaker.forgotten == ["spoken"]


async def test_a_daemon_that_was_killed_rings_on_after_its_next_start(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0)
    night.does_not_answer(await night.duty_order(FIRST))
    await night.node.watch.close(0.0)
    with writing(night.engine) as connection:
        begin_node(connection, night.node.settings.name, 1, night.now)
    again = a_night(homes=0)
    again.commune.clock.at = night.now
    await again.tick_without_waiting()
    await taken_by(again, FIRST)
    await again.alarms_end()
    (alarm,) = alarms(again)
    assert alarm.taken_name == "Astreinte"


async def test_a_key_3_that_only_the_journal_knows_opens_an_alarm(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    campaign = await night.launched(OFFERED)
    order = night.order_to(0)
    pressed_at = night.now + timedelta(seconds=20)
    night.pass_time(300)
    night.telephone.journal = [
        JournalledKey(
            order.attempt_id, 1, "demo", campaign, order.recipient_id, "3", pressed_at
        )
    ]
    await night.link_comes_up(restarted=True)
    await night.beat_without_waiting()
    await night.tick_without_waiting()
    await taken_by(night, FIRST)
    await night.alarms_end()
    (alarm,) = alarms(night)
    assert alarm.opened_at == pressed_at
    await night.link_comes_up()
    await night.beat_without_waiting()
    assert len(alarms(night)) == 1


async def test_a_key_1_of_somebody_on_duty_counts_though_the_daemon_was_away(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST, SECOND)
    await night.launched(OFFERED)
    await asked(night, 0)
    order = await night.duty_order(FIRST)
    await night.node.watch.close(0.0)
    again = a_night(homes=0, telephone=night.telephone)
    again.commune.clock.at = night.now
    (alarm,) = alarms(again)
    ids = (order.campaign_id, order.recipient_id)
    assert ids[0] == alarm.id
    key = JournalledKey(order.attempt_id, 1, "demo", *ids, "1", night.now)
    night.telephone.journal = [key]
    for _ in range(2):
        await again.link_comes_up()
    await again.tick_without_waiting()
    assert not again.node.watch.is_ringing
    (alarm,) = alarms(again)
    assert (alarm.taken_by, alarm.taken_at) == (order.recipient_id, night.now)


async def test_a_late_key_3_of_a_call_that_is_over_opens_an_alarm(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    order = night.order_to(0)
    night.picks_up(order)
    night.hangs_up(order)
    await night.beat()
    night.presses(order, "3")
    await night.beat()
    await night.tick_without_waiting()
    await taken_by(night, FIRST)
    await night.alarms_end()
    assert len(alarms(night)) == 1
    assert sorted(night.states()) == ["acknowledged", "trying"]


async def test_who_leads_no_more_keeps_no_sound_of_who_asked_for_help(a_night):
    # It said name, address and number, and stayed on the disk of the old chief.
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0)
    order = await night.duty_order(FIRST)
    night.node.watch.stand_down()
    await asyncio.sleep(0)
    assert night.speaker.forgotten == []  # the call still plays it
    night.does_not_answer(order)
    await until(lambda: night.speaker.forgotten)
    assert night.speaker.forgotten == ["spoken"]


async def test_who_leads_again_says_the_same_and_keeps_it(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0)
    order = await night.duty_order(FIRST)
    night.node.watch.stand_down()
    await night.tick_without_waiting()
    night.does_not_answer(order)
    await taken_by(night, FIRST, seen=1)
    await night.alarms_end()
    assert night.speaker.forgotten == ["spoken"]


async def test_what_was_taken_and_is_not_on_record_is_told_again(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0)
    await taken_by(night, FIRST)
    await night.alarms_end()
    (alarm,) = alarms(night)
    night.commune.change("alarms", alarm.id, taken_at=None, taken_by=None)
    for _ in range(2):
        await night.tick_without_waiting()
    await taken_by(night, FIRST, seen=1)
    await night.alarms_end()
    (alarm,) = alarms(night)
    assert alarm.taken_at is not None


async def test_it_is_open_after_the_end_of_its_campaign(a_night):
    night = a_night()
    night.on_duty(FIRST)
    campaign = await night.launched(OFFERED)
    await asked(night, 0)
    await taken_by(night, FIRST)
    await until(lambda: not night.node.watch.rescue.runs.tasks)
    await night.pause_ends(1.0)  # the end of the alert is told after it
    await taken_by(night, FIRST, seen=1)
    await night.alarms_end()
    assert night.state_of(campaign) == "finished"
    (alarm,) = alarms(night)
    assert (alarm.closed_at, alarm.taken_name) == (None, "Astreinte")


async def test_the_chief_alone_rings_and_the_next_one_rings_on(
    several: Several,
) -> None:
    several.homes(2)
    several.commune.campaign(policy=OFFERED)
    chief, other = await several.begin("n1"), await several.begin("n2")
    chief.on_duty(FIRST)
    await several.live(3)
    rings_home = [
        n for n in (chief, other) for o in n.telephone.orders if o.dialled == number(0)
    ]
    (carrier,) = rings_home
    order = carrier.order_to(0)
    carrier.picks_up(order)
    carrier.presses(order, "3")
    carrier.hangs_up(order)
    await several.live(2)
    rung = await chief.duty_order(FIRST)
    assert [o for o in other.telephone.orders if o.dialled == FIRST] == []
    chief.does_not_answer(rung)
    await until(lambda: chief.commune.rows("duty_calls"))
    several.dead.add("n1")
    await several.live(20)
    assert other.node.lease.leads
    # The dead node's lines are handed on a moment later: until then there is none.
    async with asyncio.timeout(30):
        while not any(order.dialled == FIRST for order in other.telephone.orders):
            other.pauses.end(1.0)
            await several.live(1)
    await taken_by(other, FIRST)
    await other.alarms_end()
    with reading(several.engine) as connection:
        assert untaken(connection) == []
    (alarm,) = alarms(other)
    assert alarm.taken_name == "Astreinte"


async def test_who_leads_no_more_rings_nobody_and_rings_on_once_it_leads(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST, SECOND)
    await night.launched(OFFERED)
    await asked(night, 0)
    order = await night.duty_order(FIRST)
    night.node.watch.stand_down()
    await until(lambda: not night.node.watch.is_ringing)
    night.does_not_answer(order)
    await asyncio.gather(*night.node.summoner._under_way)
    assert [o.dialled for o in night.telephone.orders].count(SECOND) == 0
    await night.tick_without_waiting()
    await taken_by(night, FIRST, seen=1)
    await night.alarms_end()
