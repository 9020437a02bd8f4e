"""A far end of the tests' own, by hand: SIP and RTP, so that every byte is heard.

It shares nothing with the town or the product. It picks up at once, keeps the sound
that it hears, and presses 1 where it was told to.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

FRAME, FRAME_SECONDS = 160, 0.02
HUSH = b"\xd5" * FRAME
QUIET = frozenset(b"\xd5\x55\xd4\x54")
EVENT = 101
KEY_FRAMES = 8


@dataclass
class Call:
    """One call: what was heard, as A-law, and how much of it before the key."""

    number: str
    presses_after: float | None
    rtp: socket.socket
    peer: tuple[str, int]
    sound: bytearray = field(default_factory=bytearray)
    before_key: int | None = None
    is_over: bool = False
    first: int | None = None
    loud: int = 0
    sent: int = 0
    key_frames: int = 0

    def hear(self, packet: bytes) -> None:
        """Put the sound of a packet at its place in time."""
        kind, stamp = packet[1] & 0x7F, struct.unpack(">I", packet[4:8])[0]
        if kind != 8:
            return
        if self.first is None:
            self.first = stamp
        at = (stamp - self.first) & 0xFFFFFFFF
        if at > 10_000_000:
            return  # older than the first one
        self.sound.extend(b"\xd5" * (at + len(packet) - 12 - len(self.sound)))
        self.sound[at : at + len(packet) - 12] = packet[12:]
        self.loud += not QUIET.issuperset(packet[12:])

    def speak(self) -> None:
        """Send one frame of hush, or of the key once enough has been heard."""
        enough = self.presses_after
        if enough is not None and self.loud * FRAME_SECONDS >= enough:
            self.before_key = self.before_key or len(self.sound)
            if self.key_frames < KEY_FRAMES + 3:
                self._send_key()
                return
        self._send(8, self.sent * FRAME, HUSH)

    def _send_key(self) -> None:
        """Key 1 by RFC 4733: its length grows, its end is told three times."""
        ends = self.key_frames >= KEY_FRAMES
        length = min(self.key_frames + 1, KEY_FRAMES) * FRAME
        began = (self.sent - self.key_frames) * FRAME
        mark = 0x80 if self.key_frames == 0 else 0
        body = struct.pack(">BBH", 1, (0x80 if ends else 0) | 10, length)
        self.key_frames += 1
        self._send(EVENT | mark, began, body)

    def _send(self, kind: int, stamp: int, body: bytes) -> None:
        head = struct.pack(">BBHII", 0x80, kind, self.sent & 0xFFFF, stamp, 7)
        self.rtp.sendto(head + body, self.peer)
        self.sent += 1


class Listener:
    """Telephones on 127.0.0.1:`port`, alive in a `with`.

    `presses`: after how many seconds of sound a number presses 1; others never do.
    """

    def __init__(self, presses: Mapping[str, float]) -> None:
        self._presses = presses
        self._sip = _udp()
        self.port = int(self._sip.getsockname()[1])
        self.calls: list[Call] = []
        self._by_id: dict[str, Call] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        for made in (self._sip, *(call.rtp for call in self.calls)):
            made.close()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            living = [call for call in self.calls if not call.is_over]
            sockets = [self._sip, *(call.rtp for call in living)]
            wait = max(0.0, due - time.monotonic())
            ready, _, _ = select.select(sockets, [], [], wait)
            for call in living:
                if call.rtp in ready:
                    call.hear(call.rtp.recv(2048))
            if self._sip in ready:
                self._take(*self._sip.recvfrom(65535))
            if time.monotonic() >= due:
                due += FRAME_SECONDS
                for call in living:
                    call.speak()

    def _take(self, packet: bytes, source: tuple[str, int]) -> None:
        text = packet.decode()
        method = text.split(" ", 1)[0]
        call_id = _header(text, "Call-ID")
        if method == "INVITE":
            self._pick_up(text, call_id, source)
        elif method == "BYE" and call_id in self._by_id:
            self._by_id[call_id].is_over = True
            self._answer(text, source)
        elif method in ("BYE", "OPTIONS"):
            self._answer(text, source)

    def _pick_up(self, text: str, call_id: str, source: tuple[str, int]) -> None:
        """Answer a call once; an INVITE within it, or once more, alike."""
        if call_id not in self._by_id:
            number = text.split("sip:", 1)[1].split("@", 1)[0]
            media = re.search(r"^m=audio (\d+)", text, re.M)
            assert media
            peer = ("127.0.0.1", int(media.group(1)))
            call = Call(number, self._presses.get(number), _udp(), peer)
            self._by_id[call_id] = call
            self.calls.append(call)
            self._answer(text, source, "180 Ringing")
        port = self._by_id[call_id].rtp.getsockname()[1]
        self._answer(text, source, "200 OK", _description(port))

    def _answer(
        self, text: str, to: tuple[str, int], status: str = "200 OK", body: str = ""
    ) -> None:
        kept = [
            line if line.split(":")[0] != "To" or "tag=" in line else f"{line};tag=here"
            for line in text.partition("\r\n\r\n")[0].split("\r\n")[1:]
            if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")
        ]
        kept += [f"Contact: <sip:far@127.0.0.1:{self.port}>"]
        kept += ["Content-Type: application/sdp"] if body else []
        head = "\r\n".join([f"SIP/2.0 {status}", *kept, f"Content-Length: {len(body)}"])
        self._sip.sendto(f"{head}\r\n\r\n{body}".encode(), to)


def _description(port: int) -> str:
    lines = (
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        f"m=audio {port} RTP/AVP 8 {EVENT}",
        "a=rtpmap:8 PCMA/8000",
        f"a=rtpmap:{EVENT} telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=sendrecv",
    )
    return "".join(line + "\r\n" for line in lines)


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}: *(.*?)\r?$", text, re.M | re.I)
    return found.group(1) if found else ""


def _udp() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made
