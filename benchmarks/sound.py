"""Landlines that send sound: fifty packets a second to each call, from one process.

SIPp's own `play_pcap_audio` opens a raw socket for each call, and the kernel gives each
of them a copy of every packet of the machine: of a thousand calls that took more than
Asterisk did. Here one socket, which hears nothing, sends for all.

In: SIPp's log file, to which a scenario writes `sound PORT` when a call is answered.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType

from benchmarks.usage import usage_of
from tests.tied import started

FROM = 6_000
EVERY = 0.02  # seconds, RFC 3551's usual for A-law
SILENCE = b"\xd5" * 160
TO, SERIAL = 22, 30  # where a packet's port is, and its number with its moment
LOOK_EVERY = 0.05


@dataclass(slots=True)
class Stream:
    """What one call is still to be sent."""

    port: int
    due: float
    sent: int = 0


class Talker:
    """Sends silence to the calls that SIPp's log names, while in its context.

    Without packets it stays away. `processors`: what it used, afterwards.
    """

    def __init__(self, log: Path, packets: int) -> None:
        self._log, self._packets = log, packets
        self._words = log.parent.with_suffix(".sound")
        self.processors = 0.0

    def __enter__(self) -> Talker:
        self._process: subprocess.Popen[bytes] | None = None
        self._began = time.monotonic()
        if self._packets:
            order = [sys.executable, "-m", "benchmarks.sound"]
            order += [str(self._log), str(self._packets)]
            self._process = started(order, self._words)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        has_died = self._process.poll() is not None
        if not has_died:
            lived = time.monotonic() - self._began
            self.processors = usage_of(self._process.pid).cpu_seconds / lived
        self._process.kill()
        self._process.wait()
        if has_died and error is None:
            raise RuntimeError(f"Nobody sent sound: see {self._words}.")


def main(log: Path, packets: int) -> None:
    """Send so many packets to each call, until we are killed."""
    door = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    packet, streams = written(), deque[Stream]()
    read, look_at = 0, 0.0
    while True:
        now = time.monotonic()
        if now >= look_at:
            ports, read = told(log, read)
            streams.extend(Stream(port, now) for port in ports)
            look_at = now + LOOK_EVERY
        while streams and streams[0].due <= now:  # all have one period: so in order
            stream = streams.popleft()
            struct.pack_into(">H", packet, TO, stream.port)
            struct.pack_into(">HI", packet, SERIAL, stream.sent, stream.sent * 160)
            door.sendto(packet, ("127.0.0.1", 0))
            stream.sent, stream.due = stream.sent + 1, stream.due + EVERY
            if stream.sent < packets:
                streams.append(stream)
        next_at = min(look_at, streams[0].due if streams else look_at)
        time.sleep(max(0.0, next_at - time.monotonic()))


def written() -> bytearray:
    """Return an IP packet of A-law silence; the kernel fills in its sums."""
    rtp = struct.pack(">BBHII", 0x80, 8, 0, 0, 1) + SILENCE
    udp = struct.pack(">HHHH", FROM, 0, 8 + len(rtp), 0) + rtp
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
    return bytearray(ip + b"\x7f\0\0\1" * 2 + udp)


def told(log: Path, read: int) -> tuple[list[int], int]:
    """Return the ports that a log names from there on, and how far it was read."""
    if not log.exists():
        return [], 0
    with log.open("rb") as file:
        file.seek(read)
        whole, _, _ = file.read().rpartition(b"\n")
    words = whole.split()
    ports = [int(b) for a, b in pairwise(words) if a == b"sound"]
    return ports, read + len(whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
