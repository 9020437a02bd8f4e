"""A slice between the loop and the thread: whatever the order, never more than all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from automaton.domain.slices import Slice, raised, target
from automaton.engine.fleet.slices import RELEASED_AFTER, Need, Slices
from automaton.ports import SliceWish

TRUNK = "trunk:west"
OPS = ("loop", "ask", "commit", "lose", "answer")


class Table:
    """What the database holds of one scope, written as the store writes it."""

    def __init__(self) -> None:
        self.slices: dict[str, Slice] = {}

    def share(
        self, name: str, wishes: Sequence[SliceWish]
    ) -> Mapping[str, list[Slice]]:
        (wish,) = wishes
        others = [one for node, one in self.slices.items() if node != name]
        mine = Slice((name, 1), wish.cap, wish.in_use, wish.wants)
        aim = target(mine, others, wish.total)
        held = raised(wish.cap, aim, others, wish.total)
        self.slices[name] = Slice(mine.life, held, wish.in_use, wish.wants)
        return {wish.scope: list(self.slices.values())}


class Place:
    """One node: what it uses, and how far its thread has come."""

    def __init__(self, name: str, table: Table) -> None:
        self.name, self.table = name, table
        self.slices, self.in_use, self.seconds = Slices((name, 1)), 0, 0.0
        self.wishes: Sequence[SliceWish] = ()
        self.answer: Mapping[str, list[Slice]] | None = None

    def do(self, what: str, total: int, number: int) -> None:
        if what == "loop":
            self.seconds += 1.0
            self.in_use = max(0, self.in_use - number % 3)
            wants = number if number % 4 else 0
            need = Need(TRUNK, total, self.in_use, wants, number % 5 % 2)
            cap = self.slices.caps([need], self.seconds)[TRUNK]
            self.in_use += max(0, min(wants, cap - self.in_use))
        elif what == "ask" and not self.wishes:
            self.wishes, self.answer = self.slices.asked(), None
        elif what == "commit" and self.wishes and self.answer is None:
            self.answer = self.table.share(self.name, self.wishes)
        elif what == "lose" and self.wishes:  # committed before, or not: nobody knows
            self.slices.answered({})
            self.wishes = ()
        elif what == "answer" and self.wishes and self.answer is not None:
            self.slices.answered(self.answer)
            self.wishes = ()


@given(
    st.integers(0, 12),
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(OPS), st.integers(0, 15)),
        max_size=120,
    ),
)
def test_nodes_never_use_more_than_there_is(
    total: int, steps: list[tuple[int, str, int]]
) -> None:
    table = Table()
    places = [Place(name, table) for name in ("n1", "n2", "n3")]
    for index, what, number in steps:
        places[index].do(what, total, number)
        assert sum(place.in_use for place in places) <= total
        assert sum(one.held for one in table.slices.values()) <= total


def asked_and_answered(place: Place) -> None:
    for what in ("ask", "commit", "answer"):
        place.do(what, 0, 0)


def test_a_node_gets_what_it_wants_in_one_turn() -> None:
    place = Place("n1", Table())
    assert place.slices.caps([Need(TRUNK, 8, 0, 5)], 0.0) == {TRUNK: 0}
    assert place.slices.is_newly_hungry
    asked_and_answered(place)
    assert place.slices.caps([Need(TRUNK, 8, 0, 5)], 0.1) == {TRUNK: 5}
    assert not place.slices.is_newly_hungry


def test_what_is_wanted_no_more_is_kept_for_a_while_and_then_given_up() -> None:
    place = Place("n1", Table())
    place.slices.caps([Need(TRUNK, 8, 0, 5)], 0.0)
    asked_and_answered(place)
    assert place.slices.caps([Need(TRUNK, 8, 2, 0)], RELEASED_AFTER - 1) == {TRUNK: 5}
    assert place.slices.caps([Need(TRUNK, 8, 2, 0)], RELEASED_AFTER + 1) == {TRUNK: 2}


def test_what_is_wanted_again_at_once_is_not_hurried_for() -> None:
    # Each retry that fell due was a turn of the lease, and a lock that all nodes share.
    place, hurried = Place("a", Table()), []
    for beat in range(100):
        need = Need(TRUNK, 8, 0, wants=beat % 2)
        place.slices.caps([need], 100.0 + 0.05 * beat)
        hurried.append(place.slices.is_newly_hungry)
    assert sum(hurried) == 1
    place.slices.caps([Need(TRUNK, 8, 0, wants=1)], 200.0)
    assert place.slices.is_newly_hungry


def test_a_campaign_that_is_over_leaves_nothing_behind() -> None:
    slices, others = Slices(("a", 1)), [Slice(("b", 1), 2), Slice(("a", 1), 4)]
    for night in range(9):
        scope = f"campaign:{night}"
        slices.caps([Need(scope, 8, 0, wants=1)], float(night))
        slices.answered({wish.scope: others for wish in slices.asked()})
    slices.caps([Need(TRUNK, 8, 0, wants=0)], 10.0)
    slices.caps([Need(TRUNK, 8, 0, wants=0)], 10.0)
    assert len(slices._others) + len(slices._wanted_at) == 0
