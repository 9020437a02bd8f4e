"""Many call at once: all are answered, and who comes beyond waits for a place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine

from automaton.asterisk.install import Installation
from automaton.console.wire import Wire
from automaton.domain.call_in import CameTo
from tests.console.conftest import Ground, node, opened
from tests.console.hall import OTHER, STRANGER, Hall, written
from tests.console.phones import Caller, Phones
from tests.console.townhall import CODE

pytestmark = pytest.mark.asterisk

OFFICER = "+33199000170"
FLOOD = "La rivière monte. Allez à l'étage."


async def test_who_finds_all_lines_taken_waits_and_is_answered(
    installation: Installation,
    prompts: Path,
    ground: Ground,
    phones: Phones,
    engine: Engine,
    tmp_path: Path,
) -> None:
    did = "+33199000160"
    town = Hall(engine, prompts, tmp_path, did)
    flood = town.campaign(FLOOD)
    town.standby.keep_public()
    try:
        with node(installation, prompts, ground, did, lines=1, waiting=1) as small:
            small.talk = town.talk
            with opened(small):
                port = small.access.sip_port
                first = await phones.call("0199000160", written(STRANGER), port)
                await first.hears(small.phrase("call-greeting"))
                second = await phones.call("0199000160", written(OTHER), port)
                await second.hears(small.phrase("all-busy"), 60)
                await second.hears(flood)
                third = await phones.call("0199000160", written(OTHER), port)
                await third.hears(small.phrase("still-busy"))
                await first.hang_up()
                await second.hears(small.phrase("call-greeting"))
                await second.hang_up()
    finally:
        town.forget_public()


async def test_an_officer_comes_in_though_residents_hold_every_place(
    installation: Installation,
    prompts: Path,
    ground: Ground,
    phones: Phones,
    engine: Engine,
    tmp_path: Path,
) -> None:
    # One talks, three wait: the trunk gives no more lines to callers. Two hear so and
    # are let go, others find the line busy; sixty residents kept the mayor out.
    did, national = "+33199000162", "0199000162"
    town = Hall(engine, prompts, tmp_path, did)
    town.campaign(FLOOD)
    town.officer("12", CODE)

    def talk(wire: Wire) -> None:
        while wire.env["agi_callerid"] == written(STRANGER):
            wire.wait_for_digit(1000)  # who talks on and on
        town.talk(wire)

    with node(installation, prompts, ground, did, lines=1) as small:
        small.talk = talk
        with opened(small):
            port, busy = small.access.sip_port, small.phrase("all-busy")
            await phones.call(national, written(STRANGER), port)
            for _ in range(3):
                waits = await phones.call(national, written(OTHER), port)
                await waits.hears(busy, 60)
            crowd = [await phones.call(national, written(OTHER), port) for _ in "ab"]
            assert await phones.is_refused(national, port) == "17"
            for one in crowd:
                await one.goes_dead()
            mayor = await phones.call(national, written(OFFICER), port)
            await mayor.press("*")
            await mayor.hears(small.phrase("officer-number"))
            await mayor.press("12#")
            await mayor.hears(small.phrase("officer-code"))
            await mayor.press(f"{CODE}#")
            await mayor.hears(small.phrase("officer-menu"), 60)
            await waits.press("*")  # in the queue
            await waits.hears(small.phrase("officer-number"))
            for caller in (mayor, waits):
                await caller.hang_up()
    assert CameTo.OFFICER in town.came_to


@pytest.mark.slow
async def test_sixty_who_call_at_once_are_all_answered(
    installation: Installation,
    prompts: Path,
    ground: Ground,
    phones: Phones,
    engine: Engine,
    tmp_path: Path,
) -> None:
    did, many = "+33199000161", 60
    town = Hall(engine, prompts, tmp_path, did)
    numbers = [f"+3319900{1000 + index}" for index in range(many)]
    for e164 in numbers:
        town.commune.home(e164)
    flood = town.campaign(FLOOD)
    with node(installation, prompts, ground, did, lines=many) as large:
        large.talk = town.talk
        with opened(large, many + 4):
            port = large.access.sip_port
            calls = [phones.call("0199000161", written(n), port) for n in numbers]
            await asyncio.gather(*(_confirms(one, flood) for one in calls))
    assert {proof for _, proof in town.words()} == {"called_back"}
    wanted = {town.recipient(one) for one in numbers}
    assert {recipient for recipient, _ in town.words()} == wanted


async def _confirms(calling: Awaitable[Caller], sound: Path) -> None:
    """Hear a message and confirm it, until the call is over; sixty listen seldom.

    What each is told once, on a machine that sixty calls fill, may be heard with gaps.
    """
    caller = await calling
    caller.step = 2.0
    await caller.hears(sound, 90)
    for _ in range(4):  # who hears no thanks presses again
        await caller.press("1")
        with suppress(TimeoutError):
            return await caller.goes_dead(40)
    pytest.fail("the call goes on and on")
