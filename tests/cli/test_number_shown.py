"""What leaves as our own number, seen by whoever takes the INVITE."""

from __future__ import annotations

import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.conftest import SETTINGS, Node

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]
COPIED = r"(?:Via|From|To|Call-ID|CSeq): .*\r\n"


@pytest.fixture
def operator() -> Iterator[socket.socket]:
    """The operator's end of a trunk: a bare socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        far.settimeout(120)
        yield far


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder with a short name."""
    folder = Path(tempfile.mkdtemp(prefix="aut-"))
    yield folder
    shutil.rmtree(folder)


def refused_invite(far: socket.socket) -> str:
    """Take one INVITE, refuse it as busy, return it."""
    packet, source = far.recvfrom(65535)
    invite = packet.decode()
    copied = "".join(re.findall(COPIED, invite))
    answer = f"SIP/2.0 486 Busy Here\r\n{copied}Content-Length: 0\r\n\r\n"
    far.sendto(answer.encode(), source)
    return invite


def test_our_number_leaves_as_the_trunk_writes_it(
    node: Node, operator: socket.socket, data: Path
) -> None:
    text = SETTINGS.format(port=operator.getsockname()[1])
    more = 'identity = "pai"\nidentity_format = "national"\nlines'
    text = text.replace("lines", more, 1).replace('"data"', f'"{data}"')
    (node.folder / "automaton.toml").write_text(text, "utf-8")
    with ThreadPoolExecutor() as threads:
        taken = threads.submit(refused_invite, operator)
        assert node("trunk", "test", "0639980011").code == 1
        invite = taken.result()
    assert invite.startswith("INVITE sip:0639980011@")
    assert re.search(r"\r\nFrom: .*<sip:0199000001@", invite)
    assert re.search(r"\r\nP-Asserted-Identity: .*<sip:0199000001@", invite)
