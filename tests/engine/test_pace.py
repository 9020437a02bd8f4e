"""How many calls may start at a moment."""

from automaton.engine.dispatch import MOST, SPREAD
from automaton.engine.pace import Bucket, Pace


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
