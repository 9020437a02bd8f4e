"""Commands and hours: what a campaign does when told to, and when its time comes."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import event

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.policy import CallPolicy
from automaton.domain.window import CallingHours, Window
from automaton.engine.lines.safeguard import PAUSED_BY_SAFEGUARD

DAYS = frozenset(range(7))
AFTERNOON = CallingHours((Window(DAYS, time(14), time(20)),), "UTC")


def refusals(night):
    return [row.refusal for row in night.commune.rows("commands")]


async def test_launch_rings_and_is_audited(a_night):
    night = a_night()
    night.on_duty("+33199009001")
    campaign = night.campaign(state=CampaignState.DRAFT)
    night.command("launch", campaign)
    await night.tick()
    await night.beat()
    assert night.state_of(campaign) == "running"
    assert len(night.telephone.orders) == 1
    actions = [row.action for row in night.commune.rows("audit")]
    assert actions[0] == "launch"


async def test_no_alert_starts_without_a_duty_list(a_night):
    night = a_night()
    campaign = night.campaign(state=CampaignState.DRAFT)
    night.command("launch", campaign)
    await night.tick()
    assert night.state_of(campaign) == "draft"
    assert refusals(night) == ["no alert starts without a duty list"]


async def test_an_exercise_needs_no_duty_list(a_night):
    night = a_night()
    campaign = night.campaign(
        state=CampaignState.DRAFT, campaign_class=CampaignClass.EXERCISE
    )
    night.command("launch", campaign)
    await night.tick()
    assert night.state_of(campaign) == "running"


async def test_a_launch_with_an_hour_to_come_is_scheduled(a_night):
    night = a_night()
    night.on_duty("+33199009001")
    campaign = night.campaign(
        state=CampaignState.DRAFT, starts_at=night.now + timedelta(hours=2)
    )
    night.command("launch", campaign)
    await night.tick()
    assert night.state_of(campaign) == "scheduled"


async def test_a_campaign_without_a_message_does_not_start(a_night):
    night = a_night()
    night.on_duty("+33199009001")
    silent = night.commune.add("messages", collectivity_id=night.commune.id)
    campaign = night.campaign(state=CampaignState.DRAFT, message_id=silent)
    night.command("launch", campaign)
    await night.tick()
    assert refusals(night) == ["the message was not rendered"]


@pytest.mark.parametrize("name", ["dance", "resume", "launch"])
async def test_what_makes_no_sense_is_refused_and_changes_nothing(a_night, name):
    night = a_night()
    night.on_duty("+33199009001")
    campaign = await night.launched()
    night.command(name, campaign)
    await night.tick()
    assert night.state_of(campaign) == "running"
    assert refusals(night) != [None]


async def test_pause_lets_no_new_call_leave_and_resume_goes_on(a_night):
    night = a_night(homes=5)
    campaign = await night.launched()
    night.command("pause", campaign, reason="wrong text")
    await night.tick()
    night.hangs_up(night.telephone.orders[0])
    await night.beat()
    await night.beat()
    assert len(night.telephone.orders) == 3
    night.command("resume", campaign)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 4


async def test_a_draft_that_is_stopped_was_nothing_for_anybody(a_night):
    # Its audience was frozen: 50 recipients « to visit », and the duty list was rung.
    night = a_night(homes=4)
    night.on_duty("+33199009001")
    campaign = night.campaign(state=CampaignState.DRAFT)
    night.command("stop", campaign)
    for _ in range(3):
        await night.tick()
        await night.beat()
        night.pass_time(60)
    assert night.state_of(campaign) == "cancelled"
    assert night.recipients() == night.attempts() == []
    assert night.telephone.orders == []
    assert [row.action for row in night.commune.rows("audit")] == ["stop"]


async def test_stop_takes_back_what_rings_and_lets_answered_calls_end(a_night):
    night = a_night(homes=4)
    campaign = await night.launched()
    rings, talks, _ = night.telephone.orders
    night.rings(rings)
    night.picks_up(talks)
    await night.beat()
    night.command("stop", campaign, reason="false alarm")
    await night.tick()
    await night.beat()
    assert talks.attempt_id in night.telephone.wound_up
    assert rings.attempt_id in night.telephone.hung_up
    assert talks.attempt_id not in night.telephone.hung_up
    for order in night.telephone.orders:
        night.hangs_up(order)
    await night.beat()
    await night.tick()
    assert (night.state_of(campaign), set(night.states())) == (
        "cancelled",
        {"cancelled"},
    )
    night.pass_time(3600)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 3


async def test_who_confirms_after_the_stop_is_acknowledged_all_the_same(a_night):
    night = a_night()
    campaign = await night.launched()
    order = night.order_to(0)
    night.picks_up(order)
    await night.beat()
    night.command("stop", campaign)
    await night.tick()
    night.presses(order)
    night.hangs_up(order)
    await night.beat()
    assert night.states() == ["acknowledged"]


async def test_an_expired_campaign_tries_nobody_again(a_night):
    night = a_night()
    campaign = await night.launched(expires_at=night.now + timedelta(minutes=2))
    night.does_not_answer(night.order_to(0))
    await night.beat()
    night.pass_time(121)
    await night.tick()
    assert (night.state_of(campaign), night.states()) == ("expired", ["expired"])


async def test_what_a_killed_daemon_left_open_of_a_stopped_campaign_is_closed(a_night):
    night = a_night(homes=3)
    campaign = night.campaign(state=CampaignState.CANCELLED, started_at=night.now)
    await night.supervisor.ticker.close_what_is_left()
    await night.settle_down()
    assert night.state_of(campaign) == "cancelled"
    assert night.states() == ["cancelled"] * 3
    assert night.telephone.orders == []


async def test_a_word_survives_a_kill_right_after_the_command(a_night):
    # The command was finished while the word lived in memory only.
    night = a_night()
    campaign = await night.launched()
    (recipient,) = night.recipients()
    night.command("acknowledge", campaign, recipient=recipient.id)
    await night.tick()
    assert night.states() == ["acknowledged"]


async def test_a_person_may_hold_what_the_safeguard_paused(a_night):
    night = a_night()
    campaign = await night.launched()
    night.commune.change(
        "campaigns",
        campaign,
        state=CampaignState.PAUSED,
        pause_reason="safeguard: nothing gets through",
    )
    night.command("pause", campaign, reason="wait for the prefect")
    await night.tick()
    await night.tick()
    (row,) = night.commune.rows("campaigns", id=campaign)
    assert (row.state.value, row.pause_reason) == ("paused", "wait for the prefect")


@pytest.mark.parametrize(
    ("before", "after"), [("the wording", "the wording"), (PAUSED_BY_SAFEGUARD, None)]
)
async def test_a_pause_without_a_reason_keeps_that_of_a_person(a_night, before, after):
    # A second pause wiped why there was the first. Of the safeguard's it leaves
    # nothing: whom a person holds does not go on by itself.
    night = a_night()
    campaign = await night.launched()
    paused = {"state": CampaignState.PAUSED, "pause_reason": before}
    night.commune.change("campaigns", campaign, **paused)
    night.command("pause", campaign)
    for _ in range(2):
        await night.tick()
        (row,) = night.commune.rows("campaigns", id=campaign)
        assert (row.state.value, row.pause_reason) == ("paused", after)


async def test_outside_its_hours_a_campaign_waits(a_night):
    night = a_night()
    await night.launched(CallPolicy(hours=AFTERNOON))
    assert night.telephone.orders == []
    night.pass_time(5 * 3600 + 1)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 1


async def test_a_retry_never_falls_outside_the_hours(a_night):
    night = a_night()
    night.pass_time(10 * 3600 + 59 * 60)
    await night.launched(CallPolicy(hours=AFTERNOON))
    night.does_not_answer(night.order_to(0))
    await night.beat()
    (_, retry) = night.attempts()
    assert retry.due_at.hour == 14
    assert retry.due_at.date() == (night.now + timedelta(days=1)).date()


async def test_where_no_hour_ever_opens_a_recipient_expires(a_night):
    night = a_night()
    one_day = Window(DAYS, time(8), time(20))
    today_only = CallingHours(
        (one_day,),
        "UTC",
        frozenset(night.now.date() + timedelta(days=n) for n in range(1, 500)),
    )
    night.pass_time(10 * 3600 + 58 * 60)
    await night.launched(CallPolicy(hours=today_only))
    night.does_not_answer(night.order_to(0))
    await night.beat()
    assert night.states() == ["expired"]


async def test_an_alert_is_dialled_before_information(a_night):
    night = a_night(homes=3)
    info = night.campaign(campaign_class=CampaignClass.WELFARE)
    alert = night.campaign(campaign_class=CampaignClass.ALERT)
    await night.tick()
    await night.beat()
    assert {order.campaign_id for order in night.telephone.orders} == {alert}
    assert night.state_of(info) == "running"


async def test_a_word_about_nobody_is_refused(a_night):
    night = a_night()
    campaign = await night.launched()
    night.command("acknowledge", campaign, recipient="nobody")
    await night.tick()
    assert refusals(night) == ["there is no such recipient"]


async def test_a_word_about_a_home_that_was_not_tried_yet_spares_it_the_call(a_night):
    night = a_night(homes=2)
    campaign = night.campaign(state=CampaignState.PAUSED)
    night.commune.plan(campaign)
    first, second = night.recipients()
    night.command("acknowledge", campaign, recipient=first.id, proof="called_back")
    night.command("resume", campaign)
    await night.tick()
    await night.beat()
    assert {order.recipient_id for order in night.telephone.orders} == {second.id}
    (told,) = night.commune.rows("recipients", id=first.id)
    assert (told.state.value, told.proof) == ("acknowledged", "called_back")


async def test_a_word_counts_of_a_home_that_nobody_was_to_ring(a_night):
    """None of its numbers was sound, and it calls from one of them."""
    night = a_night()
    (point,) = night.commune.rows("contact_points")
    night.commune.change("contact_points", point.id, flagged_at=night.now)
    campaign = night.campaign()
    night.commune.plan(campaign)
    (recipient,) = night.recipients()
    assert night.attempts() == []
    night.command("acknowledge", campaign, recipient=recipient.id, proof="called_back")
    await night.tick()
    assert refusals(night) == [None]
    (told,) = night.recipients()
    assert (told.state.value, told.proof) == ("acknowledged", "called_back")
    assert told.acknowledged_at == night.now


async def test_a_proof_that_is_no_rung_of_the_ladder_is_refused(a_night):
    night = a_night()
    campaign = await night.launched()
    (recipient,) = night.recipients()
    night.command("acknowledge", campaign, recipient=recipient.id, proof="gossip")
    await night.tick()
    assert refusals(night) == ["« gossip » proves nothing"]
    assert night.states() == ["trying"]


async def test_a_persons_word_lets_who_listens_hear_the_sentence_out(a_night):
    night = a_night()
    campaign = await night.launched()
    order = night.order_to(0)
    night.picks_up(order)
    await night.beat()
    (recipient,) = night.recipients()
    night.command("acknowledge", campaign, recipient=recipient.id)
    await night.tick()
    await night.beat()
    assert night.telephone.wound_up == [order.attempt_id]
    assert night.telephone.hung_up == []
    assert night.states() == ["acknowledged"]


async def test_a_look_at_which_nothing_moves_reads_the_campaigns_once(a_night):
    # A chief read the campaigns, with their texts, six times a second.
    night = a_night(homes=2)
    await night.launched()
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_):
        asked.extend([statement] if "campaigns.policy" in statement else [])

    event.listen(night.engine, "before_cursor_execute", note)
    await night.tick()
    assert len(asked) == 1
