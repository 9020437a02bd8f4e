"""Whether far fewer calls get through than did before."""

from __future__ import annotations

import pytest

from automaton.domain.reach import BLOCK, ENOUGH, Reach, after_end


def told(reach: Reach, through: int, ended: int, exchange: str = "a") -> Reach:
    """Return what is known after some calls, those that got through first."""
    for index in range(ended):
        reach = after_end(reach, exchange, index < through)
    return reach


def blocks(*through: int) -> Reach:
    reach = Reach()
    for count in through:
        reach = told(reach, count, BLOCK)
    return reach


def test_a_fall_by_half_is_told_once():
    fallen = blocks(24, 24, 11)
    assert fallen.has_fallen
    assert not after_end(fallen, "a", got_through=False).has_fallen


@pytest.mark.parametrize("through", [(24, 24, 13), (24, 11), (8, 8, 1), (0, 0, 0)])
def test_what_falls_less_or_was_never_known_is_no_word(through):
    # One block is fewer than the calls that are needed to know what is usual.
    assert BLOCK < ENOUGH
    assert not blocks(*through).has_fallen


def test_after_a_fall_the_good_calls_are_still_the_measure():
    assert blocks(24, 24, 0, 0).has_fallen


def test_it_knows_in_which_exchanges_calls_got_stuck():
    reach = told(told(Reach(), 0, 2, "a"), 1, 1, "b")
    assert reach.failing == {"a"}
