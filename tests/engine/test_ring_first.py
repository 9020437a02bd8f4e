"""An officer hears a campaign first: the residents' call, which acknowledges nobody."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from automaton.domain.campaign import CampaignClass
from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Trunk
from automaton.store.engine import writing
from automaton.store.errands import Errand, leave_errand

OWN = "+33639980011"
SHOWN, OTHER = "+33199009999", "+33199009998"
POLICY = CallPolicy(
    caller_id=SHOWN, help_key=True, repeats=2, key_wait=timedelta(seconds=5)
)


def asked(night, campaign):
    """An officer asks at the console to be rung first."""
    told = {"collectivity": night.commune.id, "officer": "claire", "number": OWN}
    errand = Errand("ring_first", "Claire", night.now, told, campaign)
    with writing(night.commune.engine) as connection:
        return leave_errand(connection, errand)


def waiting(night):
    rows = night.commune.rows("commands", name="ring_first")
    return [row.id for row in rows if row.finished_at is None]


async def done(night):
    async with asyncio.timeout(30):
        await asyncio.gather(*night.node.watch.errands.runs.tasks)


async def test_the_call_is_that_of_residents_and_nobody_acknowledges(a_night):
    night = a_night(homes=1)
    campaign = night.campaign(POLICY, state="draft")
    errand = asked(night, campaign)
    await night.tick_without_waiting()
    order = await night.duty_order(OWN)
    assert night.node.lines.free_for_duty("operator") == 3
    night.picks_up(order)
    night.presses(order)
    night.hangs_up(order)
    await done(night)
    assert (order.context, order.message, order.keys) == (
        "automaton-alert",
        "p1",
        "123",
    )
    assert (order.repeats, order.key_wait) == (2, timedelta(seconds=5))
    assert (order.campaign_id, order.recipient_id) == (str(errand), "claire")
    assert (order.caller_id, order.codeword, order.exercise) == (SHOWN, None, False)
    assert waiting(night) == []
    assert night.recipients() == night.attempts() == []
    assert night.state_of(campaign) == "draft"
    assert night.commune.rows("alarms") == []
    (call,) = night.commune.rows("duty_calls")
    assert (call.reason, call.campaign_id) == ("ring_first", None)


async def test_an_exercise_is_said_to_be_one(a_night):
    night = a_night(trunks=(Trunk("operator", 4, caller_ids=(OTHER,)),))
    exercise = CampaignClass.EXERCISE
    campaign = night.campaign(POLICY, state="draft", campaign_class=exercise)
    asked(night, campaign)
    await night.tick_without_waiting()
    order = await night.duty_order(OWN)
    assert (order.exercise, order.caller_id) == (True, OTHER)
    night.picks_up(order)
    night.hangs_up(order)
    await done(night)


async def test_who_still_telephones_is_rung_again_until_the_line_is_free(a_night):
    night = a_night()
    asked(night, night.campaign(state="draft"))
    await night.tick_without_waiting()
    night.fails(await night.duty_order(OWN), 486, 17)
    await night.pause_ends(5.0)
    order = await night.duty_order(OWN, seen=1)
    night.picks_up(order)
    night.hangs_up(order)
    await done(night)
    assert waiting(night) == []


async def test_who_never_answers_is_given_up_after_four_calls(a_night):
    night = a_night()
    asked(night, night.campaign(state="draft"))
    await night.tick_without_waiting()
    for seen, pause in enumerate((5.0, 10.0, 10.0, None)):
        night.does_not_answer(await night.duty_order(OWN, seen))
        if pause:
            await night.pause_ends(pause)
    await done(night)
    assert waiting(night) == []
    assert len(night.telephone.orders) == 4


@pytest.mark.parametrize("campaign", ["gone", None])
async def test_of_a_campaign_that_is_not_there_nobody_is_rung(a_night, campaign):
    night = a_night()
    made = night.campaign(state="draft")
    if campaign is None:
        with writing(night.commune.engine) as connection:
            connection.exec_driver_sql("DELETE FROM message_texts")
    errand = asked(night, made)
    if campaign is not None:
        night.commune.change("commands", errand, campaign_id=None)
    await night.tick_without_waiting()
    await done(night)
    assert night.telephone.orders == []
    assert waiting(night) == []
