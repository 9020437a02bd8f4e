"""A node that answers, and telephones that call it.

`called`  the product's own Asterisk with one published number, and the door behind it
`phones`  a second Asterisk, whose telephones call in
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from automaton.asterisk import embedded
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation
from automaton.asterisk.render import Node, render
from automaton.console.door import Door
from automaton.console.wire import Wire
from automaton.loopback import free_port
from automaton.settings import AsteriskSettings, TrunkSettings
from tests.asterisk.ami import Ami
from tests.asterisk.conftest import installation
from tests.console.phones import Phones, telephones
from tests.system.conftest import prompts

__all__ = ["installation", "prompts"]

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


@pytest.fixture(scope="session")
def _node(
    installation: Installation, prompts: Path, ground: Ground
) -> Iterator[Called]:
    trunk = TrunkSettings(
        name="town",
        contact=f"127.0.0.1:{ground.sip_port}",
        lines=2 * LINES,
        reserved_lines=LINES,
        dids={PUBLISHED: "Exampleville"},
    )
    node = Node(installation, AsteriskSettings(), [trunk], prompts)
    folder = RunFolder(ground.folder / "node")
    called = Called(render(node, folder), prompts)
    embedded.start(installation, folder, tied=True)
    try:
        yield called
    finally:
        embedded.stop(folder)


@pytest.fixture
def called(_node: Called) -> Iterator[Called]:
    """A node whose door is open: set `talk` to what shall talk."""
    access = _node.access

    def talk(wire: Wire) -> None:
        _node.talk(wire)

    door = Door(access.console_port, access.console_secret, LINES, talk)
    door.open()
    yield _node
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
    ami = await Ami.connect(_far_end)
    yield Phones(ami, ground.folder / "far/heard")
    await ami.close()
