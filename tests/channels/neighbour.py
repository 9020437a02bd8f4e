"""A neighbour who lives at the far end of the engine tests' fake telephone."""

from __future__ import annotations

from dataclasses import dataclass, field

from automaton.channels.channel import Channel, Surroundings
from automaton.clock import SystemClock
from automaton.domain.events import Answered, HungUp, KeyPressed, Rang
from automaton.ports import CallOrder, JournalledKey, LiveCall
from tests.engine.telephone import FakeTelephone, World


@dataclass
class Neighbour(World):
    """Picks up at once, presses 1 when told to, hangs up when thanked."""

    fake: FakeTelephone = field(default_factory=FakeTelephone)
    channel: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.fake.world = self
        self.channel = self.next_life()

    def to_somebody_who_confirms(self) -> str:
        return "0199000001"

    def to_somebody_who_is_silent(self) -> str:
        return "0199000006"

    def press(self, attempt_id: str) -> None:
        now = SystemClock().now()
        of = ("demo", "campaign-1", "recipient-1", "1", now)
        self.fake.journal.append(JournalledKey(attempt_id, 1, *of))
        if not self.fake.is_closed:
            self.fake.told.put_nowait(KeyPressed(attempt_id, now, "1", 1))

    def next_life(self) -> Channel:
        return self.fake

    def ordered(self, order: CallOrder) -> None:
        call = LiveCall(order.attempt_id, is_up=True, is_ringing=False)
        if call in self.fake.living:
            return
        self.fake.living.append(call)
        for kind in (Rang, Answered):
            fact = kind(order.attempt_id, SystemClock().now())
            self.fake.told.put_nowait(fact)

    def ended(self, attempt_id: str) -> None:
        lived = [c for c in self.fake.living if c.attempt_id == attempt_id]
        for call in lived:
            self.fake.living.remove(call)
            over = HungUp(attempt_id, SystemClock().now(), None, 16)
            self.fake.told.put_nowait(over)

    def thanked(self, attempt_id: str, seq: int) -> None:
        self.ended(attempt_id)


class Crier(FakeTelephone):
    """A channel to be declared by an entry point: it remembers its part."""

    def __init__(self, here: Surroundings) -> None:
        super().__init__()
        self.here = here
