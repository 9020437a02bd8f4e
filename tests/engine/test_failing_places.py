"""A place of backups that fails is made up for, and told, once a day.

What fails for good: each start of the daemon made one more backup, which pushed an
older one out of the places that work, and rang the duty list again.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from automaton.domain.events import HungUp, OrderFailed
from automaton.engine.duty.duty_call import LONGEST
from automaton.engine.keep import Keeping
from automaton.errors import LineError
from tests.engine.night import OPERATOR
from tests.engine.safe import FakeSafe

DUTY = "+33199008001"

FULL = {"there": "the place is full"}
GONE = {"there": "it is not there"}


async def restarted(night: Any, hours: float = 1) -> None:
    """A new life of the daemon makes up for what its hour has missed."""
    night.pass_time(timedelta(hours=hours).total_seconds())
    night.supervisor.keeping = Keeping(night.node)
    making_up = asyncio.create_task(night.supervisor.keeping.make_up())
    await night.pause_ends(60.0)
    await making_up


async def rung(night: Any, seen: int = 0) -> None:
    """The duty list is rung, and somebody takes charge."""
    order = await night.duty_order(DUTY, seen)
    night.presses(order)
    night.hangs_up(order)
    await asyncio.wait(night.node.tasks, timeout=5)


def not_rung(night: Any, seen: int) -> bool:
    rings = [o for o in night.telephone.orders if o.dialled == DUTY]
    return not night.node.tasks and len(rings) == seen


def failing_night(a_night: Any, *does: Any) -> Any:
    night = a_night(safe=FakeSafe(*does))
    night.on_duty(DUTY)
    return night


async def test_a_place_that_fails_for_good_is_made_up_for_and_told_once_a_day(
    a_night,
):
    night = failing_night(a_night, *[FULL] * 9)
    safe = night.node.world.safe
    await restarted(night)
    await rung(night)
    for _ in range(2):
        await restarted(night)
        assert not_rung(night, 1)
    assert safe.tried == 1
    night.pass_time(timedelta(hours=24).total_seconds())
    await night.supervisor.keeping.daily()
    await rung(night, 1)
    assert safe.tried == 2
    await restarted(night)  # somebody may have mended it: once
    await restarted(night)
    assert safe.tried == 3
    assert not_rung(night, 2)


async def test_what_kept_a_backup_from_being_made_is_told_once_a_day(a_night):
    # Nothing gets to any place: it is tried again at each start.
    night = failing_night(a_night, *[LineError("no age here")] * 3)
    await restarted(night)
    await rung(night)
    await restarted(night)
    await restarted(night)
    assert night.node.world.safe.tried == 3
    assert not_rung(night, 1)


@pytest.mark.parametrize(
    "fails", [GONE, {"away": "the place is full"}, LineError("no age here")]
)
async def test_what_fails_differently_or_elsewhere_is_told_at_once(a_night, fails):
    night = failing_night(a_night, FULL, fails)
    await night.supervisor.keeping.daily()
    await rung(night)
    await restarted(night)
    await rung(night, 1)


async def test_a_place_that_worked_meanwhile_and_fails_again_is_told_again(a_night):
    night = failing_night(a_night, FULL, None, FULL)
    for seen in range(2):
        await night.supervisor.keeping.daily()
        await rung(night, seen)
        night.pass_time(60)
        if not seen:
            await night.supervisor.keeping.daily()
    assert night.node.world.safe.kept == 1


async def test_a_place_that_took_a_persons_backup_and_fails_again_is_told_again(
    a_night,
):
    night = failing_night(a_night, FULL, FULL)
    await night.supervisor.keeping.daily()
    await rung(night)
    night.pass_time(60)
    night.node.world.safe.last["there"] = night.now
    night.pass_time(60)
    await night.supervisor.keeping.daily()
    await rung(night, 1)


async def test_who_was_not_rung_before_the_daemon_died_is_rung_after_its_start(
    a_night,
):
    # No second backup is made up for that.
    night = failing_night(a_night, FULL)
    await restarted(night)
    for task in night.node.tasks:
        task.cancel()
    await restarted(night)
    await rung(night)
    assert night.node.world.safe.tried == 1
    await restarted(night)
    assert not_rung(night, 1)


async def test_a_database_that_fails_while_it_is_looked_into_ends_nothing(a_night):
    night = failing_night(a_night)
    night.node.world.safe.last = None
    await restarted(night)
    assert night.node.world.safe.tried == 0


async def test_a_list_that_is_being_rung_is_not_rung_beside_that(a_night):
    night = failing_night(a_night, FULL, FULL)
    await night.supervisor.keeping.daily()
    await night.supervisor.keeping.daily()
    await rung(night)
    assert not_rung(night, 1)


async def test_a_list_that_could_not_be_rung_through_is_not_told(a_night):
    night = failing_night(a_night, FULL, FULL)
    night.speaker.fails = [LineError("no voice")] * 4
    await night.supervisor.keeping.daily()
    await four_rounds(night)
    await restarted(night)
    await rung(night)


async def four_rounds(night: Any) -> None:
    """Let all rounds of a duty list of which no telephone rings go by."""
    for pause in (60.0, 300.0, 900.0):
        await night.pause_ends(pause)
    await night.settle_down()


def was_told(night: Any) -> bool:
    return any(one.rung_at for one in night.node.world.safe.known.values())


async def test_a_list_of_which_no_order_left_is_not_told(a_night):
    # The place and the trunk were behind one dead network: the list was taken for
    # told, and nobody was rung when the network was back.
    night = failing_night(a_night, FULL, FULL)
    night.telephone.fails = [LineError("no network")] * 5  # the journal's, the rounds'
    await night.supervisor.keeping.daily()
    await four_rounds(night)
    assert not was_told(night)
    await restarted(night)
    await rung(night)
    assert was_told(night)


@pytest.mark.parametrize("sip", [408, 503])
async def test_a_list_that_the_network_did_not_answer_for_is_not_told(a_night, sip):
    night = failing_night(a_night, FULL)
    await night.supervisor.keeping.daily()
    order = await night.duty_order(DUTY)
    night.fails(order, sip, 41)
    await night.pause_ends(60.0)
    assert not was_told(night)
    order = await night.duty_order(DUTY, 1)
    night.take(OrderFailed(order.attempt_id, night.now, timed_out=True))
    night.take(HungUp(order.attempt_id, night.now, None, 0))
    await night.pause_ends(300.0)
    assert not was_told(night)
    night.does_not_answer(await night.duty_order(DUTY, 2))
    await night.pause_ends(900.0)
    assert was_told(night)
    await rung(night, 3)


async def test_a_telephone_that_is_engaged_was_told(a_night):
    night = failing_night(a_night, FULL)
    await night.supervisor.keeping.daily()
    night.fails(await night.duty_order(DUTY), 486, 17)
    await night.pause_ends(60.0)
    assert was_told(night)
    await rung(night, 1)


async def test_a_list_for_which_no_line_is_free_is_not_told(a_night):
    night = failing_night(a_night, FULL)
    for call in range(OPERATOR.lines):
        night.node.lines.take(OPERATOR.name, f"call {call}", duty=True)
    await night.supervisor.keeping.daily()
    for _ in range(int(LONGEST.total_seconds())):
        await night.pause_ends(1.0)
    await night.pause_ends(60.0)
    assert not was_told(night)
    for call in range(OPERATOR.lines):
        night.node.lines.release(f"call {call}")
    await rung(night)
    assert was_told(night)


async def test_an_empty_list_is_not_told(a_night):
    night = a_night(safe=FakeSafe(FULL, FULL))
    await night.supervisor.keeping.daily()
    await four_rounds(night)
    assert not was_told(night)
    night.on_duty(DUTY)
    await restarted(night)
    await rung(night)


async def test_what_cannot_be_remembered_is_told_all_the_same(a_night):
    night = failing_night(a_night, FULL, FULL)
    night.node.world.safe.refuses = OSError("the disk is full")
    await restarted(night)
    await rung(night)
    await restarted(night)
    await rung(night, 1)
