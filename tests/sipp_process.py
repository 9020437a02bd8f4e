"""SIPp as a process: one way to start it, to end it and to read what it heard and said.

In: a scenario in a folder, and its ports. Out: every message, in the order of SIPp's
own log. What a message means is the business of those who play telephones with it:
the faults' trunks and landlines, and the bench's observer.
"""

from __future__ import annotations

import itertools
import re
import secrets
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from automaton.loopback import is_free
from tests.tied import started

HOST = "127.0.0.1"
BUFFER = "4194304"
DIGIT = Path("/usr/share/sip-tester/dtmf_2833_1.pcap")
"""Key 1 as a telephone-event, in a recording that comes with SIPp."""
FIRST_SOUND_PORT, BLOCKS, BLOCK = 5200, 100, 10
_NUMBER = re.compile(r"INVITE sips?:([^@;>]+)@")


_blocks = itertools.count(secrets.randbelow(BLOCKS))


def sound_port() -> int:
    """Return a port for sound; the next ones, which SIPp takes too, are free as well.

    No two of one process are ever the same, so that several may be started at once.
    """
    for block in itertools.islice(_blocks, BLOCKS):
        first = FIRST_SOUND_PORT + BLOCK * (block % BLOCKS)
        if all(is_free(first + more, socket.SOCK_DGRAM) for more in range(BLOCK)):
            return first
    raise OSError("no ports for the sound of SIPp are free")


@dataclass(frozen=True, slots=True)
class Message:
    """One message: when (seconds since 1970), whose, and its first line."""

    at: float
    call: str
    ours: bool
    sequence: str
    text: str

    @property
    def invited(self) -> str | None:
        """The number that an INVITE asks for, None for any other message."""
        found = _NUMBER.match(self.text)
        return found[1] if found else None


class SippProcess:
    """One SIPp on 127.0.0.1; it ends with us, whatever happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self, scenario: str, port: int, sound: int, more: Sequence[str] = ()
    ) -> None:
        """Start it on the scenario, a path or a name in the folder."""
        order = ["sipp", "-sf", scenario, "-i", HOST, "-p", str(port), "-nostdin"]
        order += ["-mi", HOST, "-mp", str(sound), "-buff_size", BUFFER]
        order += ["-trace_shortmsg", "-shortmessage_file", "messages.tsv", *more]
        self._process = started(order, self.folder / "screen", cwd=self.folder)

    def end(self) -> None:
        """Kill it and wait for its end."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still takes calls."""
        return self._process is not None and self._process.poll() is None

    def messages(self) -> Iterator[Message]:
        """Yield every message so far; a log that grows large is cut into several."""
        for file in sorted(self.folder.glob("messages*.tsv")):
            for line in file.read_text("ascii", "replace").splitlines():
                fields = line.split("\t")
                if len(fields) >= 7:
                    at, way, call, sequence, text = fields[2:7]
                    yield Message(float(at), call, way == "S", sequence, text)
