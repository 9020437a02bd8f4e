"""Where calls that came in knock: one thread a call, never more than there are lines.

Comes in: Asterisk's connections, on loopback, that know the secret of this start. Goes
out: a `Wire` for each, to whoever talks.
"""

from __future__ import annotations

import hmac
import socket
import socketserver
from collections.abc import Callable
from threading import BoundedSemaphore, Lock, Thread
from typing import Any, TextIO

import structlog

from automaton.console.wire import CallEndedError, Wire

log = structlog.get_logger(__name__)

SILENT_SECONDS = 1000.0  # longer than any call lasts: Asterisk is not there


class Door:
    """Answers at one port of 127.0.0.1, from `open` to `close`.

    Whoever comes beyond `most` calls, or without the secret, is let go at once: the
    dialplan then goes on by itself.
    """

    def __init__(
        self, port: int, secret: str, most: int, talk: Callable[[Wire], None]
    ) -> None:
        self._place, self._secret, self._talk = ("127.0.0.1", port), secret, talk
        self._free = BoundedSemaphore(most)
        self._server: _Server | None = None

    def open(self) -> None:
        """Listen from now on; `OSError` where the port is taken."""
        self._server = _Server(self._place, self._converse, self._free)
        Thread(target=self._server.serve_forever, name="console", daemon=True).start()

    def close(self) -> None:
        """Listen no more, and end the conversations: the dialplan goes on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.let_go()
            self._server = None

    def _converse(self, connection: socket.socket) -> None:
        """Carry one call through; nothing that happens in it reaches another."""
        connection.settimeout(SILENT_SECONDS)
        with _as_text(connection) as file:
            try:
                wire = Wire(file, file)
                if self._knows(wire):
                    self._talk(wire)
            except CallEndedError:
                pass
            except Exception as error:
                log.exception("a call that came in is given up", error=error)

    def _knows(self, wire: Wire) -> bool:
        told = wire.env.get("agi_network_script", "")
        return hmac.compare_digest(told.encode(), self._secret.encode())


class _Server(socketserver.ThreadingTCPServer):
    """A thread a connection, as long as there is a place for it."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        place: tuple[str, int],
        converse: Callable[[socket.socket], None],
        free: BoundedSemaphore,
    ) -> None:
        self._converse, self._free = converse, free
        self._alive: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(place, socketserver.BaseRequestHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a conversation in a thread, or let the caller go where all are busy."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        with self._lock:
            self._alive.add(request)
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be had
            self._ended(request)
            raise

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Carry a conversation through, in its thread."""
        try:
            self._converse(request)
        finally:
            self._ended(request)

    def _ended(self, request: socket.socket) -> None:
        with self._lock:
            self._alive.discard(request)
        self._free.release()

    def let_go(self) -> None:
        """End every conversation that goes on."""
        with self._lock:
            alive = list(self._alive)
        for connection in alive:
            _shut(connection)


def _as_text(connection: socket.socket) -> TextIO:
    return connection.makefile("rw", encoding="utf-8", errors="replace", newline="\n")


def _shut(connection: socket.socket) -> None:
    """Close a connection both ways, though a thread still reads from it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
