"""Keys that come as RFC 4733 events, as SIP INFO and in band: each by real calls."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from automaton.asterisk import embedded
from automaton.asterisk.folder import Access, RunFolder
from automaton.asterisk.install import Installation
from automaton.asterisk.render import Node, render
from automaton.loopback import free_port
from automaton.settings import AsteriskSettings, TrunkSettings
from tests.asterisk import far_end as far
from tests.asterisk.calls import Call, Record, ring_all
from tests.asterisk.sounds import write_prompts

pytestmark = pytest.mark.asterisk

# How the operator sends keys, and the `dtmf_mode` of our trunk to it.
PAIRS = {
    "event": ("rfc4733", "rfc4733"),
    "info": ("info", "info"),
    "info-uninvited": ("info", "rfc4733"),
    "inband": ("inband", "inband"),
    "inband-found": ("inband", "auto"),
}
PRESSED = {"1": far.PRESSES_1_EARLY, "3": far.PRESSES_3, "99": far.PRESSES_9_TWICE}
OFFERED = {"KEYS": "1239", "KEYWAIT": "3"}


@pytest.fixture(scope="module")
def operators(
    installation: Installation, short_folder: Path
) -> Iterator[dict[str, int]]:
    """The SIP ports of three far ends, by how their telephones send keys."""
    with ExitStack() as ends:
        yield {
            keys: far_end(installation, short_folder / keys, keys, ends)
            for keys in ("rfc4733", "info", "inband")
        }


def far_end(installation: Installation, root: Path, keys: str, ends: ExitStack) -> int:
    """Start telephones that send keys in this way; return their SIP port."""
    port = free_port(socket.SOCK_DGRAM)
    root.mkdir()
    far.write_files(installation, root, port, keys)
    folder = RunFolder(root)
    process = embedded.launch(installation, folder, tied=True)
    ends.callback(process.wait)
    ends.callback(embedded.end, process.pid, grace=3)
    for _ in range(400):
        assert process.poll() is None, embedded.last_words(folder)
        if embedded.is_booted(installation, folder):
            break
    return port


@pytest.fixture(scope="module")
def access(
    installation: Installation, short_folder: Path, operators: dict[str, int]
) -> Iterator[Access]:
    """The product's own Asterisk with a trunk for each pair."""
    folder, prompts = RunFolder(short_folder / "keys"), short_folder / "prompts-keys"
    write_prompts(prompts)
    trunks = [
        TrunkSettings(
            name=name,
            contact=f"127.0.0.1:{operators[theirs]}",
            lines=10,
            dtmf_mode=ours,  # type: ignore[arg-type]
        )
        for name, (theirs, ours) in PAIRS.items()
    ]
    node = Node(installation, AsteriskSettings(), trunks, prompts, name="node-1")
    reached = render(node, folder)
    embedded.start(installation, folder, tied=True)
    try:
        yield reached
    finally:
        embedded.stop(folder)


@pytest.fixture(scope="module")
def street(access: Access) -> dict[str, Record]:
    """One call for each pair and each key."""
    calls = {
        f"{pair} {keys}": Call(number, OFFERED, trunk=pair)
        for pair in PAIRS
        for keys, number in PRESSED.items()
    }
    return asyncio.run(ring_all(access, calls))


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("keys", PRESSED)
def test_each_key_arrives_once_however_it_is_sent(street, pair, keys):
    record = street[f"{pair} {keys}"]
    assert record.done["Keys"] == keys
    assert record.keys == [keys[-1]]
    assert f"thanks-{keys[-1]}" in record.played
