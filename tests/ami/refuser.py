"""An operator that answers no call: a UDP socket that says the SIP code it should.

The last three digits of the number are the code: 0199000486 is busy. 0199000180 rings
until the caller gives up; 0199000999 says nothing at all.
"""

from __future__ import annotations

import asyncio
import re

Address = tuple[str, int]

PHRASES = {"180": "Ringing", "486": "Busy Here", "404": "Not Found", "603": "Decline"}
COPIED = re.compile(r"^(?:Via|From|To|Call-ID|CSeq|v|f|t|i):.*$", re.I | re.M)
CALLED = re.compile(r"^INVITE sips?:\+?(\d+)@")


class Refuser(asyncio.DatagramProtocol):
    """Answers each INVITE by its number; `rung` lists the numbers it saw."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self._ringing: dict[str, str] = {}

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        request = data.decode("utf-8", "replace").replace("\r\n", "\n")
        if found := CALLED.match(request):
            self._invited(request, found[1], addr)
        elif request.startswith("CANCEL"):
            self._say("200 OK", request, addr)
            invite = self._ringing.pop(call_id(request), "")
            if invite:
                self._say("487 Request Terminated", invite, addr)
        elif request.startswith("OPTIONS"):
            self._say("200 OK", request, addr)

    def _invited(self, request: str, number: str, addr: Address) -> None:
        code = number[-3:]
        self.rung.append(number)
        if code != "999":
            self._say(f"{code} {PHRASES.get(code, 'So Be It')}", request, addr)
        if code == "180":
            self._ringing[call_id(request)] = request

    def _say(self, status: str, request: str, addr: Address) -> None:
        lines = COPIED.findall(request.partition("\n\n")[0])
        tagged = [
            f"{line};tag=refuser" if line.lower().startswith(("to:", "t:")) else line
            for line in lines
        ]
        answer = [f"SIP/2.0 {status}", *tagged, "Content-Length: 0", "", ""]
        self.transport.sendto("\r\n".join(answer).encode(), addr)


def call_id(request: str) -> str:
    """Return what names the call of a request."""
    found = re.search(r"^(?:Call-ID|i): *(.*)$", request, re.I | re.M)
    return found[1] if found else ""
