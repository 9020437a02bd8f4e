"""Slices of a trunk: never more than there is, nobody starves, soon at rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from automaton.domain.slices import Slice, lowered, raised, target

NODES = 4


def beaten(slices: list[Slice], index: int, total: int) -> list[Slice]:
    """One node's beat: it lowers, says so, and takes what is free."""
    mine, others = slices[index], [*slices[:index], *slices[index + 1 :]]
    aim = target(mine, others, total)
    held = raised(lowered(mine.in_use, mine.held, aim), aim, others, total)
    after = Slice(mine.life, held, mine.in_use, mine.wants)
    return [*slices[:index], after, *slices[index + 1 :]]


def begun(needs: list[tuple[int, int]]) -> list[Slice]:
    return [Slice((f"n{i}", 1), 0, 0, wants) for i, (_, wants) in enumerate(needs)]


def held(slices: list[Slice]) -> int:
    return sum(one.held for one in slices)


WANTS = st.lists(st.integers(0, 60), min_size=1, max_size=NODES)
STEPS = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, 60), st.floats(0, 1)),
    max_size=60,
)


@given(st.integers(0, 50), WANTS, STEPS)
def test_all_slices_fit_whatever_the_nodes_do(
    total: int, wants: list[int], steps: list[tuple[int, int, float]]
) -> None:
    slices = begun([(0, w) for w in wants])
    for step, want, part in steps:
        index = step % len(slices)
        slices = beaten(slices, index, total)
        assert held(slices) <= total
        mine = slices[index]
        used = round(mine.held * part)  # it uses what it holds, never more
        slices[index] = Slice(mine.life, mine.held, used, want)


@given(st.integers(NODES, 50), WANTS)
def test_three_rounds_serve_everybody_who_wants(total: int, wants: list[int]) -> None:
    slices = begun([(0, w) for w in wants])
    for _ in range(3):
        for index in range(len(slices)):
            slices = beaten(slices, index, total)
    hungry = [one for one in slices if one.wants]
    fair = total // max(1, len(hungry))
    for one in hungry:
        assert one.held >= min(one.wants, fair)
    assert held(slices) == min(total, sum(one.wants for one in slices))


@given(st.integers(NODES, 50), WANTS)
def test_who_comes_later_gets_a_fair_part_as_calls_end(
    total: int, wants: list[int]
) -> None:
    """The first has all lines in use; each beat one of its calls ends."""
    first = Slice(("n0", 1), total, total, 60)
    slices = [first, *(Slice((f"n{i}", 1), 0, 0, w) for i, w in enumerate(wants, 1))]
    for _ in range(total + 3):
        for index in range(len(slices)):
            mine = slices[index]
            if index == 0:
                slices[0] = Slice(mine.life, mine.held, max(0, mine.in_use - 1), 60)
            slices = beaten(slices, index, total)
            one = slices[index]
            free = one.held - one.in_use
            used = one.in_use + max(0, min(free, one.wants))
            if index:
                slices[index] = Slice(one.life, one.held, used, one.wants)
            assert held(slices) <= total
    hungry = [one for one in slices if one.wants]
    fair = total // len(hungry)
    assert all(one.held >= min(one.wants, fair) for one in hungry)


def test_a_node_that_wants_nothing_holds_what_it_uses() -> None:
    mine = Slice(("n1", 1), 10, 3, 0)
    assert target(mine, [], 10) == 3
    assert lowered(mine.in_use, mine.held, 3) == 3
    assert raised(3, 3, [], 10) == 3


def test_the_slice_of_the_dead_is_held_until_it_is_forgotten() -> None:
    dead, mine = Slice(("n1", 1), 6, 6), Slice(("n2", 1), 0, 0, 10)
    assert raised(0, target(mine, [dead], 10), [dead], 10) == 4
