"""Who calls us is told to the daemon, by which trunk; also to one that starts later."""

from __future__ import annotations

import asyncio

import pytest

from automaton.asterisk.telephone import AsteriskTelephone, telephone_at
from automaton.clock import SystemClock
from automaton.console.wire import Wire
from automaton.domain.events import CallEvent, CameIn, HungUp
from tests.console.conftest import Called
from tests.console.phones import Phones

pytestmark = pytest.mark.asterisk

NUMBER = "0199000100"


def stays(wire: Wire) -> None:
    """Talk until the caller hangs up."""
    while True:
        wire.wait_for_digit(1000)


async def first(
    telephone: AsteriskTelephone, wanted: type[CameIn | HungUp]
) -> CallEvent:
    async with asyncio.timeout(30):
        async for event in telephone.events():
            if isinstance(event, wanted):
                return event
    raise AssertionError(wanted)


async def test_a_call_that_comes_in_is_told_with_its_trunk(
    called: Called, phones: Phones
) -> None:
    called.talk = stays
    telephone = telephone_at(called.access, SystemClock())
    await telephone.open()
    try:
        caller = await phones.call(NUMBER)
        came = await first(telephone, CameIn)
        assert isinstance(came, CameIn)
        assert came.trunk == "town"
        later = telephone_at(called.access, SystemClock())
        await later.open()
        found = {call.attempt_id: call.came_by for call in await later.live_calls()}
        await later.close()
        assert found == {came.attempt_id: "town"}
        await caller.hang_up()
        ended = await first(telephone, HungUp)
        assert ended.attempt_id == came.attempt_id
    finally:
        await telephone.close()
