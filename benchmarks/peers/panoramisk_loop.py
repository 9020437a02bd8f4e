"""A bare loop on panoramisk: callbacks for events, a future for each order.

The library connects again by itself, every 2 s, and then sends what was not answered
once more. Calls that ended in between are never heard of: their lines come back after
`limit_seconds`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from panoramisk import Manager

from benchmarks.peers.record import Record, committed, originate


@dataclass
class Call:
    """One call that lives, as far as the loop knows."""

    number: str
    patience: asyncio.TimerHandle
    answered: bool = False


class Loop:
    """Lines, the numbers that wait for one, and the calls that live."""

    def __init__(self, order: dict[str, Any], record: Record) -> None:
        self._order, self._record = order, record
        self._waiting = record.waiting(order["numbers"])
        self._live: dict[str, Call] = {}
        self._over, self._begun = asyncio.Event(), False
        self._manager = Manager(
            host=order["host"],
            port=order["port"],
            username=order["user"],
            secret=order["secret"],
            on_login=self.begin,
        )
        self._manager.register_event("Hangup", self.hung_up)
        self._manager.register_event("UserEvent", self.told)

    async def run(self) -> None:
        """Ring everybody."""
        await self._manager.connect()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._order["seconds"]):
                await self._over.wait()
        self._manager.close()

    def begin(self, _: Any) -> None:
        """Take all lines, at the first login."""
        if not self._begun:
            self._begun = True
            for _line in range(self._order["lines"]):
                self.ring_next()

    def ring_next(self) -> None:
        """Place one call, if anybody is left."""
        if not self._waiting:
            if not self._live:
                self._over.set()
            return
        number, attempt = self._waiting.pop(), str(uuid4())
        self._live[attempt] = Call(number, self.within(attempt))
        answer = self._manager.send_action(originate(self._order, attempt, number))
        answer.add_done_callback(partial(self.answered, attempt))

    def within(self, attempt: str, seconds: float | None = None) -> asyncio.TimerHandle:
        """Return the moment after which a call without news is given up."""
        wait = self._order["limit_seconds"] if seconds is None else seconds
        return asyncio.get_running_loop().call_later(wait, self.free, attempt, "")

    def answered(self, attempt: str, answer: asyncio.Future[Any]) -> None:
        """Note an answer; an order that failed may have no Hangup."""
        call = self._live.get(attempt)
        if call is None or answer.cancelled():
            return
        told = answer.result()
        last = told[-1] if isinstance(told, list) else told
        call.answered = last.response == "Success"
        if not call.answered:
            call.patience.cancel()
            call.patience = self.within(attempt, 1.0)

    def hung_up(self, _: Any, event: Any) -> None:
        """Give the line of a call that is over to the next number."""
        self.free(event.Uniqueid, event.Cause)

    def free(self, attempt: str, cause: str) -> None:
        """Close a call and ring the next number, unless it was closed already."""
        call = self._live.pop(attempt, None)
        if call is not None:
            call.patience.cancel()
            self._record.close(call.number, call.answered, cause)
            self.ring_next()

    def told(self, _: Any, event: Any) -> None:
        """Keep a key and let the dialplan thank for it."""
        call = self._live.get(event.Attempt)
        if call is not None and event.Fact == "key":
            self._record.note("key", call.number, event.Key)
            self._manager.send_action(committed(event.Attempt, event.Seq))


async def ring(order: dict[str, Any], record: Record) -> None:
    """Ring everybody who is not over."""
    await Loop(order, record).run()


def main() -> None:
    """Read an order, ring, and write what is known."""
    logging.disable(logging.ERROR)
    order = json.load(sys.stdin)
    record = Record(Path(order["record"]))
    asyncio.run(ring(order, record))
    print(json.dumps(record.told()))


if __name__ == "__main__":
    main()
