"""What the network says and the manager interface does not: Retry-After.

Asterisk keeps no header of a refusal, but can copy its SIP packets to an address (HEP,
modules res_hep and res_hep_pjsip). In: these copies, on loopback. Out: how long a
number's network asked us to wait. What is lost or late is missed, and nothing else.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time

import structlog

log = structlog.get_logger(__name__)

KEPT_SECONDS = 5.0
LARGEST = 4096
_REFUSAL = re.compile(rb"SIP/2\.0 (?:48\d|5\d\d|60[03])\s")
_TO = re.compile(rb"\r\n(?:To|t)\s*:[^\r\n]*?sips?:([^@;>\s]+)@", re.IGNORECASE)
_RETRY_AFTER = re.compile(rb"\r\nRetry-After\s*:\s*(\d{1,9})", re.IGNORECASE)


class Whispers:
    """Listens on a port of loopback between `open` and `close`; never waits."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._heard: dict[str, tuple[int, float]] = {}

    def open(self) -> None:
        """Begin to listen; where the port is taken nothing is heard."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            listening.setblocking(False)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            listening.bind(("127.0.0.1", self._port))
        except OSError as error:
            listening.close()
            log.warning("retry_after_unheard", port=self._port, reason=str(error))
            return
        self._socket = listening

    def close(self) -> None:
        """Stop listening."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def of(self, number: str) -> int | None:
        """Return the seconds that a number's network has just asked for, once."""
        self.drain()
        seconds, _ = self._heard.pop(number, (None, 0.0))
        return seconds

    def drain(self) -> None:
        """Take in what has come, and forget what nobody asked for."""
        if self._socket is None:
            return
        with contextlib.suppress(BlockingIOError):
            while True:
                self.hear(self._socket.recv(LARGEST))
        since = time.monotonic() - KEPT_SECONDS
        for number in [n for n, (_, at) in self._heard.items() if at < since]:
            del self._heard[number]

    def hear(self, packet: bytes) -> None:
        """Keep the header of one copy, where it is a refusal that has one."""
        refusal = _REFUSAL.search(packet)
        if refusal is None:
            return
        asked = _RETRY_AFTER.search(packet, refusal.end())
        to = _TO.search(packet, refusal.end())
        if asked is not None and to is not None:
            number = to.group(1).decode("ascii", "replace")
            self._heard[number] = (int(asked.group(1)), time.monotonic())
