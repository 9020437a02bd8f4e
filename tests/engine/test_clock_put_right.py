"""A clock that was set wrong and is put right: each wait moves once with each leap."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.engine.test_clocks import jumps

HOUR = timedelta(hours=1)


async def nobody_answers(night, calls: int) -> None:
    """Let so many calls ring in vain, each at its time; another one waits."""
    for call in range(calls):
        if call:
            waits = night.attempts()[-1].due_at - night.now
            night.pass_time(waits.total_seconds())
            await night.tick()
            await night.beat()
        night.does_not_answer(night.order_to(0))
        await night.beat()


async def leaps(night, *bys: timedelta) -> None:
    """Let the clock jump; see that what waits follows each time."""
    due_at = night.attempts()[-1].due_at
    for by in bys:
        await jumps(night, by)
        due_at += by
        assert night.attempts()[-1].due_at == due_at


@pytest.mark.parametrize("calls", [1, 2])
@pytest.mark.parametrize("passed", [0, 20, 240])
@pytest.mark.parametrize("first", [-HOUR, HOUR])
async def test_a_wait_follows_a_wrong_clock_and_the_right_one(
    a_night, first, passed, calls
):
    # Set back, then put right: what had been planned before seemed planned since.
    night = a_night()
    await night.launched()
    await nobody_answers(night, calls)
    await leaps(night, first)
    night.pass_time(passed)
    await leaps(night, -first, first, first, -first, -first)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == calls


async def test_a_wait_that_began_under_the_wrong_clock_is_not_cut_short(a_night):
    # It is ordered behind the earlier tries, so it seemed planned in the future.
    night = a_night()
    await night.launched()
    await nobody_answers(night, 1)
    await leaps(night, -HOUR)
    night.pass_time((night.attempts()[-1].due_at - night.now).total_seconds())
    await night.tick()
    await night.beat()
    await nobody_answers(night, 1)
    await leaps(night, HOUR)
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 2
    night.pass_time((night.attempts()[-1].due_at - night.now).total_seconds())
    await night.tick()
    await night.beat()
    assert len(night.telephone.orders) == 3


async def test_a_daemon_that_did_not_see_the_first_leap_follows_the_second(a_night):
    night = a_night()
    await night.launched()
    await nobody_answers(night, 1)
    planned = night.attempts()[-1]
    later = planned.created_at + 2 * HOUR
    night.commune.change("attempts", planned.id, created_at=later)
    await leaps(night, HOUR)


async def test_what_begins_by_the_right_clock_is_not_moved_with_the_wrong(a_night):
    # A tick may plan between the leap and the look at the clock that notices it.
    night = a_night()
    await night.launched()
    await nobody_answers(night, 1)
    await leaps(night, -HOUR)
    night.pass_time(60)
    night.commune.clock.at += HOUR
    planned = night.attempts()[-1]
    night.commune.change(
        "attempts",
        planned.id,
        created_at=night.now,
        due_at=night.now + timedelta(minutes=5),
    )
    await night.supervisor.clock_watch.look()
    assert night.attempts()[-1].due_at == night.now + timedelta(minutes=5)
