"""A peer that speaks just enough SIP by hand: whoever a test wants it to be.

It answers by itself whether it is there (OPTIONS); all else is for the test.
"""

from __future__ import annotations

import itertools
import queue
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
COPIED = ("Via", "From", "Call-ID", "CSeq")
SECONDS = 5.0
_serials = itertools.count(1)


@dataclass(frozen=True)
class Message:
    """One message: its first line, its headers in order, and whose port sent it."""

    first: str
    headers: tuple[tuple[str, str], ...]
    port: int

    @property
    def method(self) -> str:
        """The method of a request, `SIP/2.0` of an answer."""
        return self.first.split(" ")[0]

    @property
    def code(self) -> int:
        """The code of an answer, 0 of a request."""
        return int(self.first.split(" ")[1]) if self.method == "SIP/2.0" else 0

    @property
    def target(self) -> str:
        """The address that a request asks for."""
        return self.first.split(" ")[1]

    def all(self, name: str) -> list[str]:
        """Return every header of that name."""
        return [value for key, value in self.headers if key == name]

    def one(self, name: str) -> str:
        """Return the one header of that name."""
        (value,) = self.all(name)
        return value


@dataclass(frozen=True)
class Call:
    """What stays the same in all requests of one call."""

    serial: int
    to: str = ""
    target: str = ""
    routes: tuple[str, ...] = ()


class Peer:
    """A SIP address on this machine, alive in a `with`."""

    def __init__(self, host: str = HOST) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.host, self.port = self._socket.getsockname()
        self._came: queue.Queue[Message] = queue.Queue()
        self.pings = 0
        self._pinged = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Be there no more."""
        if self._listener.is_alive():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", (self.host, self.port))
            self._listener.join(SECONDS)
        self._socket.close()

    def invite(
        self, to: int, number: str, call: Call | None = None, **more: str
    ) -> Call:
        """Ask somebody for a number; again with the same `call`."""
        return self.ask("INVITE", to, number, call, **more)

    def ask(
        self, method: str, to: int, number: str, call: Call | None = None, **more: str
    ) -> Call:
        """Send a request outside of a call, or of one that does not stand yet."""
        call = call or Call(next(_serials))
        target = f"sip:{number}@{HOST}:{to}"
        headers = {"To": f"<{target}>", **more}
        self._send(self._request(method, target, call, 1, headers), to)
        return call

    def within(self, method: str, to: int, call: Call) -> None:
        """Send a request of a call that stands, along its route."""
        headers = {"To": call.to, "Route": ", ".join(call.routes)}
        sequence = 1 if method == "ACK" else 2
        told = self._request(method, call.target, call, sequence, headers)
        self._send(told.replace("z9hG4bK", f"z9hG4bK{method}"), to)

    def answer(self, asked: Message, code: int, **more: str) -> None:
        """Answer a request; our tag and our contact are in every answer."""
        kept = [(k, v) for k, v in asked.headers if k in (*COPIED, "Record-Route")]
        to = asked.one("To")
        kept += [("To", to if ";tag=" in to else f"{to};tag=ours{self.port}")]
        kept += [("Contact", f"<sip:{self.host}:{self.port}>"), *more.items()]
        lines = [f"SIP/2.0 {code} Said", *(f"{k}: {v}" for k, v in kept)]
        self._send("\r\n".join([*lines, "Content-Length: 0", "", ""]), asked.port)

    def next(self, what: str | int) -> Message:
        """Return the next request of a method, or answer of a code; fail otherwise.

        Answers 100, which mean nothing, are passed over.
        """
        while True:
            came = self._came.get(timeout=SECONDS)
            if came.code != 100:
                break
        assert what in (came.method, came.code), came
        return came

    def sees(self, method: str, seconds: float) -> bool:
        """Tell whether a request of a method comes within so many seconds."""
        try:
            return self._came.get(timeout=seconds).method == method
        except queue.Empty:
            return False

    def rest(self) -> list[Message]:
        """Return everything that has come by the next question whether we are there."""
        with self._pinged:
            before = self.pings
            assert self._pinged.wait_for(lambda: self.pings > before, SECONDS)
        return list(self._waiting())

    def _waiting(self) -> Iterator[Message]:
        while True:
            try:
                yield self._came.get_nowait()
            except queue.Empty:
                return

    def _request(
        self, method: str, target: str, call: Call, sequence: int, more: dict[str, str]
    ) -> str:
        us = f"{self.host}:{self.port}"
        headers = {
            "Via": f"SIP/2.0/UDP {us};branch=z9hG4bK{call.serial}",
            "Max-Forwards": "70",
            "From": f"<sip:+33199009999@{us}>;tag=from{call.serial}",
            "Call-ID": f"call-{call.serial}@{us}",
            "CSeq": f"{sequence} {method}",
            "Contact": f"<sip:{us}>",
            **more,
            "Content-Length": "0",
        }
        lines = [
            f"{method} {target} SIP/2.0",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""])

    def _send(self, text: str, to: int) -> None:
        self._socket.sendto(text.encode(), (HOST, to))

    def _listen(self) -> None:
        while True:
            data, (_, port) = self._socket.recvfrom(65535)
            if not data:
                return
            message = _read(data, port)
            if message.method != "OPTIONS":
                self._came.put(message)
                continue
            self.answer(message, 200)
            with self._pinged:
                self.pings += 1
                self._pinged.notify_all()


def stood(answered: Message, call: Call) -> Call:
    """Return a call as its caller knows it after the 200."""
    routes = tuple(reversed(answered.all("Record-Route")))
    target = answered.one("Contact").strip("<>")
    return Call(call.serial, answered.one("To"), target, routes)


def _read(data: bytes, port: int) -> Message:
    first, *lines = data.decode().partition("\r\n\r\n")[0].split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return Message(first, tuple((name, value) for name, _, value in pairs), port)
