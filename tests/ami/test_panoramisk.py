"""panoramisk 1.4 as it is, without the hem: each fault that `wire.py` overrides.

When one of these tests fails, that fault is mended upstream and its override can go.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from panoramisk import Manager

from tests.ami.villain import VillainAmi

ORIGINATE = {"Action": "Originate", "Channel": "PJSIP/x@trunk", "Async": "true"}
MOMENT = 0.05


@pytest.fixture
async def bare(ami: VillainAmi) -> AsyncIterator[Any]:
    manager = Manager(
        host="127.0.0.1",
        port=ami.port,
        username="automaton",
        secret=ami.secret,
        reconnect_timeout=0,
        loop=asyncio.get_running_loop(),
    )
    manager.heard = []
    manager.register_event("*", lambda _, event: manager.heard.append(event))
    manager.connect()
    await until(lambda: bool(manager.heard))
    yield manager
    manager.close()


async def until(claim: Any) -> None:
    async with asyncio.timeout(30):
        while not claim():  # noqa: ASYNC110 - panoramisk has nothing to wait on
            await asyncio.sleep(0.001)


async def test_an_unanswered_originate_is_sent_again_after_a_reconnect(
    ami: VillainAmi, bare: Any
) -> None:
    ami.drop_after("Originate")
    bare.send_action(dict(ORIGINATE))
    first, second = await ami.has_received("Originate", 2)
    assert first["actionid"] == second["actionid"]
    assert len(ami.received("Login")) == 2


async def test_an_originate_that_was_queued_never_resolves_after_a_drop(
    ami: VillainAmi, bare: Any
) -> None:
    future = bare.send_action(dict(ORIGINATE))
    await ami.has_received("Originate")
    await asyncio.sleep(MOMENT)
    ami.cut()
    await ami.has_received("Login", 2)
    await asyncio.sleep(MOMENT)
    assert not future.done()


async def test_originate_response_reaches_no_handler(
    ami: VillainAmi, bare: Any
) -> None:
    future = bare.send_action({**ORIGINATE, "ActionID": "a-1"})
    await ami.has_received("Originate")
    await ami.tell("OriginateResponse", ActionID="a-1", Response="Success")
    await future
    assert [event.event for event in bare.heard] == ["FullyBooted"]


async def test_a_refused_list_never_resolves(ami: VillainAmi, bare: Any) -> None:
    ami.refuse("DBGetTree", "Permission denied")
    future = bare.send_action({"Action": "DBGetTree", "Family": "x"}, as_list=True)
    await ami.has_received("DBGetTree")
    await asyncio.sleep(MOMENT)
    assert not future.done()


async def test_a_character_split_over_two_packets_is_lost(
    ami: VillainAmi, bare: Any
) -> None:
    ami.split_packets()
    await ami.tell("UserEvent", Text="é")
    await until(lambda: len(bare.heard) == 2)
    assert bare.heard[1].text == ""


async def test_a_raising_callback_closes_the_link(ami: VillainAmi, bare: Any) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    bare.register_event("Hangup", lambda *_: 1 / 0)
    await ami.tell("Hangup")
    logins = await ami.has_received("Login", 2)
    assert len(logins) == 2
    assert [event.event for event in bare.heard][:2] == ["FullyBooted", "Hangup"]


async def test_a_line_break_in_a_value_becomes_a_header(
    ami: VillainAmi, bare: Any
) -> None:
    bare.send_action({**ORIGINATE, "CallerID": "x\r\nApplication: System"})
    (action,) = await ami.has_received("Originate")
    assert action["application"] == ["System"]


async def test_an_action_has_no_deadline_and_a_silent_peer_is_not_noticed(
    ami: VillainAmi, bare: Any
) -> None:
    ami.go_silent()
    bare.pinger.cancel()
    bare.ping_interval = 0.001
    future = bare.send_action({"Action": "Status"})
    bare.ping()
    await ami.has_received("Ping", 20)
    assert not future.done()
    assert ami.connections == 1
