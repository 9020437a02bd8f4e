"""A dead node's lines: what it did not use is free at once, the rest with its calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from automaton.domain.policy import CLOSING, CallPolicy
from automaton.domain.trunk import Trunk
from tests.engine.night import Night
from tests.engine.several import LEASE, Several

EIGHT = Trunk("operator", 8, 0, caller_ids=("+33199009999",))
QUICK = CallPolicy(ring=timedelta(seconds=6), talk=timedelta(seconds=20))
NOTICED = LEASE.total_seconds() + 3


@pytest.fixture
async def several(database: Engine) -> Any:
    nodes = Several(database, (EIGHT,))
    yield nodes
    await nodes.end()


async def dead_after_eight_calls(several: Several, ended: int = 0) -> Night:
    """Two nodes, one of which had all lines, ended some calls, and died; the other."""
    several.homes(40)
    several.commune.campaign(policy=QUICK)
    first, second = await several.begin("n1"), await several.begin("n2")
    await several.live(3)
    assert (len(first.telephone.orders), len(second.telephone.orders)) == (8, 0)
    first.node.dialling = False
    for order in first.telephone.orders[:ended]:
        first.fails(order, 404, 1)
    await first.beat()
    several.dead.add("n1")
    return second


async def test_lines_that_a_dead_node_did_not_use_are_used_once_it_is_fenced(
    several: Several,
) -> None:
    other = await dead_after_eight_calls(several, ended=6)
    await several.live(NOTICED)
    assert len(other.telephone.orders) == 6


async def test_lines_of_a_dead_nodes_calls_are_used_once_these_are_over(
    several: Several,
) -> None:
    # They were kept for as long as the longest duty call of all: 163 s.
    other = await dead_after_eight_calls(several)
    await several.live(NOTICED)
    assert other.telephone.orders == []
    longest = LEASE + QUICK.longest_call
    await several.live(longest.total_seconds() + 3)
    assert len(other.telephone.orders) == 8


async def test_the_line_of_a_dead_nodes_goodbye_is_used_once_this_is_over(
    several: Several,
) -> None:
    # The key was on record: its attempt was over, and its line free, while it talked.
    several.homes(40)
    several.commune.campaign(policy=QUICK)
    first, second = await several.begin("n1"), await several.begin("n2")
    await several.live(3)
    first.node.dialling = False
    (order, *_) = first.telephone.orders
    first.picks_up(order)
    first.presses(order)
    await first.beat()
    several.dead.add("n1")
    await several.live(NOTICED)
    assert second.telephone.orders == []
    await several.live((LEASE + CLOSING).total_seconds() - 4)
    assert second.telephone.orders == []
    await several.live(6)
    assert len(second.telephone.orders) == 1
