"""How many calls may start at a moment."""

import pytest

from automaton.domain.trunk import Trunk
from automaton.engine.dispatch import MOST, SPREAD, Dispatch
from automaton.engine.pace import FILLING, GROUPING, Bucket, Grouping, Lines, Pace
from automaton.engine.safeguard import Safeguard


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
    assert dispatch.wait(5.0) == 0.5
