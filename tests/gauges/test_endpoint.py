"""The door itself, against people who are slow, long, many or wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from automaton.gauges import endpoint as room
from automaton.gauges.endpoint import Answer, Endpoint
from tests.watching.conftest import Said, ask


async def fine() -> Answer:
    return Answer(b"fine\n")


async def broken() -> Answer:
    raise ValueError("a secret thing")


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[str, int]]:
    door = Endpoint({"/fine": fine, "/broken": broken})
    where = await door.open("127.0.0.1", 0)
    try:
        yield where
    finally:
        await door.close()


async def said(request: str) -> Said:
    async with opened() as where:
        return await ask(where, request.replace("\n", "\r\n").encode())


async def test_get_gives_the_page_and_head_the_same_without_it() -> None:
    got = await said("GET /fine HTTP/1.1\nHost: x\n\n")
    head = await said("HEAD /fine?a=b HTTP/1.0\n\n")
    assert (got.status, got.body) == (200, "fine\n")
    assert (head.status, head.body) == (200, "")
    assert head.headers == got.headers
    assert got.headers["Content-Length"] == "5"
    assert got.headers["Connection"] == "close"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET / HTTP/1.1\n\n", 404),
        ("GET /fine/../fine HTTP/1.1\n\n", 404),
        ("POST /fine HTTP/1.1\nContent-Length: 3\n\nabc", 405),
        ("DELETE /fine HTTP/1.1\n\n", 405),
        ("GET /fine SIP/2.0\n\n", 400),
        ("nonsense\n\n", 400),
        ("GET /broken HTTP/1.1\n\n", 500),
    ],
)
async def test_what_is_not_served_is_refused(request_: str, status: int) -> None:
    told = await said(request_)
    assert told.status == status
    assert "secret" not in told.body


async def test_a_refused_method_is_told_what_is_allowed() -> None:
    told = await said("PUT /fine HTTP/1.1\n\n")
    assert told.headers["Allow"] == "GET, HEAD"


async def test_a_head_without_end_is_refused() -> None:
    endless = "GET /fine HTTP/1.1\nX: " + "x" * 2 * room.LONGEST_HEAD
    assert (await said(endless)).status == 431


async def test_who_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.05)
    async with opened() as where:
        reader, writer = await asyncio.open_connection(*where)
        writer.write(b"GET /fi")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_who_goes_away_leaves_nothing_behind() -> None:
    async with opened() as where:
        for _ in range(3):
            _, writer = await asyncio.open_connection(*where)
            writer.transport.abort()
        assert (await ask(where, b"GET /fine HTTP/1.1\r\n\r\n")).status == 200


async def test_those_who_are_too_many_are_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "MOST_AT_ONCE", 1)
    async with opened() as where:
        _, first = await asyncio.open_connection(*where)
        reader, second = await asyncio.open_connection(*where)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        first.close()
        second.close()


async def test_whoever_is_there_at_the_end_is_dropped() -> None:
    async with opened() as where:
        reader, writer = await asyncio.open_connection(*where)
        writer.write(b"GET")
        await asyncio.sleep(0)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_a_door_that_was_never_opened_can_be_closed_and_opened_then() -> None:
    door = Endpoint({"/fine": fine})
    await door.close()
    where = await door.open("127.0.0.1", 0)
    told = await ask(where, b"GET /fine HTTP/1.1\r\n\r\n")
    await door.close()
    assert told.status == 200
