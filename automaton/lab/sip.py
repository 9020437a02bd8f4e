"""As much SIP (RFC 3261) as the town's exchange needs: pure text in, pure text out.

The exchange is a proxy without state of its own: it puts a Via on each request, in
which it keeps the caller's address, and takes it off each response.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2s

Address = tuple[str, int]

_SHORT = {"v": "via", "i": "call-id", "f": "from", "t": "to"}
_TOWN_VIA = re.compile(r";town=(127\.[0-9.]+)-([0-9]+)")
_BRANCH = re.compile(r";\s*branch=([^;,\s]+)")
_NEEDED = ("via", "cseq", "from", "to", "call-id")
REASONS = {200: "OK", 480: "Temporarily Unavailable", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Packet:
    """One SIP message: its first line, its headers as they came, its body."""

    start: str
    headers: tuple[str, ...]
    body: str

    @property
    def is_response(self) -> bool:
        """Tell whether this is a response."""
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self) -> int:
        """Return the code of a response."""
        return int(self.start.split(" ")[1])

    @property
    def method(self) -> str:
        """Return the method, of a response that of its request."""
        if self.is_response:
            return self.value("cseq").split()[-1]
        return self.start.split(" ")[0]

    @property
    def user(self) -> str:
        """Return the user part of the request's URI."""
        uri = self.start.split(" ")[1].removeprefix("sip:")
        return uri.split("@")[0].split(";")[0] if "@" in uri else ""

    @property
    def opens_dialog(self) -> bool:
        """Tell whether this is an INVITE outside any dialog."""
        return self.method == "INVITE" and ";tag=" not in self.value("to")

    def value(self, name: str) -> str:
        """Return the first header of that name, empty where there is none."""
        for header in self.headers:
            if _name(header) == name:
                return header.partition(":")[2].strip()
        return ""

    def all(self, name: str) -> list[str]:
        """Return every header line of that name."""
        return [header for header in self.headers if _name(header) == name]

    def text(self) -> bytes:
        """Return the packet as it goes on the wire."""
        head = "\r\n".join((self.start, *self.headers))
        return f"{head}\r\n\r\n{self.body}".encode("utf-8", "surrogateescape")


def parse(datagram: bytes) -> Packet | None:
    """Read one datagram, None for what is no SIP (keep-alives, noise)."""
    text = datagram.decode("utf-8", "surrogateescape")
    head, _, body = text.partition("\r\n\r\n")
    start, *headers = head.split("\r\n")
    packet = Packet(start, tuple(headers), body)
    parts = start.split(" ")
    if len(parts) < 3 or not all(map(packet.value, _NEEDED)):
        return None
    if packet.is_response and not parts[1].isdigit():
        return None
    return packet


def forwarded(packet: Packet, own: Address, source: Address, *extra: str) -> Packet:
    """Return a request with our Via on top and without Route; `extra` headers added."""
    branch = _BRANCH.search(packet.value("via"))
    digest = blake2s((branch.group(1) if branch else "").encode(), digest_size=8)
    via = (
        f"Via: SIP/2.0/UDP {own[0]}:{own[1]};branch=z9hG4bK{digest.hexdigest()}"
        f";town={source[0]}-{source[1]}"
    )
    kept = [header for header in packet.headers if _name(header) != "route"]
    return Packet(packet.start, (via, *extra, *kept), packet.body)


def returned(packet: Packet) -> tuple[Packet, Address] | None:
    """Return a response without our Via, and where it goes; None if it is not ours."""
    top = packet.all("via")[0]
    mark = _TOWN_VIA.search(top)
    if mark is None:
        return None
    headers = list(packet.headers)
    headers.remove(top)
    return Packet(packet.start, tuple(headers), packet.body), (
        mark.group(1),
        int(mark.group(2)),
    )


def answer(packet: Packet, status: int, source: Address, *extra: str) -> Packet:
    """Return our own final response to a request."""
    vias = packet.all("via")
    vias[0] = vias[0].replace(";rport", f";rport={source[1]};received={source[0]}", 1)
    to = packet.all("to")[0]
    if ";tag=" not in to:
        to += ";tag=town"
    headers = (*vias, *packet.all("from"), to, *packet.all("call-id"))
    return Packet(
        f"SIP/2.0 {status} {REASONS[status]}",
        (*headers, *packet.all("cseq"), *extra, "Content-Length: 0"),
        "",
    )


def _name(header: str) -> str:
    name = header.partition(":")[0].strip().lower()
    return _SHORT.get(name, name)
