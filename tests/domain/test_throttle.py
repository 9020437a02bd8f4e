"""How a rate is learned from words of congestion and from calls that went well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automaton.domain.throttle import (
    CALM_SECONDS,
    LONGEST_HOLD,
    NEAR,
    REACTION,
    SLOWEST,
    Seen,
    Throttle,
    choked,
    went_well,
)

FREE = Throttle()
CROWD = Seen(started=12.0, carried=2.0)


def carried_until(throttle: Throttle, since: float, seconds: float) -> Throttle:
    """Return what follows from calls that go well, ten a second."""
    for tenth in range(1, round(seconds * 10) + 1):
        throttle = went_well(throttle, since + tenth / 10)
    return throttle


def test_congestion_halves_what_was_really_sent():
    assert choked(FREE, CROWD, 100.0).rate == 6.0


def test_a_rate_that_is_higher_than_what_was_sent_is_not_what_is_halved():
    idle = Throttle(rate=40.0, ceiling=50.0)
    assert choked(idle, Seen(started=8.0, carried=1.0), 100.0).rate == 4.0


def test_several_cuts_in_a_row_end_at_half_of_what_is_carried():
    throttle = FREE
    for cut in range(8):
        seen = Seen(started=throttle.rate or 12.0, carried=4.0)
        throttle = choked(throttle, seen, 100.0 + 3 * cut)
    assert (throttle.rate, throttle.choked_at) == (2.0, 4.0)


def test_nothing_is_slowed_below_the_slowest_rate():
    assert choked(FREE, Seen(0.2, 0.0), 100.0).rate == SLOWEST


# A trunk of one call in ten seconds was once made twice as fast by its congestion.
def test_congestion_never_makes_a_very_slow_trunk_faster():
    assert choked(Throttle(ceiling=0.1), Seen(0.1, 0.0), 50.0).rate == 0.1


def test_words_on_calls_sent_before_the_cut_change_nothing():
    cut = choked(FREE, CROWD, 100.0)
    assert choked(cut, CROWD, 100.0 + REACTION / 2) == cut
    assert choked(cut, CROWD, 100.0 + REACTION) != cut


def test_it_comes_back_to_nine_tenths_in_six_seconds_and_then_creeps():
    cut = choked(FREE, Seen(started=8.0, carried=8.0), 100.0)
    assert (cut.rate, cut.choked_at) == (4.0, 8.0)
    back = carried_until(cut, 100.0, 8.0)
    assert back.rate == pytest.approx(NEAR * 8.0)
    assert carried_until(back, 108.0, 2.5).rate == back.rate
    assert carried_until(back, 108.0, 3.5).rate == pytest.approx(7.36)


def test_nothing_is_raised_where_nothing_is_carried():
    cut = choked(FREE, CROWD, 100.0)
    assert cut.rate == went_well(cut, 100.0 + REACTION / 2).rate


def test_an_exchange_that_has_healed_is_free_again_within_two_minutes():
    cut = choked(FREE, Seen(started=8.0, carried=4.0), 100.0)
    assert carried_until(cut, 100.0, CALM_SECONDS).rate is not None
    assert carried_until(cut, 100.0, 125.0).rate is None


def test_a_rate_is_free_again_at_its_ceiling():
    cut = choked(Throttle(ceiling=8.0), Seen(started=8.0, carried=7.9), 100.0)
    back = carried_until(cut, 100.0, 40.0)
    assert (back.rate, back.ceiling) == (None, 8.0)


def test_a_retry_after_holds_but_not_for_long():
    assert choked(FREE, CROWD, 100.0, retry_after=7.0).held_until == 107.0
    hostile = choked(FREE, CROWD, 100.0, retry_after=86_400.0)
    assert hostile.held_until == 100.0 + LONGEST_HOLD


def test_a_later_shorter_hold_does_not_end_the_longer_one():
    cut = choked(FREE, CROWD, 100.0, retry_after=60.0)
    assert choked(cut, CROWD, 101.0, retry_after=2.0).held_until == 160.0


def test_nothing_is_raised_while_it_is_held():
    cut = choked(FREE, CROWD, 100.0, retry_after=60.0)
    assert went_well(cut, 159.0) is cut
    assert (went_well(cut, 160.0).rate or 0.0) > (cut.rate or 0.0)


def test_what_never_choked_is_left_alone():
    assert went_well(FREE, 5.0) is FREE


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["word", "well"]),
            st.floats(0.0, 30.0),
            st.floats(0.0, 300.0),
            st.floats(0.0, 300.0),
        ),
        max_size=60,
    ),
    st.none() | st.floats(0.1, 100.0),
)
def test_a_rate_stays_between_the_slowest_and_the_ceiling(facts, ceiling):
    throttle, now = Throttle(ceiling=ceiling), 0.0
    for what, passed, started, carried in facts:
        now += passed
        if what == "word":
            throttle = choked(throttle, Seen(started, carried), now)
        else:
            throttle = went_well(throttle, now)
        rate = throttle.rate
        assert rate is None or rate >= min(SLOWEST, ceiling or SLOWEST)
        assert rate is None or ceiling is None or rate <= ceiling
