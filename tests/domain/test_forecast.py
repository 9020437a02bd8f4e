"""What the forecast promises, worked out by hand where that can be done."""

from datetime import UTC, datetime, time, timedelta

import pytest

from automaton.domain.forecast import (
    AnswerMix,
    Capacity,
    Work,
    expected_mix,
    forecast,
    measured_mix,
)
from automaton.domain.outcome import Outcome
from automaton.domain.window import CallingHours, Window

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EVERYBODY = AnswerMix((1.0,), 0.0, 30.0, 30.0)
NOBODY = AnswerMix((0.0,), 0.0, 30.0, 30.0)


def after(**passed: float) -> datetime:
    return START + timedelta(**passed)


def test_everybody_confirms_homes_times_seconds_over_lines() -> None:
    told = forecast(Work((600.0,)), Capacity(30), EVERYBODY, START)
    assert told.ends_at == after(seconds=600 * 30 / 30 + 30)
    assert told.acknowledged == pytest.approx(600)
    assert told.tries == pytest.approx(600)


def test_milestones_come_when_their_share_is_done() -> None:
    told = forecast(Work((600.0,)), Capacity(30), EVERYBODY, START)
    half = told.milestones[50]
    assert half is not None
    assert half - START == pytest.approx(timedelta(seconds=330), abs=timedelta(0, 5))
    assert told.milestones[80] < told.milestones[90] < told.ends_at


def test_a_cap_on_calls_a_second_holds_more_than_lines() -> None:
    told = forecast(Work((600.0,)), Capacity(1000, 2.0), EVERYBODY, START)
    assert told.ends_at == after(seconds=300 + 30)


def test_nobody_answers_every_try_is_made_and_no_milestone_is_promised() -> None:
    work = Work((10.0,), tries=3, delay=timedelta(minutes=10))
    told = forecast(work, Capacity(10), NOBODY, START)
    assert told.tries == pytest.approx(30)
    assert told.acknowledged == 0
    assert set(told.milestones.values()) == {None}
    assert told.ends_at is not None
    assert told.ends_at >= after(minutes=20, seconds=90)


def test_tries_made_before_are_not_made_again() -> None:
    work = Work((0.0, 0.0, 40.0), acknowledged=60, tries=3)
    told = forecast(work, Capacity(10), NOBODY, START)
    assert told.tries == pytest.approx(40)
    assert told.acknowledged == 60


def test_a_milestone_already_passed_needs_one_more_word_only() -> None:
    told = forecast(Work((1.0,), acknowledged=99), Capacity(1), EVERYBODY, START)
    assert told.milestones[90] == told.ends_at


def test_homes_without_a_telephone_do_not_come_back() -> None:
    mix = AnswerMix((0.5,), 0.5, 30.0, 30.0)
    assert forecast(Work((100.0,)), Capacity(10), mix, START).tries == 100


def test_calling_hours_hold_the_rest_until_the_next_day() -> None:
    window = Window(frozenset(range(7)), time(9), time(10))
    hours = CallingHours((window,), "UTC")
    told = forecast(Work((400.0,)), Capacity(1), EVERYBODY, START, hours)
    assert told.ends_at is not None
    assert told.ends_at > after(days=3)


def test_hours_that_never_open_promise_no_end() -> None:
    never = CallingHours((Window(frozenset(), time(9), time(10)),), "UTC")
    told = forecast(Work((400.0,)), Capacity(1), EVERYBODY, START, never)
    assert told.ends_at is None


def test_no_line_at_all_promises_no_end() -> None:
    assert forecast(Work((4.0,)), Capacity(0), EVERYBODY, START).ends_at is None


def test_nothing_left_to_do_ends_now() -> None:
    told = forecast(Work((0.0,), acknowledged=3), Capacity(1), EVERYBODY, START)
    assert (told.ends_at, told.acknowledged) == (START, 3)


def test_longer_messages_hold_lines_longer() -> None:
    short, long = (expected_mix(s, 30, 3, 8) for s in (6.0, 60.0))
    assert short.success_seconds < long.success_seconds
    assert short.other_seconds < long.other_seconds


def test_a_few_measured_tries_hardly_move_the_mix_and_many_rule_it() -> None:
    mix = AnswerMix()
    few = measured_mix(mix, {Outcome.NO_ANSWER: 1}, None)
    many = measured_mix(mix, {Outcome.NO_ANSWER: 100_000}, 4.0)
    assert few.acknowledged[0] == pytest.approx(mix.acknowledged[0], abs=0.01)
    assert many.acknowledged[0] == pytest.approx(0, abs=0.001)
    assert many.seconds(0) == pytest.approx(4.0, abs=0.1)


def test_nothing_measured_changes_nothing() -> None:
    assert measured_mix(AnswerMix(), {}, None) == AnswerMix()
