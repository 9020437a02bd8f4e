"""One call over one trunk, looked at closely: what `automaton trunk test` does.

In: a trunk, a number and an Asterisk that runs. Out: a `Trial`, plain facts. Rings one
telephone, once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from automaton.asterisk.checkup import Doors
from automaton.asterisk.link import Link
from automaton.asterisk.telephone import AsteriskTelephone
from automaton.clock import Clock
from automaton.domain.events import (
    Announced,
    Answered,
    CallEvent,
    HungUp,
    KeyPressed,
    OrderFailed,
    Rang,
)
from automaton.domain.policy import CLOSING
from automaton.errors import LineError
from automaton.ports import CallOrder

CONTEXT = "automaton-trunk-test"
HEAR_SECONDS = 1.0


class Step(StrEnum):
    """What is told while the call goes on."""

    RINGS = "rings"
    ANSWERED = "answered"
    KEY = "key"
    ENDED = "ended"


@dataclass(slots=True)
class Sound:
    """Packets of sound each way and the codec, as Asterisk counted them last."""

    codec: str = ""
    sent: int = 0
    received: int = 0


@dataclass(slots=True)
class Trial:
    """What one test call was like; `sip` is the code that it ended with."""

    rang: bool = False
    announced: bool = False
    answered: bool = False
    key: str = ""
    sip: int | None = None
    timed_out: bool = False
    refusal: str = ""
    sound: Sound = field(default_factory=Sound)


async def try_out(
    doors: Doors, order: CallOrder, clock: Clock, tell: Callable[[Step], None]
) -> Trial:
    """Ring one telephone and watch the call until it has ended."""
    telephone = AsteriskTelephone(doors.daemon, doors.maintenance, clock)
    watch = _Watch(telephone, doors.daemon, order.attempt_id, tell)
    limit = order.ring + order.talk + CLOSING
    try:
        await telephone.place(order)
        async with asyncio.timeout(limit.total_seconds()):
            await watch.to_the_end()
    except LineError as error:
        watch.trial.refusal = str(error)
    except TimeoutError:
        await telephone.hang_up(order.attempt_id)
    finally:
        await watch.close()
    return watch.trial


class _Watch:
    """The events of one call, and the counters of its sound."""

    def __init__(
        self,
        telephone: AsteriskTelephone,
        link: Link,
        attempt_id: str,
        tell: Callable[[Step], None],
    ) -> None:
        self.trial = Trial()
        self._telephone = telephone
        self._link = link
        self._attempt_id = attempt_id
        self._tell = tell
        self._listening: asyncio.Task[None] | None = None

    async def to_the_end(self) -> None:
        """Take every fact of the call until it is over."""
        async for event in self._telephone.events():
            if isinstance(event, CallEvent) and event.attempt_id == self._attempt_id:
                await self._take(event)
                if isinstance(event, HungUp) or _has_no_channel(event):
                    return

    async def close(self) -> None:
        """Stop counting, and take the test's own keys out of the journal."""
        if self._listening is not None:
            self._listening.cancel()
        self._tell(Step.ENDED)
        with suppress(LineError):
            keys = await self._telephone.journalled_keys()
            mine = [key for key in keys if key.attempt_id == self._attempt_id]
            await self._telephone.forget_keys(mine)

    async def _take(self, event: CallEvent) -> None:
        trial = self.trial
        match event:
            case Rang():
                trial.rang = True
                self._tell(Step.RINGS)
            case Announced():
                trial.announced = True
            case Answered() if not trial.answered:
                trial.answered = True
                self._tell(Step.ANSWERED)
                self._listening = asyncio.create_task(self._listen(), name="sound")
            case KeyPressed(key=key, seq=seq):
                trial.key = key
                self._tell(Step.KEY)
                await self._count()
                await self._telephone.confirm_key(self._attempt_id, seq)
            case OrderFailed(timed_out=timed_out):
                trial.timed_out = timed_out
            case HungUp(sip=sip):
                trial.sip = sip

    async def _listen(self) -> None:
        """Count the sound again and again while the call lasts."""
        with suppress(LineError):
            while True:
                await asyncio.sleep(HEAR_SECONDS)
                await self._count()

    async def _count(self) -> None:
        sound = self.trial.sound
        sound.codec = await self._asked("CHANNEL(audionativeformat)") or sound.codec
        counters = await self._asked("CHANNEL(rtcp,all)")
        sound.sent = max(sound.sent, _counter(counters, "txcount"))
        sound.received = max(sound.received, _counter(counters, "rxcount"))

    async def _asked(self, function: str) -> str:
        action = {"Action": "Getvar", "Channel": self._attempt_id, "Variable": function}
        answer = await self._link.send(action)
        return answer.headers.get("value", "") if answer.is_success else ""


def _has_no_channel(event: CallEvent) -> bool:
    return isinstance(event, OrderFailed) and event.no_channel


def _counter(counters: str, name: str) -> int:
    """Return one number of `rxcount=12;txcount=34;…`, 0 where it is not there."""
    found = re.search(rf"\b{name}=(\d+)", counters)
    return int(found[1]) if found else 0
