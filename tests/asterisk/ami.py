"""The smallest manager client: raw lines over a socket, for tests alone."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from automaton.asterisk.folder import Access

Packet = dict[str, str]


@dataclass
class Ami:
    """One logged-in session; `events` holds every event in the order it came."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    events: list[Packet] = field(default_factory=list)
    listeners: list[Callable[[Packet], None]] = field(default_factory=list)
    answers: dict[str, asyncio.Future[list[Packet]]] = field(default_factory=dict)
    lists: dict[str, list[Packet]] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, access: Access, maintenance: bool = False) -> Ami:
        """Log in as the daemon does, or as its maintenance account."""
        reader, writer = await asyncio.open_connection(access.host, access.port)
        await reader.readline()
        ami = cls(reader, writer)
        ami.task = asyncio.create_task(ami.read())
        user, secret = access.user, access.secret
        if maintenance:
            user, secret = access.maintenance_user, access.maintenance_secret
        answer = await ami.ask("Login", Username=user, Secret=secret)
        assert answer[0]["Response"] == "Success", answer
        return ami

    async def close(self) -> None:
        """Close the session."""
        assert self.task is not None
        self.task.cancel()
        self.writer.close()
        await asyncio.gather(
            self.task, self.writer.wait_closed(), return_exceptions=True
        )

    async def ask(self, action: str, **headers: str | list[str]) -> list[Packet]:
        """Send an action; return its answer, followed by its list of events."""
        number = str(headers.pop("ActionID", f"test-{next(self.numbers)}"))
        lines = [f"Action: {action}", f"ActionID: {number}"]
        for name, value in headers.items():
            values = [value] if isinstance(value, str) else value
            lines += [f"{name}: {one}" for one in values]
        future = asyncio.get_running_loop().create_future()
        self.answers[number] = future
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        return await asyncio.wait_for(future, 10)

    async def wait(
        self, wanted: Callable[[Packet], bool], seconds: float = 30
    ) -> Packet:
        """Return the first event, past or future, that is wanted."""
        async with self.changed:
            await asyncio.wait_for(
                self.changed.wait_for(lambda: any(map(wanted, self.events))), seconds
            )
        return next(filter(wanted, self.events))

    async def read(self) -> None:
        """Sort what comes into answers and events until the link ends."""
        while True:
            packet: Packet = {}
            while line := (await self.reader.readline()).decode().rstrip("\r\n"):
                name, _, value = line.partition(": ")
                packet[name.rstrip(":")] = value
            if self.reader.at_eof():
                return
            await self.sort(packet)

    async def sort(self, packet: Packet) -> None:
        """Hand one packet to whoever waits for it."""
        number = packet.get("ActionID", "")
        future = self.answers.get(number)
        waiting = future is not None and not future.done()
        if "Response" in packet and waiting:
            if packet.get("EventList") == "start":
                self.lists[number] = [packet]
            else:
                self.answers.pop(number).set_result([packet])
        elif number in self.lists and waiting:
            self.lists[number].append(packet)
            if packet.get("EventList") == "Complete":
                self.answers.pop(number).set_result(self.lists.pop(number))
        else:
            self.events.append(packet)
            for listener in self.listeners:
                listener(packet)
            async with self.changed:
                self.changed.notify_all()
