"""A call that comes in is answered, by a real Asterisk and with real sound."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from automaton import bootstrap
from automaton.console.line import Line, Voice
from automaton.console.wire import CallEndedError, Wire
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from tests.console.conftest import PUBLISHED, Called
from tests.console.phones import Phones, decoded, holds, is_recorded

pytestmark = pytest.mark.asterisk


def line_of(called: Called, wire: Wire) -> Line:
    settings = Settings(folders=FoldersSettings(prompts=called.prompts))
    book = bootstrap.phrasebook(settings)
    return Line(wire, Voice(called.prompts, bootstrap.speaker(settings), book))


def heard_in(kept: Path) -> np.ndarray:
    return decoded(kept.with_suffix(".alaw").read_bytes())


async def test_what_is_said_is_heard_and_a_key_ends_it(
    called: Called, phones: Phones
) -> None:
    keys: list[str] = []

    def talk(wire: Wire) -> None:
        line = line_of(called, wire)
        keys.append(line.ask("exercise", "no-message"))
        line.say("goodbye")
        line.hang_up()

    called.talk = talk
    caller = await phones.call(PUBLISHED)
    await caller.hears(called.phrase("exercise"))
    await caller.press("4")
    await caller.hears(called.phrase("goodbye"))
    await caller.goes_dead()
    assert keys == ["4"]


async def test_digits_are_taken_while_we_speak(called: Called, phones: Phones) -> None:
    codes: list[str] = []

    def talk(wire: Wire) -> None:
        line = line_of(called, wire)
        codes.append(line.digits("exercise", 6))
        line.hang_up()

    called.talk = talk
    caller = await phones.call(PUBLISHED)
    await caller.press("271828")
    await caller.goes_dead()
    assert codes == ["271828"]


async def test_who_calls_whom_is_told(called: Called, phones: Phones) -> None:
    told: list[tuple[str, str | None]] = []

    def talk(wire: Wire) -> None:
        line = line_of(called, wire)
        told.append((line.called, line.caller))
        line.hang_up()

    called.talk = talk
    for written in ("0199000100", "33199000100", "+33199000100"):
        await (await phones.call(written, "0199000077")).goes_dead()
    assert told == [(PUBLISHED, "0199000077")] * 3


async def test_a_number_that_is_not_published_is_refused(
    called: Called, phones: Phones
) -> None:
    assert await phones.is_refused("0199000101") == "1"


async def test_a_recording_is_what_the_caller_said(
    called: Called, phones: Phones, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"

    def talk(wire: Wire) -> None:
        line = line_of(called, wire)
        line.say("thanks-1", keys="")
        line.record(kept, timedelta(seconds=30))
        line.say("goodbye")
        line.hang_up()

    called.talk = talk
    caller = await phones.call(PUBLISHED)
    await caller.hears(called.phrase("thanks-1"))
    await is_recorded(tmp_path)
    await caller.say(called.phrase("exercise"))
    await caller.press("#")
    await caller.goes_dead()
    assert holds(heard_in(kept), called.phrase("exercise"))


async def test_a_recording_outlives_a_call_that_breaks_off(
    called: Called, phones: Phones, tmp_path: Path
) -> None:
    kept, over = tmp_path / "kept", Event()

    def talk(wire: Wire) -> None:
        line = line_of(called, wire)
        try:
            line.record(kept, timedelta(seconds=30))
            line.say("goodbye")
        except CallEndedError:
            over.set()

    called.talk = talk
    caller = await phones.call(PUBLISHED)
    await is_recorded(tmp_path)
    await caller.say(called.phrase("thanks-1"))
    await caller.hang_up()
    assert await asyncio.to_thread(over.wait, 10)
    assert holds(heard_in(kept), called.phrase("thanks-1"))


async def test_without_the_daemon_the_dialplan_still_answers(
    called: Called, phones: Phones
) -> None:
    def fails(_: Wire) -> None:
        raise CallEndedError("gone")

    called.talk = fails
    caller = await phones.call(PUBLISHED)
    await caller.hears(called.phrase("not-now"))
    await caller.goes_dead()
