"""Every pair of state and event, and the stories behind the rows that surprise."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from automaton.domain.attempt import ONLY_A_KEY_RENAMES, STEPS, AttemptState, advance
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
    SoundCounted,
    Withdrawn,
)
from automaton.domain.outcome import Outcome
from tests.domain.builders import at, attempt

S = AttemptState
EVENTS: dict[type[CallEvent], CallEvent] = {
    Rang: Rang("a1", at(1)),
    Announced: Announced("a1", at(1)),
    Answered: Answered("a1", at(2)),
    KeyPressed: KeyPressed("a1", at(3), "1", 1),
    MachineLabelled: MachineLabelled("a1", at(3)),
    ScreenerLabelled: ScreenerLabelled("a1", at(3)),
    Heard: Heard("a1", at(4), 1, 5.5),
    SoundCounted: SoundCounted("a1", at(4), 50, 40),
    OrderFailed: OrderFailed("a1", at(4), timed_out=True),
    HungUp: HungUp("a1", at(5), None, 16),
    Lost: Lost("a1", at(6)),
    Withdrawn: Withdrawn("a1", at(4)),
    PersonsWord: PersonsWord("a1", at(7), "agents_word"),
}
STATE_AFTER = {
    (S.PLANNED, KeyPressed): S.ENDED,
    (S.CLAIMED, Rang): S.RINGING,
    (S.CLAIMED, Answered): S.ANSWERED,
    (S.CLAIMED, KeyPressed): S.ANSWERED,
    (S.CLAIMED, Heard): S.ANSWERED,
    (S.CLAIMED, HungUp): S.ENDED,
    (S.CLAIMED, Lost): S.QUARANTINED,
    (S.RINGING, Answered): S.ANSWERED,
    (S.RINGING, KeyPressed): S.ANSWERED,
    (S.RINGING, Heard): S.ANSWERED,
    (S.RINGING, HungUp): S.ENDED,
    (S.RINGING, Lost): S.QUARANTINED,
    (S.ANSWERED, HungUp): S.ENDED,
    (S.ANSWERED, Lost): S.QUARANTINED,
    (S.QUARANTINED, HungUp): S.ENDED,
    (S.QUARANTINED, Lost): S.ENDED,
}


def started(state: AttemptState):
    outcome = Outcome.UNKNOWN if state is S.ENDED else None
    return attempt(state, outcome=outcome)


@pytest.mark.parametrize(("state", "kind"), list(itertools.product(S, EVENTS)))
def test_every_pair_of_state_and_event_leads_where_the_table_says(state, kind):
    after = advance(started(state), EVENTS[kind])
    assert after.state is STATE_AFTER.get((state, kind), state)


@pytest.mark.parametrize(
    ("state", "kind"),
    [pair for pair in itertools.product(S, EVENTS) if pair[1] is not Lost],
)
def test_a_doubled_event_changes_nothing_more(state, kind):
    once = advance(started(state), EVENTS[kind])
    assert advance(once, EVENTS[kind]) == once


@pytest.mark.parametrize(
    ("state", "kind"), sorted(set(itertools.product(S, EVENTS)) - set(STEPS), key=str)
)
def test_what_is_not_in_the_table_returns_the_attempt_as_it_was(state, kind):
    before = started(state)
    assert advance(before, EVENTS[kind]) is before


def test_an_order_without_a_channel_ends_at_once_as_a_local_failure():
    after = advance(attempt(), OrderFailed("a1", at(0), no_channel=True))
    assert (after.state, after.outcome) == (S.ENDED, Outcome.LOCAL_FAILURE)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_our_own_ring_time_is_told_in_either_order(order):
    events = [OrderFailed("a1", at(30), timed_out=True), HungUp("a1", at(30), 480, 19)]
    after = attempt()
    for index in order:
        after = advance(after, events[index])
    assert (after.state, after.outcome) == (S.ENDED, Outcome.NO_ANSWER)


def test_a_key_before_any_answer_event_proves_the_answer():
    after = advance(attempt(), KeyPressed("a1", at(3), "1", 1, 1, 6.0))
    assert after.answered_at == at(3)
    assert (after.keys, after.heard_times, after.has_key) == ("1", 1, True)


def test_keys_are_taken_once_each_by_their_number():
    after = attempt(S.ANSWERED)
    for seq, key in [(1, "2"), (1, "2"), (2, "1"), (1, "2")]:
        after = advance(after, KeyPressed("a1", at(seq), key, seq))
    assert after.keys == "21"


# A key that a gap in the link had held back came after a later one, and was dropped.
def test_a_key_that_comes_after_a_later_key_of_its_call_still_counts():
    after = attempt(S.ANSWERED)
    for seq, key in [(2, "2"), (1, "1"), (1, "1"), (2, "2")]:
        after = advance(after, KeyPressed("a1", at(seq), key, seq))
    assert (after.keys, after.key_seq, after.has_key) == ("21", 2, True)


def test_the_moment_of_the_key_is_that_of_the_key_that_acknowledged():
    after = attempt(S.ANSWERED)
    for seq, key in [(1, "2"), (2, "1"), (3, "2")]:
        after = advance(after, KeyPressed("a1", at(10 * seq), key, seq))
    assert after.key_at == at(20)


# A database restored from an hour ago has the call still before it; the journal knows.
def test_a_journalled_key_ends_a_try_that_a_restored_database_holds_for_planned():
    after = advance(attempt(S.PLANNED), KeyPressed("a1", at(4), "1", 1))
    assert (after.state, after.outcome) == (S.ENDED, Outcome.ACKNOWLEDGED)
    assert (after.ended_at, after.key_at) == (at(4), at(4))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_ring_told_late_names_the_same_outcome_in_every_order(order):
    events = [Rang("a1", at(2)), HungUp("a1", at(30), 480, 19), Rang("a1", at(2))]
    after = attempt()
    for index in order:
        after = advance(after, events[index])
    assert after.outcome is Outcome.NO_ANSWER


def test_a_label_told_after_the_end_still_makes_a_machine_of_a_person():
    ended = attempt(S.ENDED, answered_at=at(1), outcome=Outcome.ANSWERED_NO_KEY)
    assert advance(ended, MachineLabelled("a1", at(9))).outcome is Outcome.MACHINE


@pytest.mark.parametrize("state", [S.CLAIMED, S.RINGING, S.ENDED])
def test_a_second_announcement_or_persons_word_changes_nothing(state):
    before = attempt(state, announced_at=at(1), proof="agents_word")
    assert advance(before, Announced("a1", at(2))) is before
    assert advance(before, PersonsWord("a1", at(2), "called_back")) is before


def test_an_order_that_failed_otherwise_waits_for_its_hangup():
    after = advance(attempt(), OrderFailed("a1", at(5)))
    assert (after.state, after.timed_out, after.outcome) == (S.CLAIMED, False, None)


def test_a_journalled_key_turns_an_unknown_end_into_an_acknowledgement():
    lost = advance(advance(attempt(), Lost("a1", at(5))), Lost("a1", at(60)))
    assert lost.outcome is Outcome.UNKNOWN
    after = advance(lost, KeyPressed("a1", at(4), "1", 1))
    assert (after.state, after.outcome) == (S.ENDED, Outcome.ACKNOWLEDGED)
    assert after.ended_at == at(60)


def test_a_late_word_about_hearing_never_undoes_an_acknowledgement():
    won = replace(attempt(S.ENDED), keys="1", key_seq=1, outcome=Outcome.ACKNOWLEDGED)
    after = advance(won, Heard("a1", at(9), 2, 12.0, machine=True))
    assert after.outcome is Outcome.ACKNOWLEDGED


def test_a_machine_is_never_a_person():
    after = attempt(S.ANSWERED, answered_at=at(1))
    for event in [MachineLabelled("a1", at(5)), HungUp("a1", at(20), None, 16)]:
        after = advance(after, event)
    assert after.outcome is Outcome.MACHINE


def test_who_confirms_behind_a_screener_has_confirmed():
    after = attempt(S.ANSWERED, answered_at=at(1))
    for event in [ScreenerLabelled("a1", at(9)), KeyPressed("a1", at(15), "1", 1)]:
        after = advance(after, event)
    after = advance(after, HungUp("a1", at(20), None, 16))
    assert after.outcome is Outcome.ACKNOWLEDGED


@pytest.mark.parametrize(
    "event",
    [ScreenerLabelled("a1", at(5)), Heard("a1", at(5), 1, 12.0, screened=True)],
)
def test_what_asks_who_calls_is_a_screener_however_it_is_told(event):
    answered = attempt(S.ANSWERED, answered_at=at(1), machine=True)
    after = advance(advance(answered, event), HungUp("a1", at(20), None, 16))
    assert after.outcome is Outcome.SCREENED


@pytest.mark.parametrize("outcome", sorted(ONLY_A_KEY_RENAMES))
def test_what_was_cancelled_or_screened_stays_so_whatever_is_told_later(outcome):
    over = attempt(S.ENDED, outcome=outcome)
    assert advance(over, Answered("a1", at(9))).outcome is outcome


@pytest.mark.parametrize("outcome", sorted(ONLY_A_KEY_RENAMES))
def test_only_a_key_renames_what_was_cancelled_or_screened(outcome):
    over = advance(attempt(S.ENDED, outcome=outcome), KeyPressed("a1", at(9), "1", 1))
    assert over.outcome is Outcome.ACKNOWLEDGED


def test_a_call_that_we_take_back_while_it_rings_is_cancelled_not_unknown():
    after = attempt(S.RINGING, rang_at=at(1))
    for event in [Withdrawn("a1", at(3)), HungUp("a1", at(3), None, 16)]:
        after = advance(after, event)
    assert after.outcome is Outcome.CANCELLED


def test_who_answers_while_we_take_the_call_back_has_answered():
    after = advance(attempt(S.RINGING), Withdrawn("a1", at(3)))
    for event in [Answered("a1", at(3)), HungUp("a1", at(4), None, 16)]:
        after = advance(after, event)
    assert after.outcome is Outcome.ANSWERED_NO_KEY


def test_help_and_confirmation_are_keys_but_hearing_again_is_not():
    assert attempt(keys="3").has_key
    assert not attempt(keys="22").has_key
    assert attempt(keys="9").has_opted_out


def test_what_rang_had_a_channel_whatever_a_late_look_says():
    rang = attempt(S.RINGING, rang_at=at(1))
    assert advance(rang, OrderFailed("a1", at(9), no_channel=True)) is rang


def test_a_hangup_corrects_a_channel_that_seemed_never_to_have_been():
    gone = advance(attempt(), OrderFailed("a1", at(9), no_channel=True))
    after = advance(gone, HungUp("a1", at(10), 486, 17))
    assert after.outcome is Outcome.BUSY
