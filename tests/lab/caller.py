"""A caller of the tests' own: SIP and RTP by hand, so that every byte can be seen.

It shares nothing with the town or the product: a request, its responses in order, sound
out as raw A-law, sound and telephone events (RFC 4733) in.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import time
from dataclasses import dataclass, field

FRAME = 160
HUSH = b"\xd5" * FRAME
UNHEARD = 2.0  # seconds; a datagram may be lost (RFC 3261, 17.1.1.2)


@dataclass
class Heard:
    """What one call brought: SIP responses as text, sound received, keys pressed."""

    responses: list[str] = field(default_factory=list)
    sound: bytearray = field(default_factory=bytearray)
    keys: str = ""
    was_hung_up: bool = False

    @property
    def codes(self) -> list[int]:
        """Return the codes of the responses, in order."""
        return [int(text.split(" ")[1]) for text in self.responses]


class Caller:
    """One call to one number. Loops are bounded by `seconds`."""

    def __init__(self, port: int) -> None:
        self.town = ("127.0.0.1", port)
        self.sip = _udp()
        self.rtp = _udp()
        self.heard = Heard()
        self._peer: tuple[str, int] | None = None
        self._remote: tuple[str, int] | None = None
        self._events: set[int] = set()
        self._serial = time.monotonic_ns()

    def call(
        self,
        user: str,
        says: bytes = b"",
        seconds: float = 20,
        ring: float = 10,
        until: str = "",
    ) -> Heard:
        """Ring `user`, cancel after `ring` s; once answered say `says`, then hush.

        Hang up after `seconds` or half a second after the keys `until` were pressed.
        """
        offer = self._offer()
        self._send("INVITE", user, 1, offer, self.town)
        answered = self._await_answer(user, ring, offer)
        if answered:
            self._talk(says, seconds, until)
            if not self.heard.was_hung_up:
                self._send("BYE", user, 2, "", self._remote or self.town)
        self.sip.close()
        self.rtp.close()
        return self.heard

    def _await_answer(self, user: str, ring: float, offer: str) -> bool:
        give_up = time.monotonic() + ring
        again = time.monotonic() + UNHEARD
        end = give_up + 5
        cancelled = False
        while time.monotonic() < end:
            if not cancelled and time.monotonic() > give_up:
                self._send("CANCEL", user, 1, "", self.town)
                cancelled = True
            if not self.heard.responses and time.monotonic() > again:
                again += UNHEARD
                self._send("INVITE", user, 1, offer, self.town)
            if not select.select([self.sip], [], [], 0.05)[0]:
                continue
            text = self.sip.recv(65535).decode()
            if "CSeq: 1 INVITE" not in text:
                continue
            self.heard.responses.append(text)
            code = self.heard.codes[-1]
            if code >= 200:
                self._acknowledge(user, text, code)
                return code == 200
        return False

    def _acknowledge(self, user: str, text: str, code: int) -> None:
        found = re.search(r"^To: .*?(;tag=\S+)", text, re.M)
        self._to_tag = found.group(1) if found else ""
        if code == 200:
            contact = re.search(r"Contact: <sip:[^>]*?([0-9.]+):(\d+)", text)
            assert contact
            self._remote = (contact.group(1), int(contact.group(2)))
            media = re.search(r"^m=audio (\d+)", text, re.M)
            assert media
            self._peer = ("127.0.0.1", int(media.group(1)))
        self._send("ACK", user, 1, "", self._remote or self.town)

    def _talk(self, says: bytes, seconds: float, until: str) -> None:
        began = time.monotonic()
        end = began + seconds
        frame = 0
        while time.monotonic() < end and not self.heard.was_hung_up:
            due = began + frame * 0.02
            ready, _, _ = select.select(
                [self.sip, self.rtp], [], [], max(0.0, due - time.monotonic())
            )
            self._take(ready)
            if time.monotonic() >= due:
                self._send_frame(says, frame)
                frame += 1
            if until and self.heard.keys.endswith(until):
                until, end = "", time.monotonic() + 0.5

    def _take(self, ready: list[socket.socket]) -> None:
        if self.rtp in ready:
            self._take_rtp(self.rtp.recv(2048))
        if self.sip in ready:
            text, source = self.sip.recvfrom(65535)
            if text.startswith(b"BYE"):
                self.heard.was_hung_up = True
                self.sip.sendto(_ok(text.decode()), source)

    def _take_rtp(self, packet: bytes) -> None:
        kind, stamp = packet[1] & 0x7F, struct.unpack(">I", packet[4:8])[0]
        if kind == 8:
            self.heard.sound += packet[12:]
        elif kind == 101 and stamp not in self._events:
            self._events.add(stamp)
            self.heard.keys += "0123456789*#"[packet[12]]

    def _send_frame(self, says: bytes, frame: int) -> None:
        part = says[frame * FRAME : (frame + 1) * FRAME]
        sound = part if len(part) == FRAME else HUSH
        head = struct.pack(">BBHII", 0x80, 8, frame & 0xFFFF, frame * FRAME, 7)
        if self._peer:
            self.rtp.sendto(head + sound, self._peer)

    def _send(
        self, method: str, user: str, serial: int, body: str, to: tuple[str, int]
    ) -> None:
        here = f"127.0.0.1:{self.sip.getsockname()[1]}"
        branch = self._serial + (serial if method in ("BYE",) else 0)
        tag = "" if method in ("INVITE", "CANCEL") else self._to_tag
        length = len(body)
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.sip.sendto(
            (
                f"{method} sip:{user}@{to[0]}:{to[1]} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {here};rport;branch=z9hG4bK{branch}\r\n"
                f"From: <sip:caller@{here}>;tag={self._serial}\r\n"
                f"To: <sip:{user}@{self.town[0]}>{tag}\r\n"
                f"Call-ID: {self._serial}@tests\r\n"
                f"CSeq: {serial} {method}\r\nMax-Forwards: 70\r\n"
                f"Contact: <sip:caller@{here}>\r\n{kind}"
                f"Content-Length: {length}\r\n\r\n{body}"
            ).encode(),
            to,
        )

    def _offer(self) -> str:
        port = self.rtp.getsockname()[1]
        lines = (
            "v=0",
            "o=- 1 1 IN IP4 127.0.0.1",
            "s=-",
            "c=IN IP4 127.0.0.1",
            "t=0 0",
            f"m=audio {port} RTP/AVP 8 101",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=sendrecv",
        )
        return "".join(line + "\r\n" for line in lines)


def _udp() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made


def _ok(request: str) -> bytes:
    kept = [
        line
        for line in request.split("\r\n")
        if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")
    ]
    return (
        "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0"]) + "\r\n\r\n"
    ).encode()
