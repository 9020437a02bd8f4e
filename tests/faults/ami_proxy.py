"""A villain between the daemon and the real Asterisk's manager interface.

It carries bytes both ways until it is told otherwise; every villainy has a name and an
end (`heal`). It runs in a thread of its own, so that a test may wait in the meantime.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
CHUNK = 65_536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: closing sends RST instead of FIN."""


@dataclass(eq=False, slots=True)
class Pipe:
    """One connection of the daemon and its counterpart at Asterisk.

    `is_dead`: half-open, nothing passes any more and nobody is told.
    """

    ours: asyncio.StreamWriter
    theirs: asyncio.StreamWriter
    is_dead: bool = False


@dataclass
class VillainProxy:
    """A relay on 127.0.0.1:`port` to `asterisk`, alive in a `with`.

    `linked_at`: when each connection came to be, in seconds since 1970.
    """

    asterisk: int
    seed: int = 0
    port: int = 0
    linked_at: list[float] = field(default_factory=list)
    _pipes: set[Pipe] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _refuses: bool = False
    _splits: bool = False

    def __enter__(self) -> Self:
        self._chance = random.Random(self.seed)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # Villainies

    def cut(self) -> None:
        """Close every connection in good order, and take no new one until `heal`."""
        self._now(self._refuse)
        self._now(lambda: self._drop(reset=False))

    def reset(self) -> None:
        """Reset every connection (RST); a new one is taken at once."""
        self._now(lambda: self._drop(reset=True))

    def half_open(self) -> None:
        """Let every present connection go dead without a word; new ones are good."""
        self._now(self._deaden)

    def stall(self) -> None:
        """Hold back every byte both ways, also of new connections, until `heal`."""
        self._now(self._flowing.clear)

    def split(self) -> None:
        """Pass on one byte a packet, until `heal`."""
        self._splits = True

    def heal(self) -> None:
        """End the villainy: what was held back goes on."""
        self._splits = self._refuses = False
        self._now(self._flowing.set)

    # The relay

    async def _open(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        self._drop(reset=True)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._refuses:
            writer.transport.abort()
            return
        try:
            back, forth = await asyncio.open_connection(HOST, self.asterisk)
        except OSError:
            writer.transport.abort()
            return
        for one in (writer, forth):
            connection = one.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(asyncio.CancelledError):  # by `_close`, and by nobody else
            await self._relay(Pipe(writer, forth), reader, back)

    async def _relay(
        self, pipe: Pipe, reader: asyncio.StreamReader, back: asyncio.StreamReader
    ) -> None:
        self._pipes.add(pipe)
        self.linked_at.append(time.time())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._carry(pipe, reader, pipe.theirs))
                tasks.create_task(self._carry(pipe, back, pipe.ours))
        except* (ConnectionError, OSError):
            pass
        finally:
            self._pipes.discard(pipe)
            for writer in (pipe.ours, pipe.theirs):
                writer.transport.abort()

    async def _carry(
        self, pipe: Pipe, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        while data := await source.read(CHUNK):
            await self._flowing.wait()
            if pipe.is_dead:
                continue
            for piece in self._pieces(data):
                sink.write(piece)
                await sink.drain()
                if self._splits:
                    await asyncio.sleep(0)
        raise ConnectionResetError  # the other half must end too

    def _pieces(self, data: bytes) -> list[bytes]:
        if not self._splits:
            return [data]
        return [data[at : at + 1] for at in range(len(data))]

    def _refuse(self) -> None:
        self._refuses = True

    def _deaden(self) -> None:
        for pipe in self._pipes:
            pipe.is_dead = True

    def _drop(self, *, reset: bool) -> None:
        for pipe in tuple(self._pipes):
            for writer in (pipe.ours, pipe.theirs):
                if reset:
                    connection = writer.get_extra_info("socket")
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _now(self, act: Callable[[], object]) -> None:
        async def acted() -> None:
            act()

        self._do(acted())
