"""A loop on pyst2's `asterisk.manager`: callbacks in its thread, orders in ours.

Callbacks only put events into a queue, because orders and their responses are one row
each in this library: a second thread would read the first one's response. It does not
connect again: the loop does, with a new Manager, as its own example suggests, once
somebody greets there: it would wait for ever where a link is closed before that.
"""

from __future__ import annotations

import json
import queue
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from asterisk.manager import Manager, ManagerException

from benchmarks.peers.record import Record, committed, originate

EVENTS = ("OriginateResponse", "UserEvent", "Hangup")
AGAIN_SECONDS = 2.0
TURN_SECONDS = 0.1
GONE = (ManagerException, OSError, ValueError)
"""What the library raises where the connection is lost."""


@dataclass
class Call:
    """One call that lives, as far as the loop knows."""

    number: str
    given_up_at: float
    answered: bool = False


class Loop:
    """Lines, the numbers that wait for one, and the calls that live."""

    def __init__(self, order: dict[str, Any], record: Record) -> None:
        self._order, self._record = order, record
        self._waiting = record.waiting(order["numbers"])
        self._live: dict[str, Call] = {}
        self._events: queue.Queue[Any] = queue.Queue()
        self._manager: Any = None

    def run(self) -> None:
        """Ring everybody."""
        until = time.monotonic() + self._order["seconds"]
        while (self._waiting or self._live) and time.monotonic() < until:
            try:
                self.connect()
                self.fill()
                self.listen()
            except GONE:
                time.sleep(AGAIN_SECONDS)

    def connect(self) -> None:
        """Connect and log in, unless we are."""
        if self._manager is not None and self._manager.connected():
            return
        where = (self._order["host"], self._order["port"])
        with socket.create_connection(where, AGAIN_SECONDS) as link:
            if not link.recv(1):
                raise OSError("closed before its greeting")
        self._manager = Manager()
        for name in EVENTS:
            self._manager.register_event(name, self.arrived)
        self._manager.connect(*where)
        self._manager.login(self._order["user"], self._order["secret"])

    def arrived(self, event: Any, _: Manager) -> None:
        """Take an event, in the library's thread."""
        self._events.put(event)

    def fill(self) -> None:
        """Ring as many as there are free lines."""
        while self._waiting and len(self._live) < self._order["lines"]:
            number, attempt = self._waiting.pop(), str(uuid4())
            given_up_at = time.monotonic() + self._order["limit_seconds"]
            self._live[attempt] = Call(number, given_up_at)
            self._manager.send_action(originate(self._order, attempt, number))

    def listen(self) -> None:
        """Take what came, or wait for it a moment; give up calls without news."""
        try:
            self.take(self._events.get(timeout=TURN_SECONDS))
        except queue.Empty:
            now = time.monotonic()
            for attempt in [a for a, c in self._live.items() if c.given_up_at < now]:
                self.free(attempt, "")

    def take(self, event: Any) -> None:
        """Do what an event asks for."""
        if event.name == "Hangup":
            self.free(event["Uniqueid"], event["Cause"])
        elif event.name == "OriginateResponse":
            self.answered(event)
        elif event.get_header("Fact") == "key":
            self.pressed(event)

    def answered(self, event: Any) -> None:
        """Note an answer; an order that failed may have no Hangup."""
        call = self._live.get(event.get_header("ActionID"))
        if call is not None:
            call.answered = event["Response"] == "Success"
            if not call.answered:
                call.given_up_at = time.monotonic() + 1.0

    def pressed(self, event: Any) -> None:
        """Keep a key and let the dialplan thank for it."""
        call = self._live.get(event["Attempt"])
        if call is not None:
            self._record.note("key", call.number, event["Key"])
            self._manager.send_action(committed(event["Attempt"], event["Seq"]))

    def free(self, attempt: str, cause: str) -> None:
        """Close a call, unless it was closed already."""
        call = self._live.pop(attempt, None)
        if call is not None:
            self._record.close(call.number, call.answered, cause)


def main() -> None:
    """Read an order, ring, and write what is known."""
    order = json.load(sys.stdin)
    record = Record(Path(order["record"]))
    Loop(order, record).run()
    print(json.dumps(record.told()))


if __name__ == "__main__":
    main()
