"""Lines are shared by class, then by weight, and the small go first."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from heapq import heappop, heappush
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from automaton.domain.fairness import HEAVIEST, Claimant, shares

LINES = 200


def many(id_: str, held: int = 0, weight: int = 1, urgency: int = 3) -> Claimant:
    return Claimant(id_, urgency, weight, held, LINES)


def few(id_: str, due: int, held: int = 0, urgency: int = 3) -> Claimant:
    return Claimant(id_, urgency, 1, held, LINES, due)


def test_who_is_alone_takes_all_that_it_may() -> None:
    assert shares([many("a")], 30, LINES) == {"a": 30}
    assert shares([replace(many("a"), most=12)], 30, LINES) == {"a": 12}
    assert shares([], 30, LINES) == {}


def test_lines_are_held_by_weight() -> None:
    heavy, light = many("heavy", weight=3), many("light")
    assert shares([light, heavy], LINES, LINES) == {"light": 50, "heavy": 150}


def test_what_is_held_already_counts() -> None:
    """Long calls get no more lines than short ones, only more rarely a new one."""
    assert shares([many("a", held=90), many("b", held=10)], 20, LINES) == {
        "b": 20,
        "a": 0,
    }
    assert shares([many("a", held=90), many("b", held=88)], 10, LINES) == {
        "b": 6,
        "a": 4,
    }


def test_who_claims_first_is_who_has_least() -> None:
    assert list(shares([many("a", held=3), many("b", held=1)], 9, LINES)) == ["b", "a"]


def test_a_more_urgent_class_claims_first_and_the_others_find_what_it_left() -> None:
    given = shares([many("info", weight=9), many("alert", urgency=0)], 40, LINES)
    assert list(given.items()) == [("alert", 40), ("info", 40)]


def test_a_small_campaign_is_served_first_up_to_half_of_the_lines() -> None:
    big = [many(f"big {i}", held=40) for i in range(5)]
    assert shares([*big, few("small", 50)], 70, LINES)["small"] == 50
    assert shares([*big, few("small", 150)], 200, LINES)["small"] == 100
    held = few("small", 60, held=90)
    assert shares([*big, held], 30, LINES)["small"] == 10
    assert next(iter(shares([*big, held], 30, LINES))) == "small"


def test_without_small_first_it_has_the_share_of_its_weight() -> None:
    big = [many(f"big {i}", held=40) for i in range(5)]
    given = shares([*big, few("small", 50)], 70, LINES, small_first=False)
    assert given["small"] == 45
    assert set(given.values()) == {45, 5}


def test_two_small_ones_share_their_half() -> None:
    given = shares([many("big"), few("b", 90), few("a", 70)], 200, LINES)
    assert given["a"] == 70
    assert given["b"] == 65  # 30 of the half, then line by line with the big one
    assert given["big"] == 65


def test_where_all_are_small_nobody_goes_first() -> None:
    assert shares([few("a", 9), few("b", 150)], 10, LINES) == {"a": 5, "b": 5}


def test_more_is_offered_than_is_known_to_be_due() -> None:
    """The count is an estimate: what fell due since may leave all the same."""
    assert shares([few("a", 0), few("b", 3)], 10, LINES) == {"a": 5, "b": 5}


def seconds_of_the_small(big: int, *, small_first: bool = True) -> float:
    """Ring 50 homes beside so many large campaigns on 200 lines; return the seconds.

    Calls take 5.5 to 8.5 s; the large ones hold all lines before.
    """
    rng, small, crowd = Random(7), "small", [f"big {i}" for i in range(big)]
    ends: list[tuple[float, str]] = []
    for line in range(LINES if crowd else 0):
        heappush(ends, (rng.uniform(0.0, 8.5), crowd[line % big]))
    held = Counter(whose for _, whose in ends)
    due, now, free = 50, 0.0, LINES - len(ends)
    while due or held[small]:
        waiting = [few(small, due, held[small])] if due else []
        claimants = [*(many(id_, held[id_]) for id_ in crowd), *waiting]
        given = shares(claimants, free, LINES, small_first=small_first)
        for whose, most in given.items():
            count = min(most, due) if whose == small else most
            due -= count if whose == small else 0
            held[whose] += count
            for _ in range(count):
                heappush(ends, (now + rng.uniform(5.5, 8.5), whose))
        now, whose = heappop(ends)
        held[whose] -= 1
        free = LINES - len(ends)
    return now


def test_fifty_beside_thousands_take_a_third_longer_at_most() -> None:
    alone = seconds_of_the_small(0)
    assert seconds_of_the_small(1) <= 1.3 * alone
    assert seconds_of_the_small(4) <= 1.3 * alone


def test_without_small_first_one_of_five_waits_for_its_own_lines() -> None:
    alone = seconds_of_the_small(0)
    assert seconds_of_the_small(1, small_first=False) <= 1.3 * alone
    assert seconds_of_the_small(4, small_first=False) > 1.5 * alone


claimants = st.builds(
    Claimant,
    id=st.uuids().map(str),
    urgency=st.integers(0, 3),
    weight=st.integers(1, HEAVIEST),
    held=st.integers(0, 60),
    most=st.integers(0, 40),
    due=st.none() | st.integers(0, 60),
)
crowds = st.lists(claimants, max_size=6, unique_by=lambda one: one.id)


@given(crowds, st.integers(0, 90), st.integers(1, 120), st.booleans())
def test_nothing_is_given_twice_and_none_is_left(
    crowd: list[Claimant], free: int, lines: int, small_first: bool
) -> None:
    given_ = shares(crowd, free, lines, small_first=small_first)
    assert given_.keys() == {one.id for one in crowd}
    taken, wished = Counter[int](), Counter[int]()
    for one in crowd:
        assert 0 <= given_[one.id] <= one.most
        taken[one.urgency] += given_[one.id]
        wished[one.urgency] += one.most
    for urgency, most in wished.items():
        assert taken[urgency] == min(free, most)


@given(crowds, st.integers(0, 90), st.integers(1, 120))
def test_the_urgent_are_named_first(
    crowd: list[Claimant], free: int, lines: int
) -> None:
    of = {one.id: one.urgency for one in crowd}
    classes = [of[id_] for id_ in shares(crowd, free, lines)]
    assert classes == sorted(classes)


@given(crowds, st.integers(0, 90), st.integers(1, 120))
def test_nobody_has_two_lines_more_for_its_weight_than_who_wants_more(
    crowd: list[Claimant], free: int, lines: int
) -> None:
    """What max-min means: no line given would serve somebody poorer better."""
    crowd = [replace(one, urgency=0, due=None) for one in crowd]
    given_ = shares(crowd, free, lines, small_first=False)
    for rich in crowd:
        for poor in crowd:
            if not given_[rich.id] or given_[poor.id] == poor.most:
                continue
            last = (rich.held + given_[rich.id]) / rich.weight
            assert last <= (poor.held + given_[poor.id] + 1) / poor.weight


@given(crowds, st.integers(0, 90), st.integers(1, 120))
def test_small_ones_get_no_more_than_half_of_the_lines_before_the_others(
    crowd: list[Claimant], free: int, lines: int
) -> None:
    crowd = [replace(one, urgency=0) for one in crowd]
    first = shares(crowd, free, lines)
    fair = shares(crowd, free, lines, small_first=False)
    small = [c for c in crowd if c.due is not None and c.due + c.held < lines]
    before = max(0, lines // 2 - sum(c.held for c in small))
    given_first = sum(first[c.id] for c in small)
    assert given_first <= sum(fair[c.id] for c in small) + before
