"""A trunk has a ceiling of calls and minutes a day; a restart forgives nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from automaton.domain.trunk import Trunk
from automaton.engine.lines.ceiling import DayCeilings
from automaton.errors import LineError
from automaton.ports import TOO_OLD
from tests.engine.night import OPERATOR

DUTY = "+33199009001"
THREE = replace(OPERATOR, lines=30, calls_per_day=3)


def orders(night):
    return [order for order in night.telephone.orders if order.dialled != DUTY]


async def test_no_more_calls_leave_than_a_day_allows(a_night):
    night = a_night(homes=9, trunks=(THREE,))
    await night.launched()
    await night.beat()
    assert len(orders(night)) == 3
    assert night.node.dispatch.ceilings.reached == {"operator"}


async def test_another_trunk_takes_what_is_left(a_night):
    second = Trunk("second", 30)
    night = a_night(homes=9, trunks=(THREE, second))
    await night.launched()
    await night.beat()
    carried = [order.trunk for order in night.telephone.orders]
    assert carried.count("operator") == 3
    assert carried.count("second") == 6


async def test_an_order_that_never_left_is_no_call_of_the_day(a_night):
    # A day of three calls was over after three orders that Asterisk had no time for.
    night = a_night(homes=9, trunks=(THREE,))
    night.telephone.fails += [LineError("old", error_id=TOO_OLD) for _ in range(3)]
    await night.launched()
    assert orders(night) == []
    for _ in range(3):
        await night.beat()
    assert len(orders(night)) == 3


async def test_the_day_goes_on_after_a_restart(a_night, database):
    night = a_night(homes=9, trunks=(THREE,))
    await night.launched()
    for order in orders(night):
        night.does_not_answer(order)
    await night.beat()
    again = a_night(homes=0, trunks=(THREE,))
    again.commune.clock.move(night.now - again.now)
    await again.tick()
    await again.beat()
    assert again.telephone.orders == []


async def test_a_new_day_begins_at_midnight_of_the_nodes_own_zone(a_night):
    night = a_night(homes=9, trunks=(THREE,))
    await night.launched()
    for order in orders(night):
        night.does_not_answer(order)
    await night.beat()
    night.pass_time(timedelta(hours=13, minutes=59).total_seconds())  # 23:59 in Paris
    await night.tick()
    await night.beat()
    assert len(orders(night)) == 3
    night.pass_time(90)
    await night.tick()
    await night.beat()
    await night.beat()
    assert len(orders(night)) == 6


async def test_the_duty_list_is_told_once_and_still_rung_when_the_day_is_over(a_night):
    night = a_night(homes=9, trunks=(THREE,))
    night.on_duty(DUTY)
    await night.launched()
    await night.tick_without_waiting()
    order = await night.duty_order(DUTY)
    night.presses(order)
    night.hangs_up(order)
    await night.alarms_end()
    (said,) = night.speaker.said
    assert "plafond d'appels du jour" in said
    assert [c.reason for c in night.commune.rows("duty_calls")] == ["day_ceiling"]
    night.pass_time(60)
    await night.tick_without_waiting()
    assert not night.node.watch.is_ringing


async def test_minutes_of_answered_calls_are_counted(a_night):
    night = a_night(homes=9, trunks=(replace(OPERATOR, minutes_per_day=2),))
    await night.launched()
    for order in orders(night):
        night.picks_up(order)
    await night.beat()
    night.pass_time(45)
    for order in orders(night):
        night.hangs_up(order)
    await night.beat()
    # The beat that heard of their end had already been given its lines.
    assert len(night.telephone.orders) == 6
    for order in orders(night)[3:]:
        night.does_not_answer(order)
    await night.beat()
    await night.beat()
    assert len(night.telephone.orders) == 6
    ceilings = night.node.dispatch.ceilings
    assert ceilings.reached == {"operator"}
    since = ceilings.midnight(night.now)
    spent = await night.node.writer.run(lambda t: t.spent_since(since))
    assert spent["operator"].calls == 6
    assert spent["operator"].talked == timedelta(seconds=135)


async def test_a_clock_that_goes_back_counts_that_day_anew(a_night):
    night = a_night(homes=9, trunks=(THREE,))
    await night.launched()
    ceilings = night.node.dispatch.ceilings
    ceilings.begin(night.now + timedelta(days=1), {})
    assert ceilings.left("operator") == 3
    await night.tick()
    assert ceilings.left("operator") == 0


def test_a_trunk_without_a_ceiling_has_no_end_of_day():
    assert DayCeilings([OPERATOR], "Europe/Paris").reached == frozenset()
