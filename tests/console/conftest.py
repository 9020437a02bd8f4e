"""A node that answers, and telephones that call it.

`called`  the product's own Asterisk with one published number, and the door behind it
`phones`  a second Asterisk, whose telephones call in
`engine`  an empty database
`hall`    a town hall that is called without Asterisk, with two homes and an officer
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from automaton.asterisk import embedded
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation
from automaton.asterisk.render import Node, render
from automaton.console.door import Door
from automaton.console.wire import Wire
from automaton.loopback import free_port
from automaton.settings import AsteriskSettings, TrunkSettings
from automaton.settings.call_ins import CallInSettings
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from tests.asterisk.ami import Ami
from tests.asterisk.conftest import installation
from tests.console.officers import answering
from tests.console.phones import Phones, telephones
from tests.console.townhall import TownHall
from tests.services.campaigns.city import City
from tests.services.campaigns.conftest import city, empty_database
from tests.system.conftest import prompts

__all__ = ["city", "empty_database", "installation", "prompts"]

PUBLISHED = "+33199000100"
LINES = 8


@dataclass
class Called:
    """The product's Asterisk, and who talks with those who call it."""

    access: Access
    prompts: Path
    talk: Callable[[Wire], None] = lambda _: None

    def phrase(self, name: str, language: str = "fr") -> Path:
        """Return the sound of a phrase."""
        return self.prompts / language / f"{name}.alaw"


@dataclass(frozen=True)
class Ground:
    """Ports and folders that both sides know."""

    folder: Path
    sip_port: int


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """A folder with a short name, and where the telephones are."""
    folder = Path(tempfile.mkdtemp(prefix="aut-"))
    yield Ground(folder, free_port(socket.SOCK_DGRAM))
    shutil.rmtree(folder)


@contextmanager
def node(
    program: Installation,
    prompts: Path,
    ground: Ground,
    did: str = PUBLISHED,
    **more: int,
) -> Iterator[Called]:
    """A node of its own with one number; `lines` are kept back, `waiting` may wait.

    Of a trunk's lines callers hold less than half, unless more are kept back.
    """
    lines = more.get("lines", LINES)
    trunk = TrunkSettings(
        name="town",
        contact=f"127.0.0.1:{ground.sip_port}",
        lines=2 * lines + 7,
        reserved_lines=lines,
        dids={did: "Exampleville"},
    )
    waits = {name: value for name, value in more.items() if name != "lines"}
    settings = CallInSettings.model_validate(waits)
    wanted = Node(program, AsteriskSettings(), [trunk], prompts, call_ins=settings)
    folder = RunFolder(Path(tempfile.mkdtemp(dir=ground.folder)))
    called = Called(render(wanted, folder), prompts)
    embedded.start(program, folder, tied=True)
    try:
        yield called
    finally:
        embedded.stop(folder)


@pytest.fixture(scope="session")
def _node(
    installation: Installation, prompts: Path, ground: Ground
) -> Iterator[Called]:
    with node(installation, prompts, ground) as called:
        yield called


@pytest.fixture
def called(_node: Called) -> Iterator[Called]:
    """A node whose door is open: set `talk` to what shall talk."""
    with opened(_node):
        yield _node


@contextmanager
def opened(called: Called, most: int = LINES) -> Iterator[None]:
    """Let a node's daemon be there meanwhile."""

    def talk(wire: Wire) -> None:
        called.talk(wire)

    access = called.access
    door = Door(access.console_port, access.console_secret, most, talk)
    door.open()
    try:
        yield
    finally:
        door.close()


@pytest.fixture(scope="session")
def _far_end(
    installation: Installation, ground: Ground, _node: Called
) -> Iterator[Access]:
    root, node = ground.folder / "far", _node.access.sip_port
    with telephones(installation, root, node, ground.sip_port) as access:
        yield access


@pytest_asyncio.fixture
async def phones(_far_end: Access, ground: Ground) -> AsyncIterator[Phones]:
    """The telephones that call in."""
    async with used(_far_end, ground.folder / "far") as found:
        yield found


@asynccontextmanager
async def used(access: Access, root: Path) -> AsyncIterator[Phones]:
    """Use the telephones that are there, below `root`."""
    ami = await Ami.connect(access)
    try:
        yield Phones(ami, root / "heard")
    finally:
        await ami.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A town hall's database."""
    url = f"sqlite:///{tmp_path / 'town.sqlite3'}"
    upgrade(url)
    opened_ = sealed(open_database(url), SealFile("main", tmp_path / "audit.key"))
    yield opened_
    opened_.dispose()


@pytest.fixture
def hall(city: City) -> Iterator[TownHall]:
    """A town of two homes, an officer, a scenario, and a number that is answered."""
    yield from answering(city, 2)
