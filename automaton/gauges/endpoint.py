"""A small HTTP/1.1 door on the loop: a few pages, GET and HEAD, one answer a link.

It is meant for machines on this machine: no password, no body is read, and whoever is
slow, long or many is let go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog

log = structlog.get_logger(__name__)

PATIENCE = 5.0  # seconds for a whole request and its answer
MOST_AT_ONCE = 32
LONGEST_HEAD = 8192
PLAIN = "text/plain; charset=utf-8"
METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page says."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    kind: str = PLAIN


Page = Callable[[], Awaitable[Answer]]


class Endpoint:
    """Pages by path, from `open` to `close`."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> tuple[str, int]:
        """Listen; return where. `OSError` where that place cannot be had."""
        self._server = await asyncio.start_server(
            self._take, host, port, limit=LONGEST_HEAD
        )
        where: tuple[str, int] = self._server.sockets[0].getsockname()[:2]
        return where

    async def close(self) -> None:
        """Stop listening and drop whoever is still there."""
        if self._server is None:
            return
        self._server.close()
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        link = asyncio.current_task()
        assert link is not None
        self._links.add(link)
        try:
            if len(self._links) <= MOST_AT_ONCE:
                async with asyncio.timeout(PATIENCE):
                    writer.write(await self._answer(reader))
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # who has gone, or was too slow, is owed nothing
        finally:
            self._links.discard(link)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""
        except asyncio.LimitOverrunError:
            too_long = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            return _written(_short(too_long), "GET")
        method, _, rest = head.decode("latin-1").partition(" ")
        target, _, version = rest.partition("\r\n")[0].partition(" ")
        if not version.startswith("HTTP/1."):
            return _written(_short(HTTPStatus.BAD_REQUEST), "GET")
        return _written(await self._page(method, target.partition("?")[0]), method)

    async def _page(self, method: str, path: str) -> Answer:
        page = self._pages.get(path)
        if page is None:
            return _short(HTTPStatus.NOT_FOUND)
        if method not in METHODS:
            return _short(HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            return await page()
        except Exception as error:
            log.exception("a page for those who watch failed", page=path, error=error)
            return _short(HTTPStatus.INTERNAL_SERVER_ERROR)


def _short(status: HTTPStatus) -> Answer:
    return Answer(f"{status.value} {status.phrase}\n".encode(), status)


def _written(answer: Answer, method: str) -> bytes:
    """Return an answer as it travels; the link is closed after it."""
    status = answer.status
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {answer.kind}",
        f"Content-Length: {len(answer.body)}",
        "Cache-Control: no-store",
        "Connection: close",
    ]
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        lines.append(f"Allow: {', '.join(METHODS)}")
    head = "\r\n".join([*lines, "", ""]).encode()
    return head if method == "HEAD" else head + answer.body
