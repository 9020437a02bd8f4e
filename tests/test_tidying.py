"""What is kept too long is looked for each hour, whatever fails, and told once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from automaton.clock import SystemClock
from automaton.errors import LineError
from automaton.services.retention import Purged
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from automaton.tidying import AN_HOUR, START, Tidier, look_hourly, tidied
from tests.store.commune import Commune


class EnoughError(Exception):
    """The test has seen enough."""


def scripted(*answers: Purged | Exception | None) -> Callable[[], Purged | None]:
    left = list(answers)

    def look() -> Purged | None:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return look


async def looked(*answers: Purged | Exception | None) -> list[tuple[str, str]]:
    """Let it look so often; return what was logged: (level, event)."""
    hours = 0

    async def pause(seconds: float) -> None:
        nonlocal hours
        assert seconds == (AN_HOUR if hours else START)
        if hours == len(answers):
            raise EnoughError
        hours += 1

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
    assert await looked(Purged(1), None, Purged(1)) == [kept]  # put off: nothing known


@pytest.fixture
def commune(tmp_path: Path) -> Iterator[Commune]:
    """A commune whose daemon finds its database in the folder of its settings."""
    settings = settings_in(tmp_path)
    upgrade(settings.database_url)
    engine = open_database(settings.database_url)
    yield Commune(engine)
    engine.dispose()


def settings_in(folder: Path) -> Settings:
    return Settings(folders=FoldersSettings(data=folder))


def old_sound(folder: Path) -> Path:
    """Let something be said long ago."""
    prompts = settings_in(folder).folders.prompts
    prompts.mkdir(exist_ok=True)
    old = prompts / "said-00.alaw"
    old.touch()
    os.utime(old, (0, 0))
    return old


async def test_a_daemon_looks_once_its_start_is_over(
    tmp_path: Path, commune: Commune
) -> None:
    # It looked at once: a large folder was read while those who were left were rung.
    old, waited = old_sound(tmp_path), []

    async def pause(seconds: float) -> None:
        waited.append((seconds, old.exists()))
        if not old.exists():
            raise EnoughError

    with pytest.raises(EnoughError):
        await tidied(settings_in(tmp_path), SystemClock(), pause)
    assert waited == [(START, True), (AN_HOUR, False)]


def test_no_look_while_a_campaign_runs_but_one_a_day(
    tmp_path: Path, commune: Commune
) -> None:
    tidier, old = Tidier(settings_in(tmp_path), SystemClock()), old_sound(tmp_path)
    campaign = commune.campaign()
    assert [tidier.look() for _ in range(23)] == [None] * 23
    assert old.exists()
    assert tidier.look() == Purged()
    assert not old.exists()
    assert tidier.look() is None
    commune.change("campaigns", campaign, state="finished")
    assert tidier.look() == Purged()
