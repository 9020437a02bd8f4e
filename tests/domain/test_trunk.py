"""Which trunk carries a call."""

from __future__ import annotations

import pytest

from automaton.domain.dialling import AllowList
from automaton.domain.trunk import Trunk, carrier
from tests.domain.builders import HOME, MOBILE

FIRST = Trunk("first", 10, allowed=AllowList(("+331",)))
SECOND = Trunk("second", 10)
TRUNKS = (FIRST, SECOND)
BOTH_FREE = {"first": 1, "second": 1}


@pytest.mark.parametrize(
    ("number", "free", "avoid", "name"),
    [
        (HOME, BOTH_FREE, None, "first"),
        (HOME, {"first": 0, "second": 1}, None, "second"),
        (HOME, {"second": 1}, None, "second"),
        (MOBILE, BOTH_FREE, None, "second"),
        (HOME, BOTH_FREE, "first", "second"),
        (HOME, BOTH_FREE, "second", "first"),
        (HOME, {"first": 1, "second": 0}, "first", "first"),
        (MOBILE, BOTH_FREE, "second", "second"),
    ],
)
def test_the_first_trunk_with_a_free_line_that_may_dial_carries_the_call(
    number, free, avoid, name
):
    found = carrier(number, TRUNKS, free, avoid)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("free", [{}, {"first": 1}, {"first": 1, "second": 0}])
def test_without_an_able_trunk_nobody_carries_the_call(free):
    assert carrier(MOBILE, TRUNKS, free) is None


@pytest.mark.parametrize(
    ("lines", "reserved", "left"), [(10, 1, 9), (10, 4, 6), (1, 1, 0), (1, 2, 0)]
)
def test_campaigns_leave_the_reserved_lines_alone(lines, reserved, left):
    assert Trunk("operator", lines, reserved).campaign_lines == left
