"""A door before PostgreSQL that cuts the connection at a COMMIT, before it or after it.

Cut after it, the server has committed and nobody has heard so.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Moment = Literal["before", "after"]
COMMIT = b"COMMIT"
HEAD = 5  # a letter, and the length of what follows it


class CommitProxy:
    """Passes everything on; `cuts` tells at which commits it lets go, and when.

    It is asked at every COMMIT of a transaction, and answers a moment or None.
    """

    def __init__(self, folder: Path, cuts: Callable[[], Moment | None]) -> None:
        self._server, self._cuts = str(folder / ".s.PGSQL.5432"), cuts
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.cut: list[Moment] = []
        threading.Thread(target=self._welcome, daemon=True).start()

    def url(self, name: str) -> str:
        """Return the address of a database behind the door."""
        plain = "sslmode=disable&gssencmode=disable"
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}?{plain}"

    def close(self) -> None:
        """Open the door to nobody any more."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _welcome(self) -> None:
        while True:
            try:
                guest, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(guest,), daemon=True).start()

    def _pass_on(self, guest: socket.socket) -> None:
        """Carry one connection until either side, or a cut, ends it."""
        server, ear = socket.socket(socket.AF_UNIX), _Ear()
        with guest, server, suppress(OSError):
            server.connect(self._server)
            back = threading.Thread(target=ear.listen, args=(server, guest))
            back.start()
            try:
                self._requests(guest, server, ear)
            finally:
                for one in (server, guest):
                    with suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)
                back.join(5)

    def _requests(self, guest: socket.socket, server: socket.socket, ear: _Ear) -> None:
        """Pass a client's messages on, until its end or its cut."""
        start = _exactly(guest, 4)
        server.sendall(start + _exactly(guest, int.from_bytes(start, "big") - 4))
        while True:
            head = _exactly(guest, HEAD)
            message = _exactly(guest, int.from_bytes(head[1:], "big") - 4)
            moment = self._cuts() if COMMIT in message and head[:1] in b"QP" else None
            if moment is None:
                server.sendall(head + message)
                continue
            self.cut.append(moment)
            if moment == "after":
                ear.is_deaf = True
                server.sendall(head + message)
                ear.answered.wait(5)
            return


@dataclass
class _Ear:
    """Hears the server; once deaf it tells nobody what was answered."""

    is_deaf: bool = False
    answered: threading.Event = field(default_factory=threading.Event)

    def listen(self, server: socket.socket, guest: socket.socket) -> None:
        """Pass the server's answers on, until its end or the first unheard one."""
        with suppress(OSError):
            while got := server.recv(65536):
                if self.is_deaf:
                    self.answered.set()
                    return
                guest.sendall(got)


def _exactly(side: socket.socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size:
        more = side.recv(size - len(got))
        if not more:
            raise ConnectionResetError
        got += more
    return bytes(got)
