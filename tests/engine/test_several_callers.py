"""Several nodes and those who call one: duty calls find a line, within the contract."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Trunk
from tests.engine.night import Night
from tests.engine.several import NARROW, Several
from tests.engine.test_lines_kept import comes_in, leaves
from tests.engine.test_rescue import FIRST
from tests.engine.test_several_shares import FakeSounds

NAME = NARROW.name


def free(night: Night) -> int:
    return night.node.lines.free_for_duty(NAME)


def in_use(several: Several) -> int:
    return sum(night.node.lines.held(NAME) for night in several.living)


async def live(several: Several, seconds: int, lines: int = NARROW.lines) -> None:
    """Let time go by; never is the trunk asked for more than it has."""
    for _ in range(seconds):
        await several.live(1)
        assert in_use(several) <= lines


@pytest.mark.parametrize("callers", range(5))
async def test_a_caller_on_the_line_kept_back_leaves_the_duty_list_another(
    several: Several, callers: int
) -> None:
    # One resident called back, nothing was due: the leader had the line kept back and
    # no other, so that nobody on duty was rung as long as that call lasted.
    chief = await several.begin("n1")
    await several.live(3)
    comes_in(chief, *map(str, range(callers)))
    await several.live(3)
    assert free(chief) >= 1


async def test_help_is_rung_for_while_a_resident_calls_back(several: Several) -> None:
    several.homes(2)  # the second one's telephone rings on
    several.commune.campaign(policy=CallPolicy(help_key=True))
    chief = await several.begin("n1")
    chief.on_duty(FIRST)
    await several.live(3)
    comes_in(chief, "resident")
    asks, _ = chief.telephone.orders
    chief.picks_up(asks)
    await several.live(12)
    chief.presses(asks, "3")
    chief.hangs_up(asks)
    await several.live(2)
    order = await chief.duty_order(FIRST)
    chief.picks_up(order)
    chief.presses(order)
    chief.hangs_up(order)
    await chief.alarms_end()


async def test_duty_calls_find_a_line_of_a_trunk_that_keeps_none_back(
    database: Engine,
) -> None:
    # With nothing due its leader had no line at all.
    several = Several(database, (replace(NARROW, reserved_lines=0),))
    chief = await several.begin("n1")
    await several.live(3)
    assert free(chief) == 0
    with chief.node.lines.sought([NAME]):
        await several.live(3)
        assert free(chief) == 1
    await several.end()


@pytest.mark.parametrize("callers", [1, 2, 3])
async def test_the_leader_with_callers_gets_the_next_line_that_others_ring_by(
    several: Several, callers: int
) -> None:
    # More callers than the leader's equal part: others' campaigns never left it one.
    several.sounds["n1"] = FakeSounds()  # the leader has no words: the other one rings
    several.homes(12)
    several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    await live(several, 5)
    rung = other.telephone.orders
    assert len(rung) == 4
    for order in rung[: callers - 1]:  # a caller comes by a line that is free
        other.does_not_answer(order)
    comes_in(chief, *map(str, range(callers)))
    await several.live(3)  # the other one may claim that line before it knows
    assert free(chief) == 0
    for order in rung[callers - 1 :][:callers]:
        other.does_not_answer(order)
    await live(several, 5)
    assert free(chief) == 1
    leaves(chief, *map(str, range(callers)))
    await live(several, 12)
    assert other.node.lines.in_campaigns(NAME) == 4


async def test_callers_of_a_node_that_does_not_lead_are_no_lines_of_others(
    database: Engine,
) -> None:
    # Until campaigns' calls had ended the leader rang those on duty by a line that a
    # caller of another node had: the operator refused that call, nobody was rung.
    wide = Trunk(NAME, 10, 1, caller_ids=NARROW.caller_ids)
    several = Several(database, (wide,))
    several.homes(40)
    several.commune.campaign()
    chief, other = await several.begin("n1"), await several.begin("n2")
    other.node.dialling = False
    await live(several, 3, wide.lines)
    rung = chief.telephone.orders
    assert len(rung) == 9
    comes_in(other, "a")
    await live(several, 3, wide.lines)
    assert free(chief) == 0
    chief.does_not_answer(rung[0])
    await live(several, 3, wide.lines)
    assert free(chief) == 1
    chief.does_not_answer(rung[1])
    comes_in(other, "b")  # its line is claimed anew before anybody knows
    await several.live(2)
    assert in_use(several) <= wide.lines + 1
    for order in rung[2:5]:
        chief.does_not_answer(order)
    await live(several, 5, wide.lines)
    assert chief.node.lines.in_campaigns(NAME) == 7
    assert free(chief) == 1
    leaves(other, *"ab")
    await live(several, 12, wide.lines)
    assert chief.node.lines.in_campaigns(NAME) == 9
    await several.end()
