"""Nights on which the clocks change, ends in closed hours, and a clock that jumps."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from automaton.domain.events import HungUp
from automaton.domain.policy import CallPolicy
from automaton.domain.retry import RetryPolicy
from automaton.domain.trunk import Trunk
from automaton.domain.window import CallingHours, Window
from automaton.errors import LineError
from automaton.ports import LiveCall
from tests.engine.night import LONGEST
from tests.engine.test_faulty_database import Shaky
from tests.store.commune import number

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
    night.pass_time(LONGEST + 1)
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


async def test_a_leap_whose_commit_seemed_to_fail_is_followed_once(a_night):
    # It was applied once more with each commit of unknown end.
    night = a_night()
    await night.launched()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    due_at = night.attempts()[1].due_at
    whole = night.node.writer._ledger
    night.node.writer._ledger = Shaky(whole, lambda: "after")
    await jumps(night, timedelta(hours=-3))
    for _ in range(5):
        await night.supervisor.clock_watch.look()
    night.node.writer._ledger = whole
    await night.supervisor.clock_watch.look()
    assert night.attempts()[1].due_at == due_at - timedelta(hours=3)


@pytest.mark.parametrize("by", [timedelta(hours=3), timedelta(hours=-3)])
async def test_a_wait_of_two_hours_follows_the_clock_too(a_night, by):
    # Only the next hour was moved: set back by three, a retry waited five hours.
    night = a_night()
    await night.launched(CallPolicy(retry=RetryPolicy(every=timedelta(hours=2))))
    night.does_not_answer(night.order_to(0))
    await night.beat()
    await jumps(night, by)
    night.pass_time(2 * 3600 - 60)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 1
    night.pass_time(120)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 2


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(hours=-1)])
async def test_who_waits_for_the_opening_is_rung_at_the_opening(a_night, by):
    night = a_night()
    night.commune.clock.at = datetime(2026, 1, 15, 10, 58, tzinfo=UTC)
    await night.supervisor.clock_watch.look()
    await night.launched(CallPolicy(hours=hours(time(10), time(12))))
    night.does_not_answer(night.order_to(0))
    await night.beat()
    night.pass_time(3 * 3600)
    await jumps(night, by)
    opening = datetime(2026, 1, 16, 9, 0, tzinfo=UTC)
    assert night.attempts()[1].due_at == opening
    night.pass_time((opening - night.now).total_seconds())
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 2


async def test_what_a_beat_plans_by_the_new_clock_is_not_moved_with_the_old(a_night):
    night = a_night()
    await night.launched()
    night.does_not_answer(night.order_to(0))
    night.commune.clock.at += timedelta(hours=-3)
    await night.beat()
    due_at = night.attempts()[1].due_at
    await night.supervisor.clock_watch.look()
    assert night.attempts()[1].due_at == due_at
    assert timedelta(minutes=4) < due_at - night.now < timedelta(minutes=7)


@pytest.mark.parametrize("by", [timedelta(hours=3), timedelta(hours=-3)])
async def test_both_numbers_of_a_home_wait_as_long_as_before(a_night, by):
    # The number that was tried before the jump was due by the old clock: at once
    # where it went forward, hours later where it went back.
    night = a_night(homes=0)
    night.commune.home(number(0), number(1))
    await night.launched(CallPolicy(retry=RetryPolicy(every=timedelta(minutes=20))))
    night.does_not_answer(night.order_to(0))
    await night.beat()
    await night.beat()
    night.rings(night.order_to(1))
    night.pass_time(60)
    await jumps(night, by)
    night.does_not_answer(night.order_to(1))
    await night.beat()
    waits = night.attempts()[2].due_at - night.now
    assert timedelta(minutes=18) < waits <= timedelta(minutes=21)
    night.pass_time(waits.total_seconds() + 1)
    await night.tick()
    await night.beat()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    dialled = [order.dialled for order in night.telephone.orders]
    assert dialled == [number(0), number(1), number(0)]
    wait = night.attempts()[3].due_at - night.now
    assert timedelta(seconds=-2) <= wait <= timedelta(minutes=21)


async def test_many_that_wait_follow_the_clock_in_short_writes(a_night, monkeypatch):
    night = a_night(homes=9)
    monkeypatch.setattr("automaton.engine.leap.CHUNK", 2)
    campaign = await night.launched()
    rows = night.commune.rows("attempts", state="planned")
    later = {row.id: night.now + timedelta(minutes=n) for n, row in enumerate(rows, 1)}
    for id_, at in later.items():
        night.commune.change("attempts", id_, due_at=at)
    written: list[int] = []
    whole = night.node.writer._ledger
    night.node.writer._ledger = Counting(whole, written)
    await jumps(night, timedelta(hours=-3))
    after = {row.id: row.due_at for row in night.commune.rows("attempts")}
    assert {i: after[i] for i in later} == {
        i: at - timedelta(hours=3) for i, at in later.items()
    }
    assert max(written) == 2
    first = min(later.values()) - timedelta(hours=3)
    assert night.node.agenda.due[campaign] == first


async def test_a_second_leap_before_the_first_is_written_is_followed_after_it(a_night):
    night = a_night()
    await night.launched()
    night.does_not_answer(night.order_to(0))
    await night.beat()
    due_at = night.attempts()[1].due_at
    sound, night.node.writer._ledger = night.node.writer._ledger, Broken()
    await jumps(night, timedelta(hours=5))
    await jumps(night, timedelta(hours=-4))
    with pytest.raises(LineError):
        await night.beat()
    night.node.writer._ledger = sound
    await night.beat()
    assert night.attempts()[1].due_at == due_at + timedelta(hours=1)


async def test_a_clock_that_goes_forward_makes_no_campaign_seem_silent(a_night):
    night = a_night(homes=3, trunks=(Trunk("operator", 1),))
    await night.launched()
    night.node.watch.silence(night.node.agenda.running, night.now)
    await jumps(night, timedelta(hours=3))
    night.node.watch.silence(night.node.agenda.running, night.now)
    assert not night.node.watch.is_ringing


async def test_an_end_told_by_the_new_clock_waits_a_second_for_its_verdict(a_night):
    night = a_night()
    await night.launched()
    night.commune.clock.at += timedelta(hours=3)
    night.take(HungUp(night.order_to(0).attempt_id, night.now, 486, 17))
    await night.supervisor.clock_watch.look()
    night.pass_time(1)
    await night.beat()
    assert night.outcomes()[0] == "busy"


class Counting:
    """A ledger that notes how many attempts each transaction moves."""

    def __init__(self, real, written):
        self._real, self._written = real, written

    @contextmanager
    def transaction(self):
        with self._real.transaction() as real:
            move = real.move_due
            moved = []
            real.move_due = lambda moves: (moved.extend(moves), move(moves))
            yield real
        self._written.append(len(moved))


class Broken:
    def transaction(self):
        raise LineError("the disk is full")
