"""What a node says while it is asked to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from typing import Literal

import pytest

from automaton.cli.daemon import tell_end
from automaton.cli.shell import Shell
from automaton.daemon import _stop_when_asked


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
