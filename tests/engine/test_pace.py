"""How many calls may start at a moment."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from math import floor

import pytest

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import Campaign, CampaignClass, CampaignState
from automaton.domain.health import Health
from automaton.domain.policy import CallPolicy
from automaton.domain.throttle import Throttle
from automaton.domain.trunk import Trunk
from automaton.engine.calls.session import Sessions
from automaton.engine.lines.dispatch import MOST, SPREAD, Dispatch
from automaton.engine.lines.hold import Lines
from automaton.engine.lines.pace import (
    FILLING,
    GROUPING,
    MOST_JITTER,
    Bucket,
    Grouping,
    LearnedPace,
    Pace,
    Spacing,
    burst_of_cap,
)
from automaton.engine.lines.safeguard import Safeguard


def node_pace() -> Pace:
    return Pace(*(Bucket(*rate, now=0.0) for rate in (MOST, SPREAD)))


def starts(pace: Pace, seconds: float, step: float = 0.01) -> int:
    """Return how many start if all that may do so, from the beginning on."""
    total = 0
    for beat in range(round(seconds / step) + 1):
        now = beat * step
        count = pace.available(now)
        pace.take(count, now)
        total += count
    return total


def test_a_crowd_does_not_leave_at_once():
    # Two hundred calls that left together also ended together: Asterisk was busy with
    # them while every other line waited.
    assert node_pace().available(0.0) == SPREAD.at_once


def test_no_more_start_in_the_long_run_than_one_asterisk_bears():
    assert starts(node_pace(), 10.0) <= MOST.at_once + 10 * MOST.a_second


def test_the_slowest_bucket_tells_how_long_to_wait():
    pace = Pace(Bucket(10.0, 1.0, 0.0), Bucket(2.0, 1.0, 0.0))
    pace.take(1, 0.0)
    assert pace.wait(0.0) == 0.5


@pytest.mark.parametrize(
    ("since", "is_for_a_line", "wait"),
    [
        (0.0, False, GROUPING),
        (0.0, True, FILLING),
        (FILLING, False, GROUPING - FILLING),
        (FILLING, True, 0.0),
        (GROUPING, False, 0.0),
    ],
)
def test_facts_wait_for_company_and_a_free_line_less_long(since, is_for_a_line, wait):
    grouping = Grouping()
    assert grouping.wait(0.0, is_for_a_line) <= 0.0
    grouping.written(100.0)
    assert grouping.wait(100.0 + since, is_for_a_line) == pytest.approx(wait)


def dispatch_of(*trunks: Trunk) -> Dispatch:
    return Dispatch(trunks, Lines(trunks), Safeguard(trunks), 0.0)


def test_a_crowd_does_not_leave_at_once_by_several_trunks_either():
    # Each trunk was given all that one Asterisk bears at once.
    dispatch = dispatch_of(Trunk("east", 100, 0), Trunk("west", 100, 0))
    kind, runs = CampaignClass.ALERT, CampaignState.RUNNING
    campaign = Campaign("flood", "c", "Flood", kind, runs, CallPolicy(), ())
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    intent = dispatch.intent([campaign], Sessions(), noon, 0.0)
    assert [want.limit for want in intent.wants] == [SPREAD.at_once]


def test_nothing_is_dialled_behind_an_order_that_asterisk_leaves_unanswered():
    # A link that stood still for 30 s let all its orders go at once: four calls in a
    # second on a trunk that bears two.
    trunk = Trunk("operator", 10)
    dispatch = dispatch_of(trunk)
    dispatch.sent("first", trunk, 0.0)
    assert dispatch.capacity(0.9) == {"operator": 9}
    assert dispatch.capacity(1.1) == {}
    dispatch.answered("first", "operator", 1.2)
    assert dispatch.capacity(1.3) == {"operator": 9}


def test_one_link_holds_all_that_ring_by_it_and_nothing_else():
    # A message that another channel took its time for kept every telephone waiting.
    north, south = Trunk("north", 10), Trunk("south", 10)
    letters = Trunk("letters", 10, rings=False)
    dispatch = dispatch_of(north, south, letters)
    dispatch.sent("a letter", letters, 0.0)
    assert set(dispatch.capacity(5.0)) == {"north", "south", "letters"}
    dispatch.sent("a call", north, 5.0)
    assert set(dispatch.capacity(6.1)) == {"letters"}


def test_an_order_that_was_held_back_pays_for_its_start_again():
    trunk = Trunk("operator", 10, calls_per_second=2.0)
    dispatch = dispatch_of(trunk)
    dispatch.sent("first", trunk, 0.0)
    dispatch.answered("first", "operator", 5.0)
    assert dispatch.wait(5.0) == pytest.approx(0.45)
    assert dispatch.delay("operator", 5.45) >= 0.05


def departures(rate: float, seconds: float, beat: float) -> list[float]:
    """Return when calls leave that a bucket allows, where all beats claim what it does.

    Each beat is a little late, as real ones are.
    """
    bucket, spacing = Bucket(rate, burst_of_cap(rate), 0.0), Spacing()
    left, now = [], 0.0
    while now < seconds:
        count = bucket.available(now)
        bucket.take(count, now)
        left += [now + spacing.wait(rate, now) for _ in range(count)]
        now += beat + random.uniform(0.0, beat / 2)
    return left


@pytest.mark.parametrize(
    ("rate", "beat"),
    [(r, 0.025) for r in (100.0, 30.0, 7.0, 2.0, 0.5)] + [(150.0, 0.12), (40.0, 0.12)],
)
def test_a_rate_is_reached_and_no_second_and_no_ten_have_more(rate, beat):
    # Of a hundred a second fewer than fifty started: a beat takes 20 ms at best, and
    # 0.1 s on a busy machine.
    left = departures(rate, 40.0, beat)
    assert len(left) >= 0.98 * rate * 40
    assert left == sorted(left)
    for span, most in ((1.0, rate + 1), (9.95, max(1, 10 * rate))):
        for first, last in zip(left, left[floor(most) :], strict=False):
            assert last - first >= span


def test_calls_that_were_claimed_together_leave_one_by_one():
    spacing = Spacing()
    waits = [spacing.wait(20.0, 5.0) for _ in range(4)]
    for rank, wait in enumerate(waits):
        assert rank / 20 <= wait <= rank / 20 + MOST_JITTER


def test_a_call_leaves_as_slowly_as_the_slower_rate_wants():
    # The cap of its operator, and what the trunk was found to take.
    trunk = Trunk("operator", 10, calls_per_second=10.0)
    safeguard = Safeguard((trunk,))
    dispatch = Dispatch((trunk,), Lines((trunk,)), safeguard, 0.0)
    slow = Throttle(rate=2.0, ceiling=10.0, choked_at=4.0)
    safeguard._set("operator", replace(Health(), throttle=slow))
    dispatch.delay("operator", 5.0)
    assert dispatch.delay("operator", 5.0) >= 0.5


def test_who_would_wait_for_seconds_is_not_claimed_yet():
    # An order that waited for 2.7 s would go back, and be claimed again at once.
    spacing = Spacing()
    assert spacing.soon(0.2, 5.0) == 1
    spacing.wait(0.2, 5.0)
    assert spacing.soon(0.2, 8.9) == 0
    assert spacing.soon(0.2, 9.1) == 1
    assert spacing.soon(20.0, 9.1) == 21


def test_a_rate_that_rises_is_not_waited_for_at_the_old_one():
    # Of a node that had no line of a trunk, and has been given some.
    spacing = Spacing()
    spacing.wait(0.001, 5.0)
    assert spacing.wait(10.0, 6.0) <= MOST_JITTER


def test_a_part_of_the_lines_brings_a_part_of_the_calls():
    trunk = Trunk("operator", 10, 0, calls_per_second=6.0)
    dispatch = dispatch_of(trunk)
    dispatch.slow("operator", 3, 4, zero=0.0, now=0.0)
    assert dispatch.rate("operator") == pytest.approx(2.4)
    before = 0.0
    for _ in range(24):
        before += dispatch.delay("operator", before)
    assert 9.5 <= before <= 10.5
    dispatch.slow("operator", 3, 0, zero=0.0, now=20.0)
    assert dispatch.capacity(20.0) == {}


@pytest.mark.parametrize("held", [(4, 3, 3), (8, 1, 1), (1,) * 10])
@pytest.mark.parametrize("cap", [1.0, 2.0, 10.0, 60.0])
def test_nodes_that_share_a_trunk_start_no_more_a_second_than_one_alone(cap, held):
    # Each kept to its part, and all of them at the same moments: twenty nodes started
    # twenty calls in one second by a trunk that takes ten.
    trunk = Trunk("operator", 10, 0, calls_per_second=cap)
    nodes = [dispatch_of(trunk) for _ in held]
    for index, (node, part) in enumerate(zip(nodes, held, strict=True)):
        node.slow("operator", sum(held[:index]), part, zero=-1e9, now=0.0)
    left, now = [], 0.0
    while now < 40:
        for node in nodes:
            for _ in range(node.capacity(now).get("operator", 0)):
                node._buckets["operator"].take(1, now)
                left.append(now + node.delay("operator", now))
        now += 0.025 + random.uniform(0.0, 0.0125)
    left.sort()
    assert len(left) >= 0.95 * cap * 40
    for span, most in ((1.0, cap + 1), (9.95, 10 * cap)):
        for first, last in zip(left, left[floor(most) :], strict=False):
            assert last - first >= span - MOST_JITTER


def test_calls_without_a_rate_leave_at_once():
    assert Spacing().wait(None, 5.0) == 0.0


def test_a_learned_rate_begins_with_nothing_and_keeps_what_it_has():
    learned = LearnedPace()
    assert learned.at(None, 100.0) is None
    slow = learned.at(2.0, 100.0)
    assert slow is not None
    assert slow.available(100.4) == 0
    assert slow.available(100.5) == 1
    faster = learned.at(4.0, 100.5)
    assert faster is slow
    assert faster.available(100.5) == 1
    assert learned.at(None, 101.0) is None


def test_a_learned_rate_tells_how_long_to_wait():
    # Where a trunk choked the loop looked four times a second, whatever it had learned.
    trunk = Trunk("operator", 10)
    safeguard = Safeguard((trunk,))
    dispatch = Dispatch((trunk,), Lines((trunk,)), safeguard, 0.0)
    guarded = safeguard._guarded["operator"]
    slow = Throttle(rate=2.0, choked_at=4.0)
    safeguard._set("operator", replace(guarded.health, throttle=slow))
    assert dispatch.wait(100.0) == 0.5
    held = replace(slow, held_until=107.0)
    safeguard._set("operator", replace(guarded.health, throttle=held))
    assert dispatch.wait(100.0) == 7.0
    assert dispatch.capacity(103.0) == {}
    assert dispatch.capacity(107.5) == {"operator": 1}


def test_a_call_on_a_trunk_that_chokes_uses_up_what_it_takes():
    trunk = Trunk("operator", 10)
    safeguard = Safeguard((trunk,))
    slow = Throttle(rate=2.0, choked_at=4.0)
    safeguard._set("operator", replace(Health(), throttle=slow))
    assert safeguard.starts("operator", 100.0) == 0
    assert safeguard.starts("operator", 100.5) == 1
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    attempt = Attempt("a", "c", "r", "p", "+33199000001", now)
    safeguard.started(attempt, "operator", 100.5)
    assert safeguard.starts("operator", 100.6) == 0
