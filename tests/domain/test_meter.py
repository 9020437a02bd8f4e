"""How many a second, over the last seconds."""

from __future__ import annotations

import pytest

from automaton.domain.meter import SPAN, Meter


def counted(*moments: float) -> Meter:
    meter = Meter()
    for now in moments:
        meter = meter.plus(now)
    return meter


def test_what_has_just_been_is_counted_in_full():
    assert counted(*[100.5] * 60).rate(100.6, 5) == 12.0


def test_an_even_rate_is_told_as_it_is():
    meter = counted(*(100 + n / 4 for n in range(80)))
    assert meter.rate(120.0, 5) == pytest.approx(4.0, abs=0.2)
    assert meter.rate(120.0, 10) == pytest.approx(4.0, abs=0.2)


@pytest.mark.parametrize("seconds", [5, 10])
def test_what_is_older_than_asked_for_is_forgotten(seconds):
    meter = counted(100.0)
    assert meter.rate(100.0 + seconds - 0.1, seconds) > 0
    assert meter.rate(100.0 + seconds + 1, seconds) == 0


def test_a_long_silence_leaves_nothing():
    assert counted(100.0).plus(100.0 + 3 * SPAN).rate(100.0 + 3 * SPAN, 10) == 0.1


def test_a_moment_that_comes_late_counts_for_the_latest_second():
    assert counted(101.0, 100.9).rate(101.0, 5) == pytest.approx(0.4)
