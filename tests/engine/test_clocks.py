"""Nights on which the clocks change, ends in closed hours, and a clock that jumps."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from automaton.domain.events import HungUp
from automaton.domain.policy import CallPolicy
from automaton.domain.window import CallingHours, Window
from automaton.errors import LineError
from automaton.ports import LiveCall

PARIS = ZoneInfo("Europe/Paris")
EVERY_DAY = frozenset(range(7))
STEP = timedelta(minutes=5)


def hours(opens: time, closes: time) -> CallingHours:
    return CallingHours((Window(EVERY_DAY, opens, closes),))


async def pass_steps(night, steps: int) -> list[datetime]:
    """Let nobody answer for some steps; return when calls left."""
    left = []
    for _ in range(steps):
        seen = len(night.telephone.orders)
        await night.tick()
        await night.beat()
        for order in night.telephone.orders[seen:]:
            left.append(night.now)
            night.does_not_answer(order)
        await night.beat()
        night.pass_time(STEP.total_seconds())
    return left


@pytest.mark.parametrize(
    ("evening", "open_hours"),
    [
        pytest.param(datetime(2026, 3, 28, 22, tzinfo=UTC), 2, id="clocks forward"),
        pytest.param(datetime(2026, 10, 24, 22, tzinfo=UTC), 4, id="clocks back"),
    ],
)
async def test_on_the_nights_of_change_calls_leave_in_their_hours_alone(
    a_night, evening, open_hours
):
    night = a_night(homes=2)
    night.commune.clock.at = evening
    policy = CallPolicy(hours=hours(time(1), time(4)))
    campaign = night.campaign(policy)
    left = await pass_steps(night, 12 * 8)
    assert len(left) == 6
    assert all(time(1) <= at.astimezone(PARIS).time() < time(4) for at in left)
    assert max(left) - min(left) < timedelta(hours=open_hours)
    assert set(night.states()) == {"exhausted"}
    assert night.state_of(campaign) == "finished"


async def test_an_end_in_closed_hours_ends_everybody_and_rings_nobody(a_night):
    night = a_night(homes=2)
    night.commune.clock.at = datetime(2026, 1, 15, 10, 57, tzinfo=UTC)
    campaign = night.campaign(
        CallPolicy(hours=hours(time(10), time(12))),
        expires_at=datetime(2026, 1, 15, 12, 0, tzinfo=UTC),
    )
    left = await pass_steps(night, 12 * 30)
    assert len(left) == 2
    assert night.state_of(campaign) == "expired"
    assert set(night.states()) == {"expired"}


async def test_a_start_in_closed_hours_waits_for_the_opening(a_night):
    night = a_night()
    night.commune.clock.at = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
    await night.launched(CallPolicy(hours=hours(time(10), time(12))))
    (first, *_) = await pass_steps(night, 12 * 8)
    assert first == datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


async def test_a_clock_that_jumps_forward_rings_nobody_who_is_still_called(a_night):
    night = a_night()
    await night.launched()
    order = night.order_to(0)
    night.picks_up(order)
    await night.beat()
    night.telephone.living = [LiveCall(order.attempt_id, is_up=True, is_ringing=False)]
    night.commune.clock.at += timedelta(hours=3)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 1
    night.presses(order)
    night.hangs_up(order)
    await night.beat()
    assert night.states() == ["acknowledged"]


async def jumps(night, by: timedelta) -> None:
    night.commune.clock.at += by
    await night.supervisor.clock_watch.look()


@pytest.mark.parametrize("by", [timedelta(hours=3), timedelta(hours=-3)])
async def test_a_retry_waits_as_long_as_before_whatever_the_clock_does(a_night, by):
    # Set back by three hours, a campaign ran on without a call for three hours.
    night = a_night()
    await night.launched()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    await jumps(night, by)
    night.pass_time(240)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 1
    night.pass_time(120)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 2


async def test_a_call_lasts_as_long_as_before_whatever_the_clock_does(a_night):
    night = a_night()
    await night.launched()
    night.picks_up(night.order_to(0))
    await night.beat()
    for by in (timedelta(hours=3), timedelta(hours=-5)):
        await jumps(night, by)
        await night.tick()
        assert night.telephone.hung_up == []
    night.pass_time(341)
    await night.tick()
    await night.tick()
    await night.beat()
    assert night.outcomes()[0] == "answered_no_key"


async def test_a_call_that_left_by_the_new_clock_keeps_its_deadline(a_night):
    night = a_night()
    night.commune.clock.at -= timedelta(hours=3)
    await night.launched()
    night.picks_up(night.order_to(0))
    await night.supervisor.tick()
    await night.supervisor.tick()
    await night.beat()
    assert [row.state.value for row in night.attempts()] == ["answered"]


async def test_an_end_that_waits_for_its_verdict_does_not_wait_for_the_clock(a_night):
    night = a_night()
    await night.launched()
    night.take(HungUp(night.order_to(0).attempt_id, night.now, 486, 17))
    await jumps(night, timedelta(hours=-3))
    night.pass_time(1)
    await night.beat()
    assert night.outcomes()[0] == "busy"


async def test_a_tick_that_sees_the_jump_first_finds_nothing_overdue(a_night):
    # Every call that was alive was given up by the first tick after the jump.
    night = a_night()
    await night.launched()
    night.picks_up(night.order_to(0))
    await night.beat()
    night.commune.clock.at += timedelta(hours=3)
    await night.supervisor.tick()
    await night.beat()
    assert [row.state.value for row in night.attempts()] == ["answered"]


async def test_a_leap_that_cannot_be_written_is_followed_later(a_night):
    night = a_night()
    await night.launched()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    due_at = night.attempts()[1].due_at
    sound, night.node.writer._ledger = night.node.writer._ledger, Broken()
    await jumps(night, timedelta(hours=-3))
    assert night.attempts()[1].due_at == due_at
    night.node.writer._ledger = sound
    await night.supervisor.clock_watch.look()
    await night.supervisor.clock_watch.look()
    assert night.attempts()[1].due_at == due_at - timedelta(hours=3)


async def test_a_clock_that_is_put_right_by_a_second_moves_nothing(a_night):
    night = a_night()
    await night.launched()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    due_at = night.attempts()[1].due_at
    await jumps(night, timedelta(seconds=-1))
    assert night.attempts()[1].due_at == due_at


class Broken:
    def transaction(self):
        raise LineError("the disk is full")
