"""What passed on the wires of a region, as the judge of histories reads it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from automaton.clock import Clock
from automaton.domain.events import (
    Announced,
    Answered,
    CallEvent,
    HungUp,
    KeyPressed,
    Rang,
)
from automaton.lab.log import Event
from automaton.lab.plan import Turn
from automaton.ports import CallOrder
from benchmarks.figures import most_in_a_second
from benchmarks.simulation.residents import Sounds
from benchmarks.simulation.telephone import SimulatedTelephone, Town

OK = 200
OURS = {None, 480}  # what Asterisk tells where we withdrew, or our ring time ran out
WORDS: dict[type[CallEvent], str] = {
    Rang: "ringing",
    Announced: "progress",
    Answered: "answered",
    KeyPressed: "key",
}


class Diary:
    """The log of all telephones of a region by trunk, each in the order of time.

    `pressed_by`: the homes that have acknowledged.
    """

    def __init__(self) -> None:
        self.events: defaultdict[str, list[Event]] = defaultdict(list)
        self.calls = 0
        self.pressed_by: set[str] = set()
        self._pressed: dict[str, datetime] = {}
        self._announced: set[str] = set()

    def begin(self, order: CallOrder, at: datetime, turn: Turn) -> None:
        """Write down that an INVITE came."""
        self.calls += 1
        self._note(order, at, "invite", behaviour=turn.behaviour)

    def tell(self, order: CallOrder, event: CallEvent, *, is_up: bool) -> None:
        """Write down what happened to a call."""
        if isinstance(event, HungUp):
            self._end(order, event, is_up=is_up)
        elif (what := WORDS.get(type(event))) is not None:
            key = event.key if isinstance(event, KeyPressed) else ""
            sip = OK if isinstance(event, Answered) else None
            self._note(order, event.at, what, key=key, sip=sip)
            if key:
                self._pressed[order.attempt_id] = event.at
                self.pressed_by.add(order.recipient_id)
            if isinstance(event, Announced):
                self._announced.add(order.attempt_id)

    def most_in_a_second(self) -> int:
        """Return the most calls that left in any second, of all trunks together."""
        invites = (e for log in self.events.values() for e in log if e.what == "invite")
        return most_in_a_second(sorted(e.at.timestamp() for e in invites))

    def _end(self, order: CallOrder, event: HungUp, *, is_up: bool) -> None:
        """Write down an end; who pressed a key was thanked from then on."""
        pressed = self._pressed.pop(order.attempt_id, None)
        if pressed is not None:
            seconds = (event.at - pressed).total_seconds()
            self._note(order, event.at, "heard", seconds=seconds, times=1)
        if is_up:
            self._note(order, event.at, "hangup", who="resident")
        elif order.attempt_id not in self._announced and event.sip in OURS:
            self._note(order, event.at, "cancelled")
        else:
            self._note(order, event.at, "refused", sip=event.sip)
        self._announced.discard(order.attempt_id)

    def _note(self, order: CallOrder, at: datetime, what: str, **more: Any) -> None:
        told = Event(at, order.attempt_id, order.dialled, 1, what, **more)
        self.events[order.trunk].append(told)


class WitnessedTelephone(SimulatedTelephone):
    """A simulated telephone whose calls are written into a diary."""

    def __init__(self, town: Town, clock: Clock, sounds: Sounds, diary: Diary) -> None:
        super().__init__(town, clock, sounds)
        self._diary = diary

    def began(self, order: CallOrder, turn: Turn) -> None:
        """Write down an INVITE."""
        self._diary.begin(order, self._clock.now(), turn)

    def passed(self, order: CallOrder, event: CallEvent, *, is_up: bool) -> None:
        """Write down a fact."""
        self._diary.tell(order, event, is_up=is_up)
