"""The hour of the daily backup goes by unseen: a clock jumps, a machine hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automaton.engine.timetable import Timetable
from tests.engine.safe import FakeSafe
from tests.engine.test_clocks import jumps

BEFORE_NINE = datetime(2026, 1, 16, 7, tzinfo=UTC)  # eight o'clock in Paris
OVER_NINE = timedelta(minutes=65)


@asynccontextmanager
async def keeping(night: Any) -> AsyncIterator[None]:
    """The daemon looks after its daily job, before the hour, with yesterday's."""
    night.commune.clock.move(BEFORE_NINE - night.now)
    night.node.world.safe.last["there"] = BEFORE_NINE - timedelta(hours=22)
    running = asyncio.create_task(night.supervisor.keeping.run())
    await night.pause_ends(60.0)
    yield
    running.cancel()
    await asyncio.wait({running})


async def made(night: Any, backups: int) -> None:
    async with asyncio.timeout(30):
        while True:
            if night.node.world.safe.kept == backups:
                return
            await asyncio.sleep(0.001)


async def test_a_backup_over_whose_hour_the_clock_jumps_is_made_up(a_night):
    # A virtual machine slept over nine o'clock: the next one was made the day after.
    night = a_night(safe=FakeSafe())
    async with keeping(night):
        await jumps(night, OVER_NINE)
        await night.pause_ends(60.0)
        await made(night, 1)


async def test_many_leaps_make_up_for_one_backup_one_after_another(a_night):
    night = a_night(safe=FakeSafe())
    safe = night.node.world.safe
    safe.does = [lambda: safe.last.update(there=night.now)]
    async with keeping(night):
        for _ in range(3):
            await jumps(night, OVER_NINE)
        await night.pause_ends(60.0)
        await made(night, 1)
        await jumps(night, timedelta(minutes=1))
        await night.pause_ends(60.0)
        await night.settle_down()
    assert safe.tried == 1


async def test_a_clock_that_is_set_back_makes_up_for_nothing(a_night):
    night = a_night(safe=FakeSafe())
    async with keeping(night):
        await jumps(night, -OVER_NINE)
        await night.settle_down()
        assert not night.pauses.end(60.0)


@pytest.mark.parametrize("late", [timedelta(minutes=1), timedelta(hours=5)])
async def test_the_daily_job_is_done_however_late_it_is(late):
    # A machine that stood still for more than an hour did without a word.
    done = asyncio.Event()

    async def daily() -> None:
        done.set()

    async def nothing() -> None: ...

    now = datetime.now(UTC)
    was_due, hour = now - late, (now + timedelta(hours=2)).time()
    timetable = Timetable(nothing, nothing, daily, "UTC", hour)
    timetable.start()
    try:
        timetable._scheduler.modify_job("daily", next_run_time=was_due)
        await asyncio.wait_for(done.wait(), 5)
    finally:
        timetable.stop()
