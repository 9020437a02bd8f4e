from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automaton.lab.history import Violation
from benchmarks.figures import missed
from benchmarks.fleet.__main__ import figures
from benchmarks.fleet.order import Order
from benchmarks.fleet.verdict import Death, Lived, was_cut

DIED_AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
DEATH = Death("n1", DIED_AT)
SOUND = Lived(100.0, 12, frozenset(), Counter(n1=4, n2=4, n3=4))


def broken(*invariants: str) -> frozenset[Violation]:
    return frozenset(Violation(one, "", None, "") for one in invariants)


@pytest.mark.parametrize(
    ("killed", "names"),
    [
        ({"seconds": 160.0}, []),
        ({"seconds": 160.1}, ["fleet_killed_ratio"]),
        ({"broken": broken("I2")}, ["fleet_broken"]),
        ({"broken": broken("I6")}, []),
    ],
)
def test_a_fleet_that_is_slow_or_breaks_an_invariant_misses_its_target(
    killed: dict[str, Any], names: list[str]
) -> None:
    told = figures(SOUND, SOUND, replace(SOUND, **killed))
    assert missed(told) == names
    assert told["fleet_killed_nodes"] == 3


@dataclass(frozen=True)
class Row:
    node: str = "n1"
    claimed: float | None = -5.0
    ended: float | None = 5.0

    @property
    def claimed_at(self) -> datetime | None:
        return at(self.claimed)

    @property
    def ended_at(self) -> datetime | None:
        return at(self.ended)


def at(seconds: float | None) -> datetime | None:
    return None if seconds is None else DIED_AT + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("row", "cut"),
    [
        (Row(), True),
        (Row(ended=None), True),
        (Row(node="n2"), False),
        (Row(ended=-1.0), False),
        (Row(claimed=1.0), False),
        (Row(claimed=None), False),
    ],
)
def test_a_call_was_cut_where_the_dead_node_had_it_when_it_died(
    row: Any, cut: bool
) -> None:
    assert was_cut(row, DEATH) is cut


def test_the_town_is_the_same_in_each_run() -> None:
    assert Order(homes=9).script() == Order(homes=9).script()
    assert Order(homes=9).script().count("[[home]]") == 9 + 1
