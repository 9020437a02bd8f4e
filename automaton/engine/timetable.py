"""The hours: apscheduler ticks and runs the daily jobs; the moments are in the rows.

The only room that knows apscheduler. Its jobs live in memory: nothing is lost with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import time

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Job = Callable[[], Awaitable[None]]
TICK_SECONDS = 1
LOOK_SECONDS = 60


class Timetable:
    """Calls `tick` every second, `look` every minute, `daily` once a day."""

    def __init__(
        self, tick: Job, look: Job, daily: Job, zone: str, daily_at: time
    ) -> None:
        self._scheduler = AsyncIOScheduler(timezone=zone)
        self._tick, self._look = tick, look
        self._daily, self._daily_at = daily, daily_at
        self.renew()

    def renew(self) -> None:
        """Reckon the next moments anew: a clock set back would let them wait for it."""
        moment = {"hour": self._daily_at.hour, "minute": self._daily_at.minute}
        self._add(self._tick, "tick", "interval", seconds=TICK_SECONDS)
        self._add(self._look, "look", "interval", seconds=LOOK_SECONDS)
        self._add(self._daily, "daily", "cron", **moment)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; a job under way goes on."""
        self._scheduler.shutdown(wait=False)

    def _add(self, job: Job, name: str, trigger: str, **when: int) -> None:
        self._scheduler.add_job(
            job,
            trigger,
            id=name,
            coalesce=True,
            replace_existing=True,
            max_instances=1,
            misfire_grace_time=None,  # however late: else it is dropped unsaid
            **when,
        )
