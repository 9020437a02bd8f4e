"""The exchange: the door of the town, before its Asterisk.

In: every packet that comes to the trunk's port. It looks up what this attempt gets,
congests where it must, hands the rest to Asterisk with that order in a header, and
writes what passed on the wire.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TextIO

from automaton.lab import sip
from automaton.lab.choke import CHOKED, Choke, Gate
from automaton.lab.numbers import as_dialled

FORGET_SECONDS = 120
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

    def __init__(
        self,
        phones: dict[str, list[dict[str, Any]]],
        log: TextIO,
        chokes: Iterable[Choke] = (),
    ) -> None:
        self._phones = phones
        self._gates = [Gate(choke, time.monotonic()) for choke in chokes]
        self._log = log
        self._serials = count(1)
        self._calls: dict[str, Call] = {}
        self._attempts: Counter[str] = Counter()

    def request(
        self, packet: sip.Packet, own: sip.Address, source: sip.Address
    ) -> sip.Packet | None:
        """Return what a request becomes: our answer, a request to forward, nothing."""
        if packet.method in ("REGISTER", "OPTIONS"):
            return sip.answer(packet, 200, source, *packet.all("contact"))
        call = self._call(packet)
        if call is None:
            return sip.forwarded(packet, own, source)
        if call.turn["behaviour"] in ("congested", CHOKED):
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

    def live(self) -> dict[str, Call]:
        """Return the calls still remembered, by Call-ID, the oldest first."""
        return self._calls

    def _call(self, packet: sip.Packet) -> Call | None:
        """Return the call of a packet; an INVITE that opens a dialog begins one."""
        known = self._calls.get(packet.value("call-id"))
        if known is not None or not packet.opens_dialog:
            return known
        number, now = as_dialled(packet.user), time.monotonic()
        turns = self._phones.get(number, [{"behaviour": "unallocated", **NOBODY}])
        attempt = self._attempts[number] + 1
        turn = self._choked(number, now)
        if turn is None:
            self._attempts[number] = attempt
            turn = turns[min(attempt, len(turns)) - 1]
        serial = f"c{next(self._serials)}"
        call = Call(serial, number, attempt, turn, now)
        self._forget_old(call.began)
        self._calls[packet.value("call-id")] = call
        self._say(
            call, "invite", behaviour=turn["behaviour"], known=number in self._phones
        )
        return call

    def _congested(
        self, packet: sip.Packet, call: Call, source: sip.Address
    ) -> sip.Packet | None:
        """Refuse at the door, by 503 with Retry-After; the ACK to it ends here."""
        if packet.method == "ACK":
            return None
        if packet.method == "CANCEL":
            return sip.answer(packet, 200, source)
        wait, status = call.turn["retry_after"], call.turn.get("status", 503)
        if status not in call.said:
            call.said.add(status)
            self._say(call, "refused", sip=status, retry_after=wait)
        headers = [f"Retry-After: {wait}"] if wait else []
        if status == 480:
            headers.append("Reason: Q.850;cause=34")
        return sip.answer(packet, status, source, *headers)

    def _choked(self, number: str, now: float) -> dict[str, Any] | None:
        """Return what a call gets that finds its exchange full, None if it does not.

        The telephone never hears of it, and it is none of its turns.
        """
        for gate in self._gates:
            if not gate.has_room(number, now):
                choke = gate.choke
                wait, status = choke.retry_after, choke.status
                return {"behaviour": CHOKED, "retry_after": wait, "status": status}
        return None

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
        ready.register(sys.stdin, selectors.EVENT_READ)
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
