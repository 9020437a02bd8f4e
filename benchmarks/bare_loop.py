"""The measure of the possible: panoramisk and nothing else, over the same calls.

No store, no retries, no recovery: a line that falls free takes the next number, at once
or, where `starts_per_second` is asked for, at the next beat of that rate. Keys are
thanked for at once, so that the dialogue is the same. `ORDER` in, JSON out.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from panoramisk import Manager

from automaton.asterisk.endpoint import channel_to
from automaton.asterisk.originate import originate
from automaton.ids import new_id
from automaton.ports import CallOrder

STEP_SECONDS = 0.005


@dataclass
class Loop:
    """Lines, the numbers that wait for one, and the keys that came."""

    manager: Any
    template: dict[str, Any]
    numbers: list[str]
    trunk: str
    paced: bool = False
    live: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    number_of: dict[str, str] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def ring_next(self) -> None:
        """Place one call, if anybody is left."""
        if not self.numbers:
            if not self.live:
                self.over.set()
            return
        number, attempt = self.numbers.pop(), new_id()
        self.live.add(attempt)
        self.number_of[attempt] = number
        answer = self.manager.send_action(
            {
                **self.template,
                "ActionID": attempt,
                "ChannelId": attempt,
                "Channel": channel_to(number, self.trunk),
                "Variable": [f"AUT_ATTEMPT={attempt}", *self.template["Variable"][1:]],
            }
        )
        answer.add_done_callback(partial(self.answered, attempt))

    def answered(self, attempt: str, answer: asyncio.Future[Any]) -> None:
        """Free the line of an order that failed; a Hangup need not follow."""
        if answer.cancelled():
            return
        told = answer.result()
        last = told[-1] if isinstance(told, list) else told
        if last.response != "Success":
            self.free(attempt)

    def ended(self, _: Any, event: Any) -> None:
        """Give the line of a call that is over to the next number."""
        self.free(event.Uniqueid)

    def free(self, attempt: str) -> None:
        """Ring the next one, unless this line was freed already."""
        if attempt in self.live:
            self.live.discard(attempt)
            if not (self.paced and self.numbers):
                self.ring_next()

    async def keep_pace(self, starts_per_second: float, lines: int) -> None:
        """Ring so many a second while lines are free; late starts are made up for."""
        began, started = time.monotonic(), 0
        while self.numbers:
            due = int((time.monotonic() - began) * starts_per_second) - started
            for _ in range(min(due, lines - len(self.live), len(self.numbers))):
                self.ring_next()
                started += 1
            await asyncio.sleep(STEP_SECONDS)

    def told(self, _: Any, event: Any) -> None:
        """Note a key and let the dialplan thank for it."""
        if event.Fact != "key" or event.Attempt not in self.number_of:
            return
        self.keys[self.number_of[event.Attempt]] = event.Key
        self.manager.send_action(
            {
                "Action": "Setvar",
                "Channel": event.Attempt,
                "Variable": "AUT_COMMITTED",
                "Value": event.Seq,
            }
        )


async def ring(order: dict[str, Any]) -> Loop:
    """Ring everybody, on so many lines."""
    manager = Manager(
        host=order["host"],
        port=order["port"],
        username=order["user"],
        secret=order["secret"],
    )
    pace = order.get("starts_per_second")
    numbers, trunk = order["numbers"], order["trunk"]
    loop = Loop(manager, dict(template(order)), numbers, trunk, bool(pace))
    manager.register_event("Hangup", loop.ended)
    manager.register_event("UserEvent", loop.told)
    await manager.connect()
    await asyncio.sleep(0.5)
    with suppress(TimeoutError):
        async with asyncio.timeout(order["seconds"]):
            if pace:
                await loop.keep_pace(pace, order["lines"])
            else:
                for _ in range(order["lines"]):
                    loop.ring_next()
            await loop.over.wait()
    manager.close()
    return loop


def template(order: dict[str, Any]) -> Any:
    """Return what all calls have in common: the order that the daemon would send."""
    return originate(
        CallOrder(
            attempt_id="attempt",
            campaign_id="campaign",
            recipient_id="recipient",
            trunk=order["trunk"],
            dialled="+33199000000",
            caller_id=order["caller_id"],
            ring=timedelta(seconds=30),
            talk=timedelta(seconds=300),
            message=order["message"],
        )
    )


def main() -> None:
    """Read an order from standard input, ring, and write what it cost."""
    logging.disable(logging.INFO)
    order = json.load(sys.stdin)
    before = time.process_time()
    loop = asyncio.run(ring(order))
    told = {"cpu_seconds": time.process_time() - before, "keys": loop.keys}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
