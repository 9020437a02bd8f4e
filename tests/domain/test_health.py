"""What a run of outcomes says of a trunk. Seconds are the trunk's own clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from automaton.domain.health import (
    BROKEN_SECONDS,
    CARRIED,
    LATELY_SECONDS,
    SAME_WORD,
    Health,
    after,
    after_congestion,
    after_silence,
    broken,
    getting_through,
)
from automaton.domain.outcome import Outcome
from automaton.domain.retry import RULES, TrunkVerdict
from automaton.domain.throttle import Seen, Throttle

SOUND = Health()
CAPPED = Health(Throttle(ceiling=20.0))
SEEN = Seen(started=8.0, carried=2.0)


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


def test_congestion_slows_a_trunk_and_what_it_carries_makes_it_faster():
    slow = after_congestion(CAPPED, SEEN, 50.0)
    assert slow.rate == 4.0
    assert (after(slow, Outcome.BUSY, 55.0).rate or 0.0) > 4.0


def test_a_telephone_that_rings_makes_a_slow_trunk_faster_but_not_a_broken_one_sound():
    slow = broken(after_congestion(CAPPED, SEEN, 50.0), "trunk_auth", 51.0)
    found = getting_through(slow, 56.0)
    assert ((found.rate or 0.0) > 4.0, found.is_broken) == (True, True)
    assert getting_through(CAPPED, 56.0) is CAPPED


def test_a_word_of_congestion_is_not_taken_for_the_trunks_before_it_is_known():
    assert after(CAPPED, Outcome.CONGESTION, 50.0) is CAPPED


def test_congestion_leaves_a_broken_trunk_broken():
    left = broken(SOUND, "trunk_auth", 7.0)
    found = after(left, Outcome.CONGESTION, 30.0)
    assert found.broken_until == 30.0 + BROKEN_SECONDS


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
    slow = replace(CAPPED, suspicions=(1.0,), unallocated=3)
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
