"""What a screen is told while a campaign runs."""

from datetime import datetime, timedelta

from sqlalchemy import text

import automaton.store.standing as store
from automaton.domain.campaign import CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.put_off import PutOff
from automaton.domain.recipient import RecipientState
from automaton.services.progress import FORECAST_AGE, ProgressView, progress
from tests.services.campaigns.city import City, Told, play


def plan_again(city: City, campaign: str, due_at: datetime) -> None:
    """Plan one more call to each home."""
    for case in city.cases(campaign):
        last = case.attempts[-1]
        city.commune.add(
            "attempts",
            campaign_id=campaign,
            recipient_id=case.recipient.id,
            contact_point_id=last.contact_point_id,
            e164=last.e164,
            state="planned",
            due_at=due_at,
        )


def rung_four_times(city: City, campaign: str) -> None:
    """Let each home be rung in vain four times within the last hour."""
    now = city.commune.now
    in_vain = Told(Outcome.NO_ANSWER, after=-3600, state=RecipientState.WAITING)
    for one in play(city, campaign, [in_vain] * len(city.cases(campaign))):
        for minutes in (50, 45, 41):
            at = now - timedelta(minutes=minutes)
            city.commune.add(
                "attempts",
                campaign_id=campaign,
                recipient_id=one.recipient_id,
                contact_point_id=one.contact_point_id,
                e164=one.e164,
                state="ended",
                outcome="no_answer",
                due_at=at,
                claimed_at=at,
                rang_at=at,
                ended_at=at + timedelta(seconds=30),
            )


def test_a_running_campaign_is_counted(city: City) -> None:
    city.homes(10)
    campaign = city.started(lines=8)
    script = [
        Told(Outcome.ACKNOWLEDGED, keys="1", state=RecipientState.ACKNOWLEDGED)
    ] * 4 + [Told(Outcome.NO_ANSWER, seconds=30)] * 6
    play(city, campaign, script)
    city.commune.pass_time(seconds=40)
    told = progress(city.office, campaign)
    assert (told.name, told.state) == ("Crue de la Brume", CampaignState.RUNNING)
    assert told.by_state == {
        RecipientState.ACKNOWLEDGED: 4,
        RecipientState.EXHAUSTED: 6,
    }
    assert told.by_outcome == {Outcome.ACKNOWLEDGED: 4, Outcome.NO_ANSWER: 6}
    assert (told.recipients, told.finished, told.acknowledged) == (10, 10, 4)
    assert (told.ended_calls, told.calls_a_minute) == (10, 10)
    assert (told.lines_in_use, told.lines, told.planned) == (0, 8, True)
    city.commune.pass_time(seconds=40)
    assert progress(city.office, campaign).calls_a_minute == 0


def test_lines_in_use_and_what_is_due_next(city: City) -> None:
    city.homes(5)
    campaign = city.started()
    city.commune.claim(campaign, limit=3)
    told = progress(city.office, campaign)
    assert told.lines_in_use == 3
    assert told.by_state[RecipientState.TRYING] == 3
    assert told.next_due == city.commune.now
    assert {event.what for event in told.events} == {"claimed"}


def test_no_more_lines_are_in_use_than_there_are(city: City) -> None:
    city.homes(40)
    campaign = city.started()
    city.commune.claim(campaign, limit=35)  # some of them wait for their line
    told = progress(city.office, campaign)
    assert told.lines_in_use == told.lines < 35


def test_the_last_events_are_the_newest_with_masked_numbers(city: City) -> None:
    city.homes(30)
    campaign = city.started()
    script = [Told(Outcome.BUSY, after=index, seconds=3) for index in range(30)]
    play(city, campaign, script)
    city.commune.pass_time(minutes=1)
    events = progress(city.office, campaign).events
    assert [event.at for event in events] == sorted(
        (event.at for event in events), reverse=True
    )
    assert events[0].at == city.commune.now + timedelta(seconds=32 - 60)
    assert events[0].what == "busy"
    assert "••" in events[0].number


def test_what_was_seen_corrects_the_forecast(city: City) -> None:
    city.homes(40)
    campaign = city.started(lines=1)
    before = progress(city.office, campaign).forecast
    assert before is not None
    assert before.ends_at is not None
    won = Told(Outcome.ACKNOWLEDGED, keys="1", state=RecipientState.ACKNOWLEDGED)
    open_still = Told(Outcome.NO_ANSWER, state=RecipientState.WAITING)
    play(city, campaign, [won] * 30 + [open_still] * 10)
    plan_again(city, campaign, city.commune.now + timedelta(minutes=5))
    after = progress(city.office, campaign).forecast
    assert after is not None
    assert after.ends_at is not None
    assert after.ends_at < before.ends_at
    assert after.reachable > 30


def test_no_end_is_told_before_the_next_call(city: City) -> None:
    # "End expected at 10:01", and the next call was due at 10:05.
    city.homes(2)
    campaign = city.started()
    open_still = Told(Outcome.NO_ANSWER, after=-120, state=RecipientState.WAITING)
    play(city, campaign, [open_still] * 2)
    later = city.commune.now + timedelta(hours=3)
    plan_again(city, campaign, later)
    told = progress(city.office, campaign)
    assert told.next_due == later
    assert told.forecast is not None
    assert told.forecast.ends_at is not None
    assert told.forecast.ends_at > later


def test_homes_put_off_by_a_ceiling_are_told(city: City) -> None:
    city.homes(2)
    campaign = city.started()
    now = city.commune.now
    rung_four_times(city, campaign)
    plan_again(city, campaign, now + timedelta(minutes=5))
    told = progress(city.office, campaign)
    assert told.put_off == PutOff(2, now + timedelta(hours=1))
    assert told.forecast is not None
    assert told.forecast.ends_at is not None
    assert told.forecast.ends_at > told.put_off.until


def test_the_forecast_is_worked_out_anew_every_five_seconds(city: City) -> None:
    city.homes(3)
    view = ProgressView(city.office, city.started())
    first = view.look().forecast
    city.commune.clock.move(FORECAST_AGE / 2)
    assert view.look().forecast is first
    city.commune.clock.move(FORECAST_AGE / 2)
    assert view.look().forecast is not first


def test_where_nothing_goes_on_nothing_is_forecast(city: City) -> None:
    city.homes(1)
    told = progress(city.office, city.create())
    assert (told.forecast, told.recipients, told.events) == (None, 0, ())


def test_each_count_is_answered_by_its_index(city: City) -> None:
    used = {
        "ix_recipients_campaign_id_state": store._BY_STATE,
        "ix_attempts_campaign_id_outcome": store._BY_OUTCOME,
        "ix_attempts_taken": store._TAKEN,
        "ix_attempts_left": store._LEFT,
        "ix_attempts_queue": store._NEXT,
    }
    with city.engine.connect() as connection:
        for index, statement in used.items():
            compiled = statement.compile(connection)
            question = f"EXPLAIN QUERY PLAN {compiled.string}".replace("?", ":q")
            explained = text(question)
            plan = connection.execute(explained, {"q": 0}).all()
            assert index in str(plan)
