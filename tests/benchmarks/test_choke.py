"""The town that a choking exchange is measured in."""

from __future__ import annotations

from automaton.lab.script import plan_from_script
from benchmarks.choke import DUTY, OPEN, SLOW, Order


def test_half_as_many_homes_live_elsewhere_and_somebody_is_on_duty() -> None:
    plan = plan_from_script(Order(homes=10).script())
    numbers = [home.phones[0].number for home in plan.residents()]
    assert sum(number.startswith(SLOW) for number in numbers) == 10
    assert sum(number.startswith(OPEN) for number in numbers) == 5
    assert plan.duty_numbers() == (DUTY,)
