"""What the forecast promises, worked out by hand where that can be done."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from automaton.domain.answers import Answers, Live, Stage
from automaton.domain.forecast import (
    PARCELS,
    Capacity,
    Due,
    Forecast,
    Work,
    forecast,
    gathered,
)
from automaton.domain.outcome import Outcome
from automaton.domain.retry import RetryPolicy
from automaton.domain.window import CallingHours, Window

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECONDS = dict.fromkeys(Outcome, 30.0)
FIRST, ELSEWHERE = Stage(), Stage(elsewhere=True)
AGAIN = {
    kind: Stage(made, outcome).kind
    for kind, (made, outcome) in {
        "silent": (1, Outcome.NO_ANSWER),
        "silent twice": (2, Outcome.NO_ANSWER),
        "busy": (1, Outcome.BUSY),
    }.items()
}


def after(**passed: float) -> datetime:
    return START + timedelta(**passed)


def homes(count: float, stage: Stage = FIRST, at: datetime = START) -> Due:
    return Due(at, count, stage)


def answers(first: Outcome, *more: tuple[Stage, Outcome]) -> Answers:
    """Everybody's first call comes to one outcome, other stages to theirs."""
    learnt = {FIRST: {first: 1.0}} | {stage: {what: 1.0} for stage, what in more}
    return Answers(SECONDS, learnt)


EVERYBODY = answers(Outcome.ACKNOWLEDGED)
NOBODY = answers(
    Outcome.NO_ANSWER,
    (AGAIN["silent"], Outcome.NO_ANSWER),
    (AGAIN["silent twice"], Outcome.NO_ANSWER),
)


def told(work: Work, lines: int = 10, mix: Answers = EVERYBODY) -> Forecast:
    return forecast(work, Capacity(lines), mix, START)


def test_everybody_confirms_homes_times_seconds_over_lines() -> None:
    found = told(Work((homes(600),)), lines=30)
    assert found.ends_at is not None
    assert abs(found.ends_at - after(seconds=600 * 30 / 30)) < timedelta(seconds=30)
    assert found.reachable == pytest.approx(600)
    assert found.tries == pytest.approx(600)


def test_milestones_come_when_their_share_is_done() -> None:
    found = told(Work((homes(600),)), lines=30)
    half = found.milestones[50]
    assert half is not None
    assert abs(half - after(seconds=315)) < timedelta(seconds=15)
    assert found.milestones[80] < found.milestones[90] < found.ends_at


def test_a_cap_on_calls_a_second_holds_more_than_lines() -> None:
    found = forecast(Work((homes(600),)), Capacity(1000, 2.0), EVERYBODY, START)
    assert found.ends_at == after(seconds=300 + 30)


def test_milestones_are_shares_of_who_can_be_reached() -> None:
    half = Answers(
        SECONDS, {FIRST: {Outcome.ACKNOWLEDGED: 0.5, Outcome.NUMBER_CHANGED: 0.5}}
    )
    found = told(Work((homes(100),)), mix=half)
    assert found.reachable == pytest.approx(50)
    whole = told(Work((homes(100),)))
    for share, at in found.milestones.items():
        assert at is not None
        assert abs(at - whole.milestones[share]) < timedelta(seconds=10)


def test_nobody_answers_and_nothing_is_promised() -> None:
    found = told(Work((homes(10),)), mix=NOBODY)
    assert found.tries == pytest.approx(30)
    assert found.reachable == 0
    assert set(found.milestones.values()) == {None}
    assert found.ends_at is not None
    assert found.ends_at >= after(minutes=20, seconds=90)


def test_tries_made_before_are_not_made_again() -> None:
    work = Work((homes(40, Stage(2, Outcome.NO_ANSWER)),), acknowledged=60)
    found = told(work, mix=NOBODY)
    assert found.tries == pytest.approx(40)
    assert found.reachable == 60


def test_a_milestone_that_has_passed_is_not_expected_any_more() -> None:
    found = told(Work((homes(10),), acknowledged=60))
    assert found.milestones[50] is found.milestones[80] is None
    assert found.milestones[90] is not None


def test_busy_comes_back_before_no_answer() -> None:
    both = Answers(
        SECONDS,
        {
            FIRST: {Outcome.BUSY: 0.5, Outcome.NO_ANSWER: 0.5},
            AGAIN["busy"]: {Outcome.ACKNOWLEDGED: 1.0},
            AGAIN["silent"]: {Outcome.ACKNOWLEDGED: 1.0},
        },
    )
    found = told(Work((homes(100),)), lines=100, mix=both)
    assert found.milestones[50] is not None
    assert found.milestones[50] < after(minutes=5)
    assert found.milestones[80] is not None
    assert found.milestones[80] > after(minutes=5)


def test_a_campaign_may_change_when_somebody_is_tried_again() -> None:
    silent = answers(Outcome.NO_ANSWER, (AGAIN["silent"], Outcome.ACKNOWLEDGED))
    quick = RetryPolicy(every=timedelta(seconds=10))
    found = told(Work((homes(10),), retry=quick), mix=silent)
    assert found.ends_at is not None
    assert found.ends_at < after(seconds=120)


def test_a_second_number_is_tried_at_once() -> None:
    silent = answers(
        Outcome.NO_ANSWER,
        (ELSEWHERE, Outcome.ACKNOWLEDGED),
        (AGAIN["silent"], Outcome.ACKNOWLEDGED),
    )
    one = told(Work((homes(10),)), mix=silent)
    two = told(Work((homes(10),), several=1.0), mix=silent)
    assert one.ends_at is not None
    assert one.ends_at > after(minutes=5)
    assert two.ends_at is not None
    assert two.ends_at < after(seconds=120)


def test_an_uncounted_try_is_one_more_first_try() -> None:
    congested = Answers(
        SECONDS, {FIRST: {Outcome.CONGESTION: 0.5, Outcome.ACKNOWLEDGED: 0.5}}
    )
    found = told(Work((homes(100),)), mix=congested)
    assert found.reachable == pytest.approx(100, abs=2)


def test_calls_under_way_hold_their_lines_and_come_to_something() -> None:
    busy = Work((homes(10),), live=tuple(Live(FIRST, 5.0) for _ in range(10)))
    found, alone = told(busy), told(Work((homes(10),)))
    assert found.reachable == pytest.approx(20)
    assert found.ends_at is not None
    assert alone.ends_at is not None
    assert found.ends_at - alone.ends_at == pytest.approx(
        timedelta(seconds=25), abs=timedelta(seconds=3)
    )


def test_retries_get_their_share_of_the_lines_that_fall_free() -> None:
    mix = Answers(
        SECONDS,
        {
            FIRST: {Outcome.NUMBER_CHANGED: 1.0},
            AGAIN["busy"]: {Outcome.ACKNOWLEDGED: 1.0},
        },
    )
    work = Work((homes(100), homes(10, Stage(1, Outcome.BUSY), after(seconds=1))))
    last = forecast(work, Capacity(10, again=0.0), mix, START).milestones[90]
    early = forecast(work, Capacity(10), mix, START).milestones[90]
    assert last is not None
    assert early is not None
    assert early < after(seconds=180) < last


def test_calling_hours_hold_the_rest_until_the_next_day() -> None:
    window = Window(frozenset(range(7)), time(9), time(10))
    hours = CallingHours((window,), "UTC")
    found = forecast(Work((homes(400),)), Capacity(1), EVERYBODY, START, hours)
    assert found.ends_at is not None
    assert found.ends_at > after(days=3)


def test_hours_that_never_open_promise_nothing() -> None:
    never = CallingHours((Window(frozenset(), time(9), time(10)),), "UTC")
    found = forecast(Work((homes(4),)), Capacity(1), EVERYBODY, START, never)
    assert found.ends_at is None


def test_without_a_line_nothing_is_promised() -> None:
    found = told(Work((homes(4),)), lines=0)
    assert found.ends_at is None
    assert set(found.milestones.values()) == {None}


def test_who_waits_for_a_ceiling_is_rung_when_it_is_over() -> None:
    found = told(Work((homes(1), homes(1, at=after(hours=1)))))
    assert found.ends_at == after(hours=1, seconds=30)


def test_a_large_town_is_told_like_a_small_one() -> None:
    small = told(Work((homes(300),)), lines=30)
    large = told(Work((homes(30_000),)), lines=3000)
    for share, at in small.milestones.items():
        assert at is not None
        assert abs(at - large.milestones[share]) < timedelta(seconds=15)


def test_nothing_to_do_is_over_at_once() -> None:
    found = told(Work(()))
    assert (found.ends_at, found.reachable) == (START, 0)


def test_what_is_over_costs_no_parcel() -> None:
    found = told(replace(Work((homes(0),)), acknowledged=5))
    assert (found.tries, found.reachable) == (0, 5)


def test_a_region_that_comes_back_one_by_one_is_rehearsed_in_parcels() -> None:
    """Each retry is due at a moment of its own: 300,000 took minutes to rehearse."""
    stages = (AGAIN["silent"], AGAIN["busy"])
    single = [homes(1, stages[n % 2], after(seconds=n / 20)) for n in range(6_000)]
    few = gathered(single)
    assert len(few) <= PARCELS + len(stages)
    assert sum(due.homes for due in few) == pytest.approx(6_000)
    mix = answers(
        Outcome.ACKNOWLEDGED, *((one, Outcome.ACKNOWLEDGED) for one in stages)
    )
    exact, found = (told(Work(tuple(due)), 500, mix) for due in (single, few))
    assert found.reachable == pytest.approx(exact.reachable)
    for share, at in exact.milestones.items():
        assert at is not None
        assert abs(found.milestones[share] - at) < timedelta(seconds=15)


def test_what_a_town_has_due_is_rehearsed_as_it_is() -> None:
    single = [homes(1, at=after(seconds=n)) for n in range(300)]
    assert gathered(single) == tuple(single)
