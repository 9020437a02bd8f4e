"""A telephone on a real Asterisk, with far ends that answer, refuse or are silent."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automaton.asterisk import embedded
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation
from automaton.asterisk.link import Pace
from automaton.asterisk.render import Node, render
from automaton.asterisk.telephone import AsteriskTelephone, telephone_at
from automaton.clock import SystemClock
from automaton.domain.attempt import Attempt, AttemptState, advance
from automaton.domain.events import (
    Answered,
    CallEvent,
    KeyPressed,
    LinkEvent,
    OrderFailed,
)
from automaton.loopback import free_port
from automaton.ports import CallOrder
from automaton.settings import AsteriskSettings, TrunkSettings
from tests.ami.refuser import Refuser
from tests.asterisk.conftest import far_end, installation, short_folder
from tests.asterisk.sounds import write_prompts

__all__ = [
    "SWIFT",
    "Exchange",
    "Listener",
    "exchange",
    "far_end",
    "installation",
    "listener",
    "order_to",
    "refuser",
    "short_folder",
    "telephone",
]

SWIFT = Pace(first_pause=timedelta(milliseconds=50))


@dataclass
class Exchange:
    """An Asterisk of our own that may be stopped and started."""

    installation: Installation
    folder: RunFolder
    access: Access
    refuser_port: int

    def start(self) -> None:
        embedded.start(self.installation, self.folder, tied=True)

    def stop(self) -> None:
        embedded.stop(self.folder)


@pytest.fixture(scope="module")
def exchange(
    installation: Installation, short_folder: Path, far_end: int
) -> Iterator[Exchange]:
    prompts = short_folder / "ami-prompts"
    write_prompts(prompts)
    port = free_port(socket.SOCK_DGRAM)
    trunks = [
        TrunkSettings(name="town", contact=f"127.0.0.1:{far_end}", lines=50),
        TrunkSettings(name="refuser", contact=f"127.0.0.1:{port}", lines=50),
    ]
    node = Node(installation, AsteriskSettings(), trunks, prompts, name="ami-node")
    folder = RunFolder(short_folder / "ami")
    made = Exchange(installation, folder, render(node, folder), port)
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def refuser(exchange: Exchange) -> AsyncIterator[Refuser]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        Refuser, local_addr=("127.0.0.1", exchange.refuser_port)
    )
    yield protocol
    transport.close()


@dataclass
class Listener:
    """Takes every fact, and lets a test wait for the one it wants."""

    telephone: AsteriskTelephone
    facts: list[CallEvent | LinkEvent] = field(default_factory=list)
    confirms: bool = True

    def __post_init__(self) -> None:
        self._news = asyncio.Condition()
        self._confirming: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self.telephone.events():
            if isinstance(event, KeyPressed) and self.confirms:
                telling = self.telephone.confirm_key(event.attempt_id, event.seq)
                task = asyncio.create_task(telling)
                self._confirming.add(task)
                task.add_done_callback(self._confirming.discard)
            async with self._news:
                self.facts.append(event)
                self._news.notify_all()

    async def until(self, claim: Callable[[], bool], seconds: float = 20) -> None:
        async with self._news, asyncio.timeout(seconds):
            await self._news.wait_for(claim)

    def of(self, attempt_id: str) -> list[CallEvent]:
        return [
            fact
            for fact in self.facts
            if isinstance(fact, CallEvent) and fact.attempt_id == attempt_id
        ]

    async def has(self, attempt_id: str, kind: type[CallEvent]) -> CallEvent:
        def found() -> list[CallEvent]:
            return [fact for fact in self.of(attempt_id) if type(fact) is kind]

        await self.until(lambda: bool(found()))
        return found()[0]

    async def ended(self, attempt_id: str) -> Attempt:
        """Return the attempt as the domain sees it once it has ended."""

        def attempt() -> Attempt:
            seen = Attempt(
                attempt_id,
                campaign_id="c",
                recipient_id="r",
                contact_point_id="p",
                e164="+33199000001",
                due_at=datetime.now(UTC),
                state=AttemptState.CLAIMED,
            )
            for fact in self.of(attempt_id):
                seen = advance(seen, fact)
            return seen

        await self.until(lambda: attempt().state is AttemptState.ENDED)
        verdict = [OrderFailed, Answered]
        await self.until(lambda: any(type(f) in verdict for f in self.of(attempt_id)))
        return attempt()


@pytest.fixture
async def telephone(exchange: Exchange) -> AsyncIterator[AsteriskTelephone]:
    opened = telephone_at(exchange.access, SystemClock(), SWIFT)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def listener(telephone: AsteriskTelephone) -> AsyncIterator[Listener]:
    listening = Listener(telephone)
    yield listening
    await telephone.close()
    await listening._task


def order_to(dialled: str, trunk: str = "town") -> CallOrder:
    return CallOrder(
        attempt_id=str(uuid.uuid4()),
        campaign_id="campaign-1",
        recipient_id="recipient-1",
        trunk=trunk,
        dialled=dialled,
        caller_id="+33199000999",
        ring=timedelta(seconds=10),
        talk=timedelta(seconds=60),
        message="message",
        key_wait=timedelta(seconds=1),
    )
