"""Whatever is told between whatever beats, also such as fail: nothing is forgotten.

A machine of hypothesis opens attempts, tells them anything, and writes when it likes;
in the end the database knows what a plain replay of all facts says, and no line is
held.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from automaton.domain.attempt import Attempt, AttemptState, advance
from automaton.domain.events import CallEvent, HungUp, KeyPressed, Lost
from automaton.domain.trunk import Trunk
from automaton.engine.calls.session import Harvest, Sessions
from automaton.engine.lines.hold import Lines
from tests.depth import examples
from tests.domain.builders import NIGHT, attempt
from tests.domain.test_any_order import facts, moment

TALK = timedelta(minutes=2)


class Beating(RuleBasedStateMachine):
    """The sessions of one node, and a database that fails now and then."""

    opened = Bundle("opened")

    def __init__(self) -> None:
        super().__init__()
        self.sessions = Sessions()
        self.lines = Lines([Trunk("operator", 40, 0)])
        self.stored: dict[str, Attempt] = {}
        self.truth: dict[str, Attempt] = {}
        self.reported: set[tuple[str, int]] = set()

    @rule(target=opened)
    def open(self) -> str:
        claimed = replace(
            attempt(), id=f"a{len(self.truth)}", state=AttemptState.CLAIMED
        )
        self.stored[claimed.id] = self.truth[claimed.id] = claimed
        self.sessions.open(claimed, TALK)
        self.lines.take("operator", claimed.id)
        return claimed.id

    def tell(self, event: CallEvent) -> None:
        self.truth[event.attempt_id] = advance(self.truth[event.attempt_id], event)
        if self.sessions.take(event):
            self.lines.release(event.attempt_id)

    @rule(data=st.data(), id_=opened)
    def tell_anything(self, data: st.DataObject, id_: str) -> None:
        self.tell(data.draw(facts(int(id_[1:]))))

    @rule(id_=opened, key=st.sampled_from("139"), seq=st.integers(1, 3))
    def press(self, id_: str, key: str, seq: int) -> None:
        self.tell(KeyPressed(id_, NIGHT, key, seq))

    @rule()
    def beat(self) -> None:
        self.write(self.sessions.harvest(moment(len(self.truth))))

    @rule()
    def beat_that_fails(self) -> None:
        self.sessions.put_back(self.sessions.harvest(moment(len(self.truth))))

    def write(self, harvest: Harvest) -> None:
        self.stored |= {one.id: one for one in harvest.changed}
        for event in harvest.strays:
            stored = self.stored[event.attempt_id]
            self.stored[event.attempt_id] = advance(stored, event)
        self.reported |= set(harvest.keys)

    @invariant()
    def what_may_still_ring_is_followed(self) -> None:
        for id_, one in self.truth.items():
            assert not one.is_open or id_ in self.sessions.live

    @invariant()
    def an_end_on_record_is_one_that_came(self) -> None:
        for id_, one in self.stored.items():
            assert one.is_open or not self.truth[id_].is_open

    def teardown(self) -> None:
        """Let every call end and write all: nothing is held, nothing is missing."""
        for number, id_ in enumerate(self.truth):
            self.tell(HungUp(id_, moment(number), 480, 19))
            self.tell(Lost(id_, moment(number)))
        self.write(self.sessions.harvest(NIGHT, last=True))
        assert not self.sessions.live
        assert self.lines.in_use == 0
        assert self.stored == self.truth
        pressed = {id_ for id_, one in self.truth.items() if one.key_seq}
        assert {id_ for id_, _ in self.reported} <= pressed


Beating.TestCase.settings = examples(40, stateful_step_count=20)
TestWhateverIsToldBetweenBeats = Beating.TestCase
