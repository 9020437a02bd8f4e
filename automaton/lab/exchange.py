"""The exchange: the door of the town, in a process of its own beside its Asterisk.

In: a run folder with `town.json` (from `automaton.lab.town`). It takes every call on the
trunk's port, looks up what this attempt gets, congests where it must, hands the rest to
Asterisk with that order in a header, and writes what passed on the wire. Asterisk is its
child and dies with it; it ends when its standard input does.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automaton.lab import sip
from automaton.lab.numbers import as_dialled

READY_SECONDS = 30
FORGET_SECONDS = 120
_PR_SET_PDEATHSIG = 1
_SAID = {180: "ringing", 183: "progress"}


@dataclass(slots=True)
class Call:
    """One call on the wire: which attempt of which number, and what was said of it."""

    id: str
    number: str
    attempt: int
    turn: dict[str, Any]
    began: float
    said: set[int] = field(default_factory=set)

    def order(self) -> str:
        """Return the header that tells Asterisk what to do with the call."""
        turn = self.turn
        pause = round(turn["pause"] * 1000)
        allo = int(turn["says_allo"])
        return (
            f"X-Town: {self.id}/{turn['behaviour']}/{turn['ring']}/{turn['think']}"
            f"/{pause}/{allo}"
        )


class Exchange:
    """Calls in, orders for Asterisk out, one line of log per fact."""

    def __init__(self, phones: dict[str, list[dict[str, Any]]], log: Path) -> None:
        self._phones = phones
        self._log = log.open("a", encoding="utf-8", buffering=1)
        self._calls: dict[str, Call] = {}
        self._attempts: Counter[str] = Counter()

    def request(
        self, packet: sip.Packet, own: sip.Address, source: sip.Address
    ) -> sip.Packet | None:
        """Return what a request becomes: an answer of ours, a request to forward, or
        nothing.
        """
        if packet.method in ("REGISTER", "OPTIONS"):
            return sip.answer(packet, 200, source, *packet.all("contact"))
        call = self._call(packet)
        if call is None:
            return sip.forwarded(packet, own, source)
        if call.turn["behaviour"] == "congested":
            return self._congested(packet, call, source)
        if packet.method == "CANCEL" and 487 not in call.said:
            self._say(call, "cancelled")
            call.said.add(487)
        extra = (call.order(),) if packet.opens_dialog else ()
        return sip.forwarded(packet, own, source, *extra)

    def response(self, packet: sip.Packet) -> None:
        """Note what Asterisk says of a call; repetitions change nothing."""
        call = self._calls.get(packet.value("call-id"))
        status = packet.status
        if call is None or packet.method != "INVITE" or status in call.said:
            return
        call.said.add(status)
        if status in _SAID:
            self._say(call, _SAID[status])
        elif 200 <= status < 300:
            self._say(call, "answered", sip=status)
        elif status >= 300:
            self._say(call, "refused", sip=status)

    def _call(self, packet: sip.Packet) -> Call | None:
        """Return the call of a packet; an INVITE that opens a dialog begins one."""
        known = self._calls.get(packet.value("call-id"))
        if known is not None or not packet.opens_dialog:
            return known
        number = as_dialled(packet.user)
        turns = self._phones.get(number, [{"behaviour": "unallocated", **NOBODY}])
        self._attempts[number] += 1
        attempt = self._attempts[number]
        turn = turns[min(attempt, len(turns)) - 1]
        serial = f"c{self._attempts.total()}"
        call = Call(serial, number, attempt, turn, time.monotonic())
        self._forget_old(call.began)
        self._calls[packet.value("call-id")] = call
        self._say(
            call, "invite", behaviour=turn["behaviour"], known=number in self._phones
        )
        return call

    def _congested(
        self, packet: sip.Packet, call: Call, source: sip.Address
    ) -> sip.Packet | None:
        """Answer 503 with Retry-After; the ACK to it ends here."""
        if packet.method == "ACK":
            return None
        if packet.method == "CANCEL":
            return sip.answer(packet, 200, source)
        wait = call.turn["retry_after"]
        if 503 not in call.said:
            call.said.add(503)
            self._say(call, "refused", sip=503, retry_after=wait)
        return sip.answer(packet, 503, source, f"Retry-After: {wait}")

    def _say(self, call: Call, what: str, **more: Any) -> None:
        row = {
            "at": time.time(),
            "call": call.id,
            "number": call.number,
            "attempt": call.attempt,
            "what": what,
            **more,
        }
        self._log.write(json.dumps(row) + "\n")

    def _forget_old(self, now: float) -> None:
        """Drop calls whose INVITE transaction is long over; the oldest stand first."""
        while self._calls:
            oldest = next(iter(self._calls))
            if now - self._calls[oldest].began < FORGET_SECONDS:
                return
            del self._calls[oldest]


NOBODY = {
    "ring": 0,
    "think": 0,
    "pause": 0.5,
    "says_allo": False,
    "retry_after": 0,
}


def serve(door: socket.socket, inside: sip.Address, exchange: Exchange) -> None:
    """Relay until standard input ends: what holds the other end is gone, so are we."""
    own = door.getsockname()
    with selectors.DefaultSelector() as ready:
        ready.register(door, selectors.EVENT_READ)
        ready.register(sys.stdin.buffer.raw, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is not door:
                    return
                relay(door, own, inside, exchange)


def relay(
    door: socket.socket, own: sip.Address, inside: sip.Address, exchange: Exchange
) -> None:
    """Take one datagram and send on what it becomes. What is no SIP is dropped."""
    datagram, source = door.recvfrom(65535)
    packet = sip.parse(datagram)
    if packet is None:
        return
    if packet.is_response:
        back = sip.returned(packet)
        if back is not None:
            exchange.response(packet)
            door.sendto(back[0].text(), back[1])
        return
    onward = exchange.request(packet, own, source)
    if onward is not None:
        door.sendto(onward.text(), source if onward.is_response else inside)


def main(run: Path) -> None:
    """Start Asterisk, open the door, say `ready` on standard output, and serve."""
    order = json.loads((run / "town.json").read_text("utf-8"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    inside = ("127.0.0.1", order["inside_port"])
    asterisk = start_asterisk(order["command"], run)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            door.bind(("127.0.0.1", order["port"]))
            wait_until_up(inside, asterisk)
            print("ready", flush=True)
            serve(door, inside, Exchange(order["phones"], run / "wire.jsonl"))
    finally:
        stop(asterisk)


def start_asterisk(command: list[str], run: Path) -> subprocess.Popen[bytes]:
    """Start the town's Asterisk so that it dies with this process, however it ends."""
    with (run / "asterisk.out").open("wb") as out:
        return subprocess.Popen(
            command,
            cwd=run,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=_die_with_parent,
        )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_until_up(inside: sip.Address, asterisk: subprocess.Popen[bytes]) -> None:
    """Ask Asterisk by OPTIONS until it answers; exit with a sentence if it never does."""
    deadline = time.monotonic() + READY_SECONDS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.bind(("127.0.0.1", 0))
        asker.settimeout(0.1)
        here = "{}:{}".format(*asker.getsockname())
        while time.monotonic() < deadline and asterisk.poll() is None:
            asker.sendto(_options(here, inside), inside)
            try:
                asker.recvfrom(65535)
            except (TimeoutError, ConnectionError):
                continue
            return
    sys.exit("The Asterisk of the town did not come up.")


def _options(here: str, inside: sip.Address) -> bytes:
    serial = time.monotonic_ns()
    return (
        f"OPTIONS sip:town@{inside[0]}:{inside[1]} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{serial}\r\n"
        f"From: <sip:town@{here}>;tag={serial}\r\n"
        f"To: <sip:town@{inside[0]}:{inside[1]}>\r\n"
        f"Call-ID: {serial}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
        f"Contact: <sip:town@{here}>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def stop(asterisk: subprocess.Popen[bytes]) -> None:
    """End Asterisk: politely, and after three seconds not."""
    asterisk.terminate()
    try:
        asterisk.wait(3)
    except subprocess.TimeoutExpired:
        asterisk.kill()
        asterisk.wait()


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]))
