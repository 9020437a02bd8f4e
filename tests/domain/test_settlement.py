"""Every row of the retry table, and the rules that bind all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.domain.attempt import AttemptState
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.proof import Proof
from automaton.domain.recipient import RecipientState
from automaton.domain.retry import RULES, RetryPolicy, TrunkVerdict, is_counted
from automaton.domain.settlement import LONGEST_OF_AN_ALERT, settle
from tests.domain.builders import (
    LANDLINE,
    NIGHT,
    SECOND,
    at,
    attempt,
    ended,
    recipient,
)

R = RecipientState
POLICY = CallPolicy()
PATIENT = CallPolicy(retry=RetryPolicy(tries_per_point=50, tries_per_recipient=50))


def concluded(*attempts, points=(LANDLINE,), policy=POLICY):
    return settle(recipient(*points), attempts, policy, at(1))


def waits(outcome, times=1, **changes):
    """Return the minutes until the try after `times` such outcomes in a row."""
    found = concluded(*[ended(outcome, **changes)] * times, policy=PATIENT)
    if found.next_try is None:
        return None
    return (found.next_try.due_at - NIGHT) / timedelta(minutes=1)


def test_a_network_that_says_how_long_it_rang_waits_longer_than_our_own_ring_time():
    # CALLS.md has rows of their own for 480 and 408; both waited as our ring time does.
    assert [waits(Outcome.NO_ANSWER, n, sip=480) for n in (1, 2, 3)] == [10, 30, 30]
    assert [waits(Outcome.NO_ANSWER, n, sip=408) for n in (1, 2)] == [10, 10]
    assert waits(Outcome.NO_ANSWER, sip=480, timed_out=True) == 5
    assert waits(Outcome.NO_ANSWER, sip=487) == 5
    assert waits(Outcome.TRUNK_TIMEOUT, sip=408) == 10
    assert waits(Outcome.TRUNK_TIMEOUT, sip=504) == 1
    assert concluded(ended(Outcome.TRUNK_TIMEOUT, sip=408)).next_try.now_elsewhere


def test_a_policy_rules_over_the_delays_of_codes():
    every = RetryPolicy(every=timedelta(seconds=10))
    assert every.delay_after(Outcome.NO_ANSWER, 1, 480) == timedelta(seconds=10)
    own = RetryPolicy(delays={Outcome.NO_ANSWER: (timedelta(seconds=7),)})
    assert own.delay_after(Outcome.NO_ANSWER, 1, 480) == timedelta(seconds=7)


DELAYS = [
    (Outcome.ANSWERED_NO_KEY, [10, 10]),
    (Outcome.MACHINE, [15, 15]),
    (Outcome.NO_ANSWER, [5, 15, 60, 120, 120]),
    (Outcome.BUSY, [3, 3, 3, 10, 10]),
    (Outcome.UNREACHABLE, [10, 30, 30]),
    (Outcome.UNALLOCATED, [60, None]),
    (Outcome.NUMBER_CHANGED, [None]),
    (Outcome.BAD_NUMBER, [None]),
    (Outcome.TRUNK_REFUSED, [30]),
    (Outcome.TRUNK_TIMEOUT, [1]),
    (Outcome.TRUNK_AUTH, [1]),
    (Outcome.TRUNK_CREDIT, [1]),
    (Outcome.REJECTED, [30, None]),
    (Outcome.MEDIA_REFUSED, [1]),
    (Outcome.CALLER_ID_REFUSED, [1]),
    (Outcome.TRUNK_FAILURE, [0.25]),
    (Outcome.OUT_OF_ORDER, [30, 30]),
    (Outcome.CONGESTION, [1]),
    (Outcome.PROTOCOL_GLITCH, [0.5, 0.5, None]),
    (Outcome.LOCAL_FAILURE, [0.5]),
    (Outcome.SCREENED, [30, None]),
    (Outcome.ANNOUNCEMENT, [30]),
    (Outcome.UNKNOWN, [5, 15]),
    (Outcome.CANCELLED, [5, 5]),
    (Outcome.ACKNOWLEDGED, [None]),
]


@pytest.mark.parametrize(("outcome", "minutes"), DELAYS)
def test_the_next_try_comes_after_the_delay_of_its_row(outcome, minutes):
    assert [waits(outcome, n) for n in range(1, len(minutes) + 1)] == minutes


def test_every_outcome_has_a_row_and_nearly_every_row_is_tested():
    assert set(RULES) == set(Outcome)
    assert set(Outcome) - {o for o, _ in DELAYS} == {Outcome.OPTED_OUT}


COUNTED = {
    Outcome.ACKNOWLEDGED,
    Outcome.OPTED_OUT,
    Outcome.ANSWERED_NO_KEY,
    Outcome.MACHINE,
    Outcome.NO_ANSWER,
    Outcome.BUSY,
    Outcome.UNALLOCATED,
    Outcome.NUMBER_CHANGED,
    Outcome.REJECTED,
    Outcome.OUT_OF_ORDER,
    Outcome.SCREENED,
    Outcome.ANNOUNCEMENT,
    Outcome.UNKNOWN,
    Outcome.CANCELLED,
}


@pytest.mark.parametrize("outcome", Outcome)
def test_only_a_verdict_on_the_called_line_uses_the_budget(outcome):
    assert is_counted(ended(outcome, rang_at=None)) == (outcome in COUNTED)


def test_a_call_taken_back_before_it_had_a_channel_uses_nothing():
    unheard = replace(ended(Outcome.CANCELLED, rang_at=None), no_channel=True)
    assert not is_counted(unheard)
    assert is_counted(replace(unheard, rang_at=NIGHT))


@pytest.mark.parametrize("outcome", [Outcome.UNREACHABLE, Outcome.TRUNK_TIMEOUT])
def test_an_unreached_line_counts_once_it_rang(outcome):
    assert is_counted(ended(outcome, rang_at=NIGHT))


STOPS = {Outcome.TRUNK_AUTH, Outcome.TRUNK_CREDIT, Outcome.MEDIA_REFUSED}


@pytest.mark.parametrize("outcome", Outcome)
def test_what_an_outcome_says_of_its_trunk(outcome):
    assert (RULES[outcome].trunk is TrunkVerdict.BROKEN) == (outcome in STOPS)


def test_three_tries_without_an_answer_exhaust_a_home():
    found = concluded(*[ended(Outcome.NO_ANSWER)] * 3)
    assert (found.state, found.next_try) == (R.EXHAUSTED, None)


def test_uncounted_tries_end_as_not_served():
    policy = replace(POLICY, retry=RetryPolicy(uncounted_tries=4))
    found = concluded(*[ended(Outcome.CONGESTION)] * 4, policy=policy)
    assert found.state is R.NOT_SERVED


def test_the_second_number_is_rung_at_once_when_the_first_fails():
    found = concluded(ended(Outcome.NO_ANSWER), points=(LANDLINE, SECOND))
    assert (found.next_try.point, found.next_try.due_at) == (SECOND, at(1))


def test_the_first_number_comes_back_when_the_second_failed_too():
    tries = [ended(Outcome.BUSY), ended(Outcome.NO_ANSWER, "mobile", ended_at=at(20))]
    found = concluded(*tries, points=(LANDLINE, SECOND))
    assert found.next_try.point == LANDLINE


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED_NO_KEY, Outcome.REJECTED])
def test_a_home_that_was_reached_is_not_rung_at_once_by_its_other_number(outcome):
    found = concluded(ended(outcome), points=(LANDLINE, SECOND))
    assert found.next_try.due_at >= NIGHT + RULES[outcome].delays[0]


def test_a_recipient_is_tried_eight_times_at_most():
    points = tuple(replace(LANDLINE, id=f"p{n}", rank=n) for n in range(5))
    tries = [ended(Outcome.NO_ANSWER, f"p{n % 5}") for n in range(8)]
    assert concluded(*tries, points=points).state is R.EXHAUSTED


def test_one_acknowledgement_closes_everything():
    found = concluded(ended(Outcome.ACKNOWLEDGED, keys="1"), points=(LANDLINE, SECOND))
    assert (found.state, found.next_try) == (R.ACKNOWLEDGED, None)
    assert found.proof is Proof.KEY


def test_a_key_counts_while_the_call_goes_on():
    live = attempt(AttemptState.ANSWERED, keys="1", answered_at=NIGHT)
    assert concluded(live).state is R.ACKNOWLEDGED


def test_an_agents_word_counts_and_is_never_called_a_key():
    found = concluded(ended(Outcome.NO_ANSWER, proof="agents_word"))
    assert (found.state, found.proof) == (R.ACKNOWLEDGED, Proof.AGENTS_WORD)


def test_opting_out_ends_as_refused():
    assert concluded(ended(Outcome.OPTED_OUT, keys="9")).state is R.REFUSED


def withheld(point="landline"):
    return ended(Outcome.OPTED_OUT, point, claimed_at=None)


@pytest.mark.parametrize("before", [None, Outcome.NO_ANSWER, Outcome.REJECTED])
def test_a_home_whose_number_was_opted_out_by_others_has_refused(before):
    past = [] if before is None else [ended(before)]
    found = concluded(*past, withheld())
    assert (found.state, found.next_try) == (R.REFUSED, None)
    flagged = replace(SECOND, flagged=True)
    found = concluded(*past, withheld(), points=(LANDLINE, flagged))
    assert (found.state, found.next_try) == (R.REFUSED, None)


def test_a_home_of_which_one_number_was_opted_out_goes_on_at_the_other():
    both = (LANDLINE, SECOND)
    found = concluded(withheld(), points=both)
    assert (found.state, found.next_try.point) == (R.WAITING, SECOND)
    tried = [ended(Outcome.NO_ANSWER, "mobile")] * 3
    assert concluded(withheld(), *tried, points=both).state is R.EXHAUSTED
    heard = ended(Outcome.ANSWERED_NO_KEY, heard_times=1)
    assert concluded(heard, withheld()).state is R.REACHED_UNCONFIRMED


def test_a_call_that_never_left_uses_no_try():
    assert not is_counted(withheld())


@pytest.mark.parametrize("heard", [(3,), (1, 1)])
def test_who_heard_it_twice_is_rung_once_more_and_then_listed(heard):
    calls = [ended(Outcome.ANSWERED_NO_KEY, heard_times=times) for times in heard]
    once_more = concluded(*calls)
    assert once_more.next_try is not None
    after = concluded(*calls, ended(Outcome.NO_ANSWER))
    assert (after.state, after.next_try) == (R.REACHED_UNCONFIRMED, None)


def test_hearing_it_twice_is_a_proof_only_where_the_campaign_says_so():
    call = ended(Outcome.ANSWERED_NO_KEY, heard_times=2)
    generous = replace(POLICY, accept_heard_twice=True)
    found = concluded(call, policy=generous)
    assert (found.state, found.proof) == (R.ACKNOWLEDGED, Proof.HEARD_TO_END)


def test_what_a_machine_played_to_itself_is_no_proof():
    found = concluded(*[ended(Outcome.MACHINE, machine=True, heard_times=3)] * 3)
    assert (found.state, found.proof) == (R.EXHAUSTED, Proof.RUNG)


def test_a_message_left_ends_a_recipient_only_where_the_campaign_says_so():
    policy = replace(POLICY, accept_machine=True)
    found = concluded(ended(Outcome.MACHINE, machine=True), policy=policy)
    assert found.state is R.REACHED_UNCONFIRMED


def test_numbers_that_do_not_exist_are_bad_data_and_flagged():
    found = concluded(*[ended(Outcome.UNALLOCATED)] * 2)
    assert (found.state, found.flagged) == (R.BAD_DATA, {"landline"})


def test_an_unallocated_number_is_only_suspected_the_first_time():
    first = concluded(ended(Outcome.UNALLOCATED))
    assert first.flagged == frozenset()
    assert (first.next_try.avoid_trunk, first.next_try.now_elsewhere) == (
        "operator",
        True,
    )


def test_a_flagged_number_is_not_dialled():
    found = settle(recipient(replace(LANDLINE, flagged=True)), [], POLICY, NIGHT)
    assert found.state is R.BAD_DATA


def test_a_rejected_call_is_tried_once_more_and_then_left_to_a_person():
    assert concluded(*[ended(Outcome.REJECTED)] * 2).state is R.REFUSED


def test_an_open_attempt_keeps_the_recipient_trying_or_in_quarantine():
    assert concluded(attempt()).state is R.TRYING
    lost = attempt(AttemptState.QUARANTINED, lost=True)
    assert concluded(lost).state is R.QUARANTINED


def test_retry_after_is_kept_when_it_is_longer_than_the_row():
    assert waits(Outcome.CONGESTION, retry_after=600) == 10
    assert waits(Outcome.CONGESTION, retry_after=5) == 1


def test_no_header_keeps_anybody_waiting_for_longer_than_half_an_hour():
    assert waits(Outcome.CONGESTION, retry_after=86_400) == 30


def test_in_an_alert_no_longer_than_two_minutes():
    asked = ended(Outcome.CONGESTION, retry_after=86_400)
    home, longest = recipient(), LONGEST_OF_AN_ALERT
    found = settle(home, [asked], POLICY, NIGHT, longest)
    assert found.next_try.due_at - asked.ended_at == timedelta(minutes=2)


def test_congestion_goes_to_another_trunk_and_the_called_party_s_word_does_not():
    found = concluded(ended(Outcome.CONGESTION)).next_try
    assert found.avoid_trunk == "operator"
    for word in (Outcome.BUSY, Outcome.REJECTED):
        assert concluded(ended(word)).next_try.avoid_trunk is None


def test_those_that_met_congestion_together_do_not_come_back_together():
    assert RetryPolicy().jitter_after(Outcome.CONGESTION) == timedelta(seconds=30)
    soon = RetryPolicy(every=timedelta(seconds=10))
    assert soon.jitter_after(Outcome.CONGESTION) == timedelta(seconds=10)
    assert soon.jitter_after(Outcome.BUSY) == timedelta()


def test_a_policy_may_change_all_delays_or_single_ones():
    every = RetryPolicy(every=timedelta(seconds=10))
    assert every.delay_after(Outcome.BUSY, 4) == timedelta(seconds=10)
    single = RetryPolicy(delays={Outcome.BUSY: (timedelta(seconds=7),)})
    assert single.delay_after(Outcome.BUSY, 2) == timedelta(seconds=7)
    assert single.delay_after(Outcome.NO_ANSWER, 1) == timedelta(minutes=5)
    assert every.delay_after(Outcome.BAD_NUMBER, 1) == timedelta()


def test_a_try_that_goes_on_uses_nothing_yet():
    assert not is_counted(attempt())


def test_an_end_without_a_name_is_not_tried_again_and_not_counted_as_served():
    nameless = concluded(attempt(AttemptState.ENDED))
    assert (nameless.state, nameless.next_try) == (R.NOT_SERVED, None)


def test_a_home_that_was_reached_keeps_the_later_moment_of_its_other_number():
    calls = [
        ended(Outcome.NO_ANSWER, "mobile", ended_at=at(900)),
        ended(Outcome.ANSWERED_NO_KEY),
    ]
    found = concluded(*calls, points=(replace(LANDLINE, flagged=True), SECOND))
    assert found.next_try.due_at == at(900 + 300)


def test_a_home_without_a_number_is_not_served():
    nobody = replace(recipient(), points=())
    assert settle(nobody, [], POLICY, NIGHT).state is R.NOT_SERVED


def test_the_same_history_gives_the_same_answer_again():
    tries = [ended(Outcome.BUSY), ended(Outcome.NO_ANSWER)]
    assert concluded(*tries) == concluded(*tries)


def test_one_announcement_flags_nobody_two_do():
    assert concluded(ended(Outcome.ANNOUNCEMENT)).flagged == frozenset()
    assert concluded(*[ended(Outcome.ANNOUNCEMENT)] * 2).flagged == {"landline"}


def test_a_call_that_was_taken_back_for_an_alert_is_made_again_later():
    found = concluded(ended(Outcome.CANCELLED, rang_at=NIGHT))
    assert (found.state, found.next_try.due_at) == (R.WAITING, at(300))
    other = concluded(ended(Outcome.CANCELLED), points=(LANDLINE, SECOND))
    assert other.next_try.due_at == at(300)


def test_a_try_that_was_cancelled_before_it_left_is_not_made_again():
    """Its number was erased meanwhile; the others of the home have their turn."""
    gone = ended(Outcome.CANCELLED, claimed_at=None)
    assert concluded(gone).next_try is None
    assert concluded(gone, points=(LANDLINE, SECOND)).next_try.point == SECOND
