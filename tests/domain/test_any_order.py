"""Whatever the world tells, in any order, twice or late: no key is ever lost.

A machine of hypothesis dials what `settle` asks for and tells any attempt anything.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, reduce

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from automaton.domain.attempt import Attempt, AttemptState, advance
from automaton.domain.events import (
    Announced,
    Answered,
    CallEvent,
    Heard,
    HungUp,
    KeyPressed,
    Lost,
    MachineLabelled,
    OrderFailed,
    PersonsWord,
    Rang,
    ScreenerLabelled,
    Withdrawn,
)
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.recipient import (
    FINAL_RECIPIENT_STATES,
    Point,
    Recipient,
    RecipientState,
)
from automaton.domain.retry import RetryPolicy, is_counted
from automaton.domain.settlement import Settlement, settle
from tests.depth import examples
from tests.domain.builders import HOME, MOBILE, NIGHT, attempt

RETRY = RetryPolicy()
MOST_TRIES = RETRY.tries_per_recipient + RETRY.uncounted_tries
_S = AttemptState
ONWARDS = {
    _S.PLANNED: {_S.CLAIMED, _S.ENDED},
    _S.CLAIMED: {_S.RINGING, _S.ANSWERED, _S.QUARANTINED, _S.ENDED},
    _S.RINGING: {_S.ANSWERED, _S.QUARANTINED, _S.ENDED},
    _S.ANSWERED: {_S.QUARANTINED, _S.ENDED},
    _S.QUARANTINED: {_S.ENDED},
    _S.ENDED: set(),
}
"""Where an attempt may go from each state; there is no way back."""
SIP = st.sampled_from([None, 302, 404, 408, 480, 486, 487, 488, 502, 503, 603])
CAUSE = st.sampled_from([None, 1, 16, 17, 19, 20, 34])
WON = Outcome.ACKNOWLEDGED
PLAYS = st.integers(0, 3)


def moment(number: int) -> datetime:
    """Return when the world tells of an attempt: each has its own minute."""
    return NIGHT + timedelta(minutes=number)


@cache
def facts(number: int) -> st.SearchStrategy[CallEvent]:
    """Return anything that may be told of one attempt, but for its keys."""
    told = st.just(f"a{number}"), st.just(moment(number))
    return st.one_of(
        st.builds(Rang, *told),
        st.builds(Announced, *told),
        st.builds(Answered, *told),
        st.builds(MachineLabelled, *told),
        st.builds(ScreenerLabelled, *told),
        st.builds(Heard, *told, PLAYS, st.floats(0, 60), st.booleans()),
        st.builds(OrderFailed, *told, st.booleans(), st.booleans()),
        st.builds(HungUp, *told, SIP, CAUSE, st.sampled_from([None, 1, 600])),
        st.builds(Lost, *told),
        st.builds(Withdrawn, *told),
        st.builds(PersonsWord, *told, st.sampled_from(["agents_word", "called_back"])),
    )


@examples(60)
@given(
    keys=st.text("1239", min_size=1, max_size=3),
    noise=st.lists(facts(1), max_size=3),
    chance=st.randoms(use_true_random=False),
)
def test_a_key_counts_wherever_it_stands_among_all_other_facts(keys, noise, chance):
    pressed = [KeyPressed("a1", NIGHT, key, seq) for seq, key in enumerate(keys, 1)]
    told = [*pressed, *noise, *pressed]
    chance.shuffle(told)
    after = reduce(advance, told, attempt())
    assert set(after.keys) == set(keys)
    assert after.has_key == bool(set("13") & set(keys))


class Campaigning(RuleBasedStateMachine):
    """One home of two telephones, and a world that tells what it likes."""

    dialled = Bundle("dialled")

    @initialize(
        accept_machine=st.booleans(), every=st.sampled_from([None, timedelta(0)])
    )
    def begin(self, accept_machine, every):
        points = (Point("landline", HOME, 0), Point("mobile", MOBILE, 1))
        self.home = Recipient("r1", "c1", RecipientState.WAITING, points)
        retry = RetryPolicy(every=every)
        self.policy = CallPolicy(retry=retry, accept_machine=accept_machine)
        self.attempts: dict[str, Attempt] = {}
        self.pressed: dict[str, str] = {}
        self.is_acknowledged = False

    def settled(self) -> Settlement:
        tries = list(self.attempts.values())
        return settle(self.home, tries, self.policy, moment(len(tries)))

    def tell(self, event: CallEvent) -> None:
        before = self.attempts[event.attempt_id]
        after = self.attempts[event.attempt_id] = advance(before, event)
        assert after.state is before.state or after.state in ONWARDS[before.state]
        assert after.keys.startswith(before.keys)
        assert after.has_key or after.outcome is not Outcome.ACKNOWLEDGED
        assert not after.has_key or after.is_open or after.outcome is WON

    @precondition(lambda self: self.settled().next_try is not None)
    @rule(target=dialled, keys=st.text("1239", max_size=3))
    def dial(self, keys=""):
        asked = self.settled().next_try
        order = Attempt(
            f"a{len(self.attempts)}",
            "c1",
            "r1",
            asked.point.id,
            asked.point.e164,
            asked.due_at,
            AttemptState.PLANNED,
        )
        self.attempts[order.id] = order
        self.pressed[order.id] = keys
        return order.id

    @rule(id_=dialled)
    def claim(self, id_):
        """Dispatch takes it; what was ended while it was only planned stays so."""
        here = self.attempts[id_]
        if here.state is AttemptState.PLANNED:
            claimed = replace(here, state=AttemptState.CLAIMED, trunk="operator")
            self.attempts[id_] = claimed

    @rule(data=st.data(), id_=dialled)
    def tell_anything(self, data, id_):
        event = data.draw(facts(int(id_[1:])))
        self.tell(event)
        self.is_acknowledged |= isinstance(event, PersonsWord)

    @rule(data=st.data(), id_=dialled)
    def tell_twice(self, data, id_):
        event = data.draw(facts(int(id_[1:])))
        self.tell(event)
        once = self.attempts[id_]
        self.tell(event)
        self.is_acknowledged |= isinstance(event, PersonsWord)
        assert isinstance(event, Lost) or self.attempts[id_] == once

    @rule(id_=dialled, order=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def read_keys_of_the_journal(self, id_, order):
        keys = self.pressed[id_]
        for seq in order:
            for key in keys[seq - 1 : seq]:
                self.tell(KeyPressed(id_, NIGHT, key, seq))
                self.is_acknowledged |= key in "13"

    @rule(id_=dialled)
    def hang_up(self, id_):
        self.tell(HungUp(id_, moment(int(id_[1:])), 480, 19))

    @invariant()
    def no_key_is_lost_and_nothing_is_un_acknowledged(self):
        if self.is_acknowledged:
            assert self.settled().state is RecipientState.ACKNOWLEDGED

    @invariant()
    def without_a_persons_act_nobody_is_acknowledged(self):
        if not self.is_acknowledged:
            assert self.settled().state is not RecipientState.ACKNOWLEDGED

    @invariant()
    def no_try_is_planned_over_the_budget_or_beside_another(self):
        asked = self.settled().next_try
        if asked is None:
            return
        tries = list(self.attempts.values())
        here = [one for one in tries if one.contact_point_id == asked.point.id]
        assert not any(one.is_open for one in tries)
        assert sum(map(is_counted, tries)) < RETRY.tries_per_recipient
        assert sum(map(is_counted, here)) < RETRY.tries_per_point
        assert len(tries) < MOST_TRIES

    @invariant()
    def what_is_open_has_no_outcome_and_what_is_over_has_one(self):
        assert all((a.outcome is None) == a.is_open for a in self.attempts.values())

    @invariant()
    def a_second_look_concludes_the_same(self):
        assert self.settled() == self.settled()

    def teardown(self):
        """Let every call end; the home must come to a final state in finite tries."""
        if not hasattr(self, "home"):
            return
        for _ in range(MOST_TRIES + 1):
            for number, id_ in enumerate(self.attempts):
                self.claim(id_)
                self.tell(HungUp(id_, moment(number), 503, 34))
            if self.settled().next_try is not None:
                self.dial()
        assert self.settled().state in FINAL_RECIPIENT_STATES
        assert len(self.attempts) <= MOST_TRIES


Campaigning.TestCase.settings = examples(20, stateful_step_count=12)
TestWhateverTheWorldTells = Campaigning.TestCase
