"""What a node says while it is asked to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from automaton import daemon
from automaton.cli.daemon import tell_end
from automaton.cli.shell import Shell
from automaton.daemon import _stop_when_asked
from automaton.errors import LineError
from automaton.settings import Settings


@pytest.mark.parametrize(
    ("language", "calls", "told"),
    [
        ("fr", 0, "Arrêt : aucun appel n’est en cours."),
        ("fr", 1, "plus aucun appel ne part ; 1 appel continue, pendant 30 s au plus."),
        ("fr", 12, "12 appels continuent, pendant 30 s au plus."),
        ("en", 0, "Stopping: no call is going on."),
        ("en", 1, "no new call leaves; 1 call goes on, for 30 s at most."),
        ("en", 12, "12 calls go on, for 30 s at most."),
    ],
)
def test_a_node_that_stops_says_how_many_calls_go_on_and_how_long(
    language: Literal["fr", "en"],
    calls: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_end(Shell(chosen=language), calls, timedelta(seconds=30))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith(f"{told}\n")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_said_at_once_and_once(number: signal.Signals) -> None:
    # Ctrl-C was answered by silence until the last call was over.
    told: list[bool] = []

    async def asked_twice() -> None:
        stop = _stop_when_asked(lambda: told.append(stop.is_set()))
        os.kill(os.getpid(), number)
        await asyncio.wait_for(stop.wait(), 5)
        assert told == [True]
        os.kill(os.getpid(), number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(asked_twice())
    assert told == [True]


@pytest.mark.parametrize("has_begun", [True, False])
def test_only_an_asterisk_whose_calls_we_cannot_take_up_outlives_a_daemon_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_begun: bool
) -> None:
    # One that a daemon had taken over stayed where that daemon failed at its stop.
    ended = []
    settings = Settings.model_validate({"folders": {"data": str(tmp_path)}})

    async def fail(_: Settings, *told: daemon.Ready) -> None:
        ready, _stopping, begun = told
        ready()
        if has_begun:
            begun()
        raise LineError("the database is away")

    monkeypatch.setattr(daemon, "_serve", fail)
    monkeypatch.setattr(daemon, "_bring_asterisk_up", lambda *_: True)
    monkeypatch.setattr(daemon, "_end_our_asterisk", ended.append)
    monkeypatch.setattr(daemon.bootstrap, "render_phrases", lambda _: None)
    with pytest.raises(LineError):
        daemon.run(settings)
    assert bool(ended) == has_begun
