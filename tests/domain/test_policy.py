"""What one campaign may change about its calls, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

from automaton.domain.policy import CallPolicy


def test_the_longest_call_is_its_ring_its_talk_and_the_goodbye():
    policy = CallPolicy(ring=timedelta(seconds=10), talk=timedelta(seconds=60))
    assert policy.longest_call == timedelta(seconds=110)


def test_a_number_rings_at_most_four_times_in_two_hours_and_six_a_day():
    told = [(ceiling.calls, ceiling.within) for ceiling in CallPolicy().ceilings]
    assert told == [(4, timedelta(hours=2)), (6, timedelta(days=1))]
