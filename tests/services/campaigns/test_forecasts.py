"""What is to be expected of a campaign that goes on, from what it has seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.domain.answers import Stage
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy, NumberCeiling
from automaton.domain.recipient import RecipientState
from automaton.ports import TrunkCondition
from automaton.services.forecasts import (
    Foresees,
    assumed_answers,
    foresee,
    held_back,
)
from automaton.services.launches import dry_run, launch
from automaton.services.shares import capacity_now, lines_beside
from automaton.store.rings import waiting_rings
from automaton.store.rivals import Rival
from automaton.store.stages import recipients_of, stages
from tests.services.campaigns.city import City, Told, obey, play
from tests.services.campaigns.test_campaigns_progress import rung_four_times
from tests.store.commune import number

WON = Told(Outcome.ACKNOWLEDGED, keys="1", state=RecipientState.ACKNOWLEDGED)
SILENT = Told(Outcome.NO_ANSWER, sip=480, q850=19, state=RecipientState.WAITING)


@pytest.fixture(params=["city", "city_on_postgres"])
def either(request: pytest.FixtureRequest) -> City:
    """A city on each of the two databases."""
    return request.getfixturevalue(request.param)


def plan_again(city: City, campaign: str, **by: float) -> None:
    """Plan the second try of everybody whose first has ended, and is not final."""
    for case in city.cases(campaign):
        last = case.attempts[-1]
        if case.recipient.state is RecipientState.WAITING and not last.is_open:
            city.commune.add(
                "attempts",
                campaign_id=campaign,
                recipient_id=case.recipient.id,
                contact_point_id=last.contact_point_id,
                e164=last.e164,
                state="planned",
                due_at=city.commune.now + timedelta(**by),
            )


def test_stages_tell_what_ended_what_lives_and_what_is_due(either: City) -> None:
    either.homes(5)
    campaign = either.started()
    play(either, campaign, [WON, WON, SILENT, SILENT, SILENT])
    either.commune.pass_time(minutes=1)
    plan_again(either, campaign, minutes=4)
    found = stages(either.engine, campaign, either.commune.now)
    ended = {(s, o): (t.calls, t.seconds) for (s, o), t in found.seen.ended.items()}
    assert ended == {
        (Stage(), Outcome.ACKNOWLEDGED): (2, 40.0),
        (Stage(), Outcome.NO_ANSWER): (3, 60.0),
    }
    assert {due.stage for due in found.due} == {Stage(1, Outcome.NO_ANSWER)}
    assert sum(due.homes for due in found.due) == 3
    assert found.several == 0
    assert recipients_of(either.engine, campaign) == (5, 2)


def test_a_call_under_way_is_told_with_its_seconds(either: City) -> None:
    either.homes(2)
    campaign = either.started()
    either.commune.claim(campaign, 1)
    either.commune.pass_time(seconds=12)
    found = stages(either.engine, campaign, either.commune.now)
    (live,) = found.seen.live
    assert (live.stage, live.seconds, live.answered) == (Stage(), 12.0, False)
    assert sum(due.homes for due in found.due) == 1


def test_another_number_of_a_home_is_a_stage_of_its_own(either: City) -> None:
    either.commune.home(number(1), number(2))
    campaign = either.started()
    play(either, campaign, [SILENT])
    (case,) = either.cases(campaign)
    other = next(p for p in case.recipient.points if p.e164 == number(2))
    either.commune.add(
        "attempts",
        campaign_id=campaign,
        recipient_id=case.recipient.id,
        contact_point_id=other.id,
        e164=other.e164,
        state="planned",
        due_at=either.commune.now,
    )
    found = stages(either.engine, campaign, either.commune.now)
    assert [due.stage for due in found.due] == [Stage(elsewhere=True)]
    assert found.several == 1


def test_what_comes_back_late_is_expected_late(city: City) -> None:
    city.homes(10)
    campaign = city.started()
    play(city, campaign, [WON] * 5 + [SILENT] * 5)
    plan_again(city, campaign, hours=2)
    card = city.office.desk.card(campaign)
    told = foresee(city.office, card, 5).forecast
    assert told.milestones[90] is not None
    assert told.milestones[90] > city.commune.now + timedelta(hours=2)
    assert 5 < told.reachable < 10


def test_a_milestone_that_has_passed_is_told_as_it_came(city: City) -> None:
    city.homes(10)
    campaign = city.started()
    play(city, campaign, [WON] * 8 + [SILENT] * 2)
    plan_again(city, campaign, hours=2)
    card = city.office.desk.card(campaign)
    told = foresee(city.office, card, 8).forecast
    moments = {r.acknowledged_at for r in city.commune.rows("recipients")} - {None}
    assert told.milestones[50] in moments


def test_homes_that_are_not_planned_yet_are_expected_too(city: City) -> None:
    city.homes(1)
    card = city.office.desk.card(city.started())
    few, many = (foresee(city.office, card, 0, more).forecast for more in (0, 500))
    assert many.reachable > few.reachable + 250


def test_half_a_million_retries_are_few_things_to_hold(either: City) -> None:
    # One row for each was held by the daemon: 280 MB of half a million homes.
    either.homes(6)
    campaign = either.started()
    play(either, campaign, [SILENT] * 6)
    plan_again(either, campaign, hours=2)
    planned = either.commune.rows("attempts", state="planned")
    for index, row in enumerate(planned):
        later = row.due_at + timedelta(milliseconds=index)
        either.commune.change("attempts", row.id, due_at=later)
    (due,) = stages(either.engine, campaign, either.commune.now).due
    assert due.homes == 6


def test_who_waits_for_a_ceiling_is_told_by_the_second(either: City) -> None:
    either.homes(3)
    campaign = either.started()
    rung_four_times(either, campaign)
    ceilings = (NumberCeiling(4, timedelta(hours=2)),)
    plan_again(either, campaign, hours=1)
    card = either.office.desk.card(campaign)
    card = replace(card, policy=replace(card.policy, ceilings=ceilings))
    now = either.commune.now
    (held,) = held_back(either.office, card, now)
    assert held.homes == 3
    assert held.until > now
    since = now - timedelta(hours=2)
    assert not list(waiting_rings(either.engine, campaign, now, since, at_least=5))
    found = list(waiting_rings(either.engine, campaign, now, since, at_least=4))
    assert [(len(one.rings), one.tries) for one in found] == [(4, 4)] * 3


def test_the_engine_is_told_of_what_goes_on_alone(city: City) -> None:
    city.homes(4)
    campaign = city.started()
    foreseer = Foresees(city.office)
    told = foreseer.foresee(campaign)
    assert told is not None
    assert told.made_at == city.commune.now
    assert told.reachable is not None
    assert 2 < told.reachable < 4
    assert set(told.milestones) == {50, 80, 90}
    city.move(campaign, CampaignState.FINISHED)
    assert foreseer.foresee(campaign) is None


def test_a_launch_keeps_how_many_homes_and_who_can_be_reached(city: City) -> None:
    city.homes(20)
    city.on_duty()
    campaign = city.create()
    assert dry_run(city.office, campaign).forecast.reachable > 10
    launch(city.office, campaign, "m.durand")
    obey(city)
    kept = city.office.desk.card(campaign).forecast
    assert kept is not None
    assert kept["homes"] == 20
    assert 10 < kept["reachable"] < 20


def test_two_campaigns_expect_half_the_lines_each(city: City) -> None:
    city.homes(400)
    campaign = city.started()
    card, now = city.office.desk.card(campaign), city.commune.now
    alone = capacity_now(city.office, card, assumed_answers(card), 400, now)
    city.started()
    beside = capacity_now(city.office, card, assumed_answers(card), 400, now)
    assert (alone.lines, beside.lines) == (30, 15)
    assert beside.taken_for == 0


def test_what_is_less_urgent_takes_no_line(city: City) -> None:
    city.homes(400)
    card = city.office.desk.card(city.started())
    city.started(campaign_class=CampaignClass.EXERCISE)
    found = capacity_now(
        city.office, card, assumed_answers(card), 400, city.commune.now
    )
    assert (found.lines, found.taken_for) == (30, 0)


def test_what_is_more_urgent_is_served_first(city: City) -> None:
    city.homes(400)
    card = city.office.desk.card(city.started(campaign_class=CampaignClass.EXERCISE))
    before = foresee(city.office, card, 0).forecast
    city.started()
    found = capacity_now(
        city.office, card, assumed_answers(card), 400, city.commune.now
    )
    assert found.taken_for > 400 / 30 * 20
    after = foresee(city.office, card, 0).forecast
    assert after.milestones[50] is not None
    assert before.milestones[50] is not None
    late = (after.milestones[50] - before.milestones[50]).total_seconds()
    assert late == pytest.approx(found.taken_for, abs=10)


def test_lines_beside_others_are_those_that_the_engine_gives() -> None:
    alert, policy = CampaignClass.ALERT, CallPolicy()
    own = Rival("own", alert, policy, 400)
    assert lines_beside(own, [Rival("b", alert, policy, 4)], 30) == 26
    assert lines_beside(own, [Rival("b", alert, CallPolicy(weight=2), 400)], 30) == 10
    small = Rival("small", alert, policy, 15)
    five = [Rival(str(n), alert, policy, 400) for n in range(4)]
    assert lines_beside(small, five, 30) == 15
    assert lines_beside(small, five, 30, small_first=False) == 6


def test_a_trunk_that_is_left_lends_no_line_and_a_slowed_one_its_rate(
    city: City,
) -> None:
    city.homes(1)
    card, now = city.office.desk.card(city.started()), city.commune.now
    with city.commune.ledger.transaction() as transaction:
        left = TrunkCondition("south", None, now, "trunk_auth", now)
        transaction.note_trunk(left, "main")
        transaction.note_trunk(TrunkCondition("north", 0.5, None, "", now), "main")
    found = capacity_now(city.office, card, assumed_answers(card), 400, now)
    assert (found.lines, found.calls_per_second) == (20, 0.5)


def test_a_longer_message_makes_a_longer_campaign(city: City) -> None:
    city.homes(1)
    card = city.office.desk.card(city.create())
    assert assumed_answers(card).lasts(Outcome.ACKNOWLEDGED) > 20


def test_a_campaign_whose_trunk_has_left_the_settings_is_foreseen_no_end(
    city: City,
) -> None:
    city.homes(4)
    campaign = city.started()
    card = city.office.desk.card(campaign)
    card = replace(card, policy=CallPolicy(trunks=("gone",)))
    found = foresee(city.office, card, 0).forecast
    assert found.ends_at is None
    assert set(found.milestones.values()) == {None}
