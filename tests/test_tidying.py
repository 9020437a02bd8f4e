"""What is kept too long is looked for each hour, whatever fails, and told once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from structlog.testing import capture_logs

from automaton.clock import SystemClock
from automaton.errors import LineError
from automaton.services.retention import Purged
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from automaton.store.schema import upgrade
from automaton.tidying import AN_HOUR, look_hourly, tidied


class EnoughError(Exception):
    """The test has seen enough."""


def scripted(*answers: Purged | Exception) -> Callable[[], Purged]:
    left = list(answers)

    def look() -> Purged:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return look


async def looked(*answers: Purged | Exception) -> list[tuple[str, str]]:
    """Let it look so often; return what was logged: (level, event)."""
    hours = 0

    async def pause(seconds: float) -> None:
        nonlocal hours
        assert seconds == AN_HOUR
        hours += 1
        if hours == len(answers):
            raise EnoughError

    with capture_logs() as logs, suppress(EnoughError):
        await look_hourly(scripted(*answers), pause)
    assert hours == len(answers)
    return [(line["log_level"], line["event"]) for line in logs]


async def test_what_fails_is_tried_again_an_hour_later() -> None:
    faults = (LineError("locked"), OSError("full"), ValueError("odd"), Purged())
    later = "what is kept too long is deleted later"
    assert await looked(*faults) == [
        ("warning", later),
        ("warning", later),
        ("error", later),
    ]


async def test_what_is_amiss_is_told_until_it_is_the_same() -> None:
    kept = ("warning", "recordings of no record are here")
    lacking = ("warning", "recordings lack their sound here")
    lack, both = Purged(soundless=2), Purged(1, 2)
    assert await looked(both, both, lack, lack) == [kept, lacking]
    assert await looked(lack, Purged(), lack) == [lacking, lacking]


async def test_a_daemon_looks_at_its_start(tmp_path: Path) -> None:
    settings = Settings(folders=FoldersSettings(data=tmp_path))
    upgrade(settings.database_url)
    settings.folders.prompts.mkdir()
    old = settings.folders.prompts / "said-00.alaw"
    old.touch()
    os.utime(old, (0, 0))
    task = asyncio.create_task(tidied(settings, SystemClock()))
    async with asyncio.timeout(30):
        while old.exists():  # noqa: ASYNC110 - a file tells nobody that it goes
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
