"""Those on duty are told that somebody guesses the codes of officers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from automaton.errors import LineError

DUTY, SECOND = "+33199008001", "+33199008002"


def guessed(night: Any) -> None:
    night.commune.add(
        "commands",
        name="code_guessed",
        payload={"collectivity": night.commune.id, "name": "Rivemer"},
        by="automaton",
        asked_at=night.now,
    )


async def tick(night: Any) -> None:
    await night.supervisor.ticker.tick()


async def test_the_duty_list_is_rung_until_somebody_takes_charge(a_night):
    night = a_night()
    night.on_duty(DUTY, SECOND)
    guessed(night)
    await tick(night)
    first = await night.duty_order(DUTY)
    night.does_not_answer(first)
    second = await night.duty_order(SECOND)
    night.presses(second)
    night.hangs_up(second)
    await asyncio.wait(night.node.tasks, timeout=5)
    assert "codes des responsables de Rivemer" in night.speaker.said[0]
    rings = night.commune.rows("duty_calls")
    assert [(one.reason, one.taken) for one in rings] == [
        ("code_guessed", False),
        ("code_guessed", True),
    ]
    (command,) = night.commune.rows("commands")
    assert command.finished_at is not None
    assert command.refusal is None


async def test_it_is_told_once(a_night):
    night = a_night()
    night.on_duty(DUTY)
    guessed(night)
    await tick(night)
    order = await night.duty_order(DUTY)
    night.presses(order)
    night.hangs_up(order)
    await asyncio.wait(night.node.tasks, timeout=5)
    await tick(night)
    assert not night.node.tasks


@pytest.mark.parametrize("fails", [[], [LineError("no voice")] * 4])
async def test_a_list_that_nobody_answers_is_rung_round_four_times(a_night, fails):
    night = a_night()
    night.speaker.fails = list(fails)
    guessed(night)
    await tick(night)
    for pause in (60.0, 300.0, 900.0):
        await night.pause_ends(pause)
    await night.settle_down()
    assert not night.node.tasks
    assert night.commune.rows("duty_calls") == []
