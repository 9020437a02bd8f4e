"""An AMI server on a real socket that behaves well until it is told otherwise.

It speaks what Asterisk 22.10 was seen to say. Each villainy has a name and works from
the moment it is asked for: `ami.drop_after("Originate")`, `ami.split_packets()`.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Iterable
from typing import Self

Action = dict[str, list[str]]
Reply = Callable[["Session", Action], None]

GREETING = b"Asterisk Call Manager/11.0.0\r\n"


class Session:
    """One connected client."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.splits = False
        self._turn = asyncio.Lock()

    async def write(self, data: bytes) -> None:
        """Send bytes, in one packet or in packets of one byte."""
        pieces = [bytes([byte]) for byte in data] if self.splits else [data]
        async with self._turn:
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()
                # one turn to notice the packet, one to read it: then it was alone
                await asyncio.sleep(0)
                await asyncio.sleep(0)

    async def actions(self) -> Iterable[Action]:
        """Return the next action, or nothing at the end of the connection."""
        try:
            block = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return ()
        action: Action = {}
        for line in block.decode().strip().split("\r\n"):
            name, _, value = line.partition(": ")
            action.setdefault(name.lower(), []).append(value)
        return (action,)


class VillainAmi:
    """The server. `actions` holds all that was received, on any connection."""

    def __init__(self, secret: str = "a long enough secret") -> None:
        self.secret = secret
        self.uptime = 1000
        self.says_booted = True
        self.actions: list[Action] = []
        self.connections = 0
        self.channels: list[dict[str, str]] = []
        self.database: dict[str, str] = {}
        self._dropped: set[str] = set()
        self._stalled: set[str] = set()
        self._doubled: set[str] = set()
        self._errors: dict[str, str] = {}
        self._before: dict[str, list[dict[str, str]]] = {}
        self._splits = False
        self._is_silent = False
        self._sessions: set[Session] = set()
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Villainies

    def drop_after(self, name: str) -> None:
        """Close the connection once, when this action arrives, without an answer."""
        self._dropped.add(name.lower())

    def stall(self, name: str) -> None:
        """Never answer this action."""
        self._stalled.add(name.lower())

    def answer_twice(self, name: str) -> None:
        """Answer this action two times."""
        self._doubled.add(name.lower())

    def refuse(self, name: str, message: str) -> None:
        """Answer this action with an error."""
        self._errors[name.lower()] = message

    def allow(self, name: str) -> None:
        """Answer this action with success again."""
        del self._errors[name.lower()]

    def tell_before_answer(self, name: str, event: str, **headers: str) -> None:
        """Tell an event that belongs to this action before its response."""
        told = self._before.setdefault(name.lower(), [])
        told.append({"Event": event, **headers})

    def split_packets(self) -> None:
        """Send every byte in a packet of its own: inside characters, blank lines."""
        self._splits = True
        for session in self._sessions:
            session.splits = True

    def go_silent(self) -> None:
        """Be half-open: take everything, say nothing, keep the connection."""
        self._is_silent = True

    def speak_again(self) -> None:
        """Answer new connections as before."""
        self._is_silent = False

    def cut(self) -> None:
        """Drop every connection now."""
        for session in tuple(self._sessions):
            session.writer.transport.abort()

    async def stop_listening(self) -> None:
        """Refuse new connections and drop the present ones."""
        self._server.close()
        self.cut()

    async def listen_again(self) -> None:
        """Listen on the same port as before."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, reuse_address=True
        )

    # What a test looks at and says

    def received(self, name: str) -> list[Action]:
        """Return the actions of this name so far."""
        return [a for a in self.actions if a["action"] == [name]]

    async def has_received(self, name: str, count: int = 1) -> list[Action]:
        """Wait until this action came `count` times."""
        async with self._news, asyncio.timeout(30):
            await self._news.wait_for(lambda: len(self.received(name)) >= count)
        return self.received(name)

    async def tell(self, event: str, **headers: str) -> None:
        """Tell an event to every client."""
        await self.send(packet({"Event": event, **headers}))

    async def send(self, data: bytes) -> None:
        """Send raw bytes to every client."""
        for session in tuple(self._sessions):
            await session.write(data)

    # The server

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(reader, writer)
        session.splits = self._splits
        self.connections += 1
        self._sessions.add(session)
        try:
            if not self._is_silent:
                await session.write(GREETING)
            while actions := await session.actions():
                for action in actions:
                    await self._take(session, action)
        except ConnectionError:
            pass
        finally:
            self._sessions.discard(session)
            self._tasks.discard(task)
            writer.close()

    async def _take(self, session: Session, action: Action) -> None:
        name = action["action"][0].lower()
        async with self._news:
            self.actions.append(action)
            self._news.notify_all()
        if name in self._dropped:
            self._dropped.discard(name)
            session.writer.transport.abort()
        elif name not in self._stalled and not self._is_silent:
            for told in self._before.get(name, ()):
                await session.write(packet(told))
            for _ in range(2 if name in self._doubled else 1):
                await session.write(self._answer(name, action))

    def _answer(self, name: str, action: Action) -> bytes:
        if name in self._errors:
            return response(action, "Error", Message=self._errors[name])
        answer = getattr(self, f"_on_{name}", None)
        if answer is None:
            return response(action, "Success", Message="Done")
        answered: bytes = answer(action)
        return answered

    def _on_login(self, action: Action) -> bytes:
        if action["secret"] != [self.secret]:
            return response(action, "Error", Message="Authentication failed")
        answer = response(action, "Success", Message="Authentication accepted")
        if action["events"] == ["off"] or not self.says_booted:
            return answer
        booted = {
            "Event": "FullyBooted",
            "Privilege": "system,all",
            "Uptime": str(self.uptime),
            "LastReload": str(self.uptime),
            "Status": "Fully Booted",
        }
        return answer + packet(booted)

    def _on_originate(self, action: Action) -> bytes:
        return response(action, "Success", Message="Originate successfully queued")

    def _on_coreshowchannels(self, action: Action) -> bytes:
        items = [{"Event": "CoreShowChannel", **each} for each in self.channels]
        return listing(action, items, "CoreShowChannelsComplete")

    def _on_dbgettree(self, action: Action) -> bytes:
        items = [
            {"Event": "DBGetTreeResponse", "Key": key, "Val": value}
            for key, value in self.database.items()
        ]
        return listing(action, items, "DBGetTreeComplete")

    def _on_setvar(self, action: Action) -> bytes:
        if found := re.fullmatch(r"DB_DELETE\((.+)\)", action["variable"][0]):
            self.database.pop(f"/{found[1]}", None)
        return response(action, "Success", Message="Variable Set")


def packet(headers: dict[str, str]) -> bytes:
    """Write headers as AMI does."""
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    return ("".join(lines) + "\r\n").encode()


def response(action: Action, verdict: str, **headers: str) -> bytes:
    """Write the response to an action."""
    own = {"Response": verdict, "ActionID": action["actionid"][0]}
    return packet({**own, **headers})


def listing(action: Action, items: list[dict[str, str]], end: str) -> bytes:
    """Write a response with a list behind it."""
    own = {"ActionID": action["actionid"][0]}
    begin = response(action, "Success", EventList="start", Message="Result will follow")
    told = b"".join(packet({**item, **own}) for item in items)
    close = {"Event": end, **own, "EventList": "Complete", "ListItems": str(len(items))}
    return begin + told + packet(close)
