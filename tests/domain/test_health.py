"""What a run of outcomes says of a trunk. Seconds are the trunk's own clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest

from automaton.domain.health import (
    BROKEN_SECONDS,
    CALM_SECONDS,
    CARRIED,
    FIRST_CONGESTED_RATE,
    LATELY_SECONDS,
    SAME_WORD,
    SLOWEST,
    STEP_UP,
    Health,
    after,
    after_silence,
    broken,
)
from automaton.domain.outcome import Outcome
from automaton.domain.retry import RULES, TrunkVerdict

SOUND = Health()
CAPPED = Health(ceiling=20.0)


def told(health: Health, facts: Iterable[tuple[Outcome, float]]) -> Health:
    """Return the condition after some outcomes at some seconds."""
    for outcome, second in facts:
        health = after(health, outcome, second)
    return health


def verdict(kind: TrunkVerdict) -> list[Outcome]:
    return [outcome for outcome in Outcome if RULES[outcome].trunk is kind]


@pytest.mark.parametrize("outcome", verdict(TrunkVerdict.SUSPECT))
def test_five_suspicions_within_ten_seconds_break_a_trunk(outcome):
    four = told(SOUND, [(outcome, 100 + n) for n in range(4)])
    assert not four.is_broken
    five = after(four, outcome, 109.0)
    assert (five.is_broken, five.reason) == (True, outcome.value)
    assert five.broken_until == 109.0 + BROKEN_SECONDS


def test_five_timeouts_over_more_than_ten_seconds_break_nothing():
    found = told(SOUND, [(Outcome.TRUNK_TIMEOUT, 100 + n * 2.5) for n in range(20)])
    assert not found.is_broken


def test_five_calls_that_never_rang_break_a_trunk():
    # A trunk that is simply dead told only timeouts of our own: no answer, for ever.
    health = SOUND
    for _ in range(5):
        assert not health.is_broken
        health = after_silence(health, 100.0)
    assert health.is_broken
    assert after_silence(health, 115.0).is_broken


def test_an_operator_that_never_tells_of_ringing_is_not_taken_for_dead():
    health = after(SOUND, Outcome.ACKNOWLEDGED, 100.0)
    for _ in range(20):
        health = after_silence(health, 100.0 + LATELY_SECONDS / 2)
    assert not health.is_broken


def test_a_call_that_was_carried_forgets_the_suspicions():
    four = [(Outcome.TRUNK_TIMEOUT, 100.0)] * 4
    found = told(SOUND, [*four, (Outcome.NO_ANSWER, 101.0), *four])
    assert not found.is_broken


@pytest.mark.parametrize("outcome", verdict(TrunkVerdict.BROKEN))
def test_a_word_about_the_contract_breaks_a_trunk_at_once(outcome):
    found = after(SOUND, outcome, 7.0)
    assert (found.is_broken, found.reason) == (True, outcome.value)
    assert (found.broken_until, found.probed_at) == (7.0 + BROKEN_SECONDS, 7.0)


@pytest.mark.parametrize("outcome", sorted(CARRIED))
def test_a_call_that_was_carried_heals_a_broken_trunk(outcome):
    found = after(broken(SOUND, "trunk_auth", 7.0), outcome, 30.0)
    assert (found.is_broken, found.reason, found.broken_until) == (False, "", None)


@pytest.mark.parametrize(
    ("health", "rate"), [(CAPPED, 10.0), (SOUND, FIRST_CONGESTED_RATE / 2)]
)
def test_congestion_halves_the_rate(health, rate):
    assert after(health, Outcome.CONGESTION, 50.0).rate == rate


def test_several_congestions_of_one_second_are_one():
    found = told(CAPPED, [(Outcome.CONGESTION, 50.0 + n / 10) for n in range(10)])
    assert found.rate == 10.0


def test_congestion_that_goes_on_halves_again_down_to_the_slowest_rate():
    rates = [
        told(CAPPED, [(Outcome.CONGESTION, 50.0 + n) for n in range(count)]).rate
        for count in range(1, 10)
    ]
    assert rates[:3] == [10.0, 5.0, 2.5]
    assert rates[-1] == SLOWEST


# A trunk of one call in ten seconds was once made twice as fast by its congestion.
def test_congestion_never_makes_a_very_slow_trunk_faster():
    found = after(Health(ceiling=0.1), Outcome.CONGESTION, 50.0)
    assert found.rate == 0.1


def test_success_raises_the_rate_step_by_step_and_gives_it_free_at_the_ceiling():
    health, rates = after(CAPPED, Outcome.CONGESTION, 50.0), []
    for step in range(1, 6):
        health = after(health, Outcome.ACKNOWLEDGED, 50.0 + step * CALM_SECONDS)
        rates.append(health.rate)
    assert rates == [12.5, 15.625, 19.53125, None, None]
    assert all(b == a * STEP_UP for a, b in pairwise(rates[:3]))


def test_success_before_ten_calm_seconds_raises_nothing():
    slow = after(CAPPED, Outcome.CONGESTION, 50.0)
    assert after(slow, Outcome.ACKNOWLEDGED, 59.9).rate == 10.0


def test_a_trunk_without_a_ceiling_is_free_again_at_the_first_rate():
    slow = replace(SOUND, rate=FIRST_CONGESTED_RATE / STEP_UP, calm_since=0.0)
    assert after(slow, Outcome.BUSY, CALM_SECONDS).rate is None


def test_twelve_numbers_in_a_row_that_do_not_exist_are_the_trunks_fault():
    eleven = told(
        SOUND, [(Outcome.UNALLOCATED, 10.0 * n) for n in range(SAME_WORD - 1)]
    )
    assert not eleven.is_broken
    twelve = after(eleven, Outcome.UNALLOCATED, 500.0)
    assert (twelve.is_broken, twelve.reason) == (True, "unallocated_burst")


def test_one_carried_call_between_them_makes_numbers_the_fault():
    eleven = [(Outcome.UNALLOCATED, 10.0)] * (SAME_WORD - 1)
    assert not told(SOUND, [*eleven, (Outcome.BUSY, 11.0), *eleven]).is_broken


SAYS_NOTHING = [
    Outcome.UNREACHABLE,
    Outcome.BAD_NUMBER,
    Outcome.OUT_OF_ORDER,
    Outcome.PROTOCOL_GLITCH,
    Outcome.LOCAL_FAILURE,
    Outcome.UNKNOWN,
    Outcome.CANCELLED,
]


@pytest.mark.parametrize("outcome", SAYS_NOTHING)
def test_what_says_nothing_of_the_trunk_changes_nothing(outcome):
    slow = replace(CAPPED, rate=5.0, suspicions=(1.0,), unallocated=3)
    assert after(slow, outcome, 60.0) is slow


def test_every_outcome_is_judged_in_one_way_only():
    kinds = (TrunkVerdict.SUSPECT, TrunkVerdict.BROKEN, TrunkVerdict.CONGESTED)
    judged = [outcome for kind in kinds for outcome in verdict(kind)]
    listed = [
        Outcome.CALLER_ID_REFUSED,
        *judged,
        *SAYS_NOTHING,
        *CARRIED,
        Outcome.UNALLOCATED,
    ]
    assert sorted(listed) == sorted(Outcome)


def test_a_refused_caller_id_stops_the_trunk_that_shows_it():
    assert after(Health(), Outcome.CALLER_ID_REFUSED, 0.0).is_broken
