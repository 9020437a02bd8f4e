"""A real Asterisk on free ports, for every test that wants one.

`installation`  the Asterisk of the cache (fetched once if need be)
`far_end`       SIP port of an Asterisk that plays telephones (far_end.py: its numbers)
`exchange`      the product's own Asterisk: rendered, running, with one trunk `town`
                to the far end and short prompts; `exchange.access` reaches its AMI

Elsewhere: `from tests.asterisk.conftest import exchange, far_end, installation`.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from automaton.asterisk import embedded
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation, install
from automaton.asterisk.render import Node, render
from automaton.loopback import free_port
from automaton.settings import AsteriskSettings, TrunkSettings
from tests.asterisk import far_end as telephones
from tests.asterisk.sounds import write_prompts


@dataclass(frozen=True)
class Exchange:
    """The product's Asterisk, running."""

    installation: Installation
    folder: RunFolder
    access: Access
    prompts: Path


@pytest.fixture(scope="session")
def installation() -> Installation:
    """The Asterisk of the cache that the product uses."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return install(Path(os.environ.get("AUTOMATON_CACHE") or Path(home, "automaton")))


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a short name: a control socket's path holds 108 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="aut-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def far_end(installation: Installation, short_folder: Path) -> Iterator[int]:
    """The SIP port of an Asterisk that plays telephones."""
    port = free_port(socket.SOCK_DGRAM)
    root = short_folder / "far"
    root.mkdir()
    telephones.write_files(installation, root, port)
    folder = RunFolder(root)
    process = embedded.launch(installation, folder, tied=True)
    try:
        for _ in range(400):
            assert process.poll() is None, embedded.last_words(folder)
            if embedded.is_booted(installation, folder):
                break
        yield port
    finally:
        embedded.end(process.pid, grace=3)
        process.wait()


@pytest.fixture(scope="session")
def exchange(
    installation: Installation, short_folder: Path, far_end: int
) -> Iterator[Exchange]:
    """The product's own Asterisk with the trunk `town` to the far end."""
    folder, prompts = RunFolder(short_folder / "node"), short_folder / "prompts"
    write_prompts(prompts)
    trunk = TrunkSettings(name="town", contact=f"127.0.0.1:{far_end}", lines=100)
    node = Node(installation, AsteriskSettings(), [trunk], prompts, name="node-1")
    access = render(node, folder)
    embedded.start(installation, folder, tied=True)
    try:
        yield Exchange(installation, folder, access, prompts)
    finally:
        embedded.stop(folder)
