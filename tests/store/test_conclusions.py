"""The ledger's contract for calls: what is saved, given back, concluded, closed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import StatementError

from automaton.domain.attempt import AttemptState, advance
from automaton.domain.campaign import CampaignState
from automaton.domain.events import HungUp, KeyPressed, Rang
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.ports import (
    RecipientChange,
)
from tests.store.commune import NODE, NOW, Commune, number
from tests.store.told import MINUTE, conclude, confirmed, ended, waits


def test_attempt_comes_back_as_it_was_saved(commune: Commune) -> None:
    commune.home(number(7))
    [claim] = commune.claim(commune.planned())
    with commune.ledger.transaction() as transaction:
        transaction.assign([(claim.attempt.id, "west")])
    told = replace(
        claim.attempt,
        trunk="west",
        state=AttemptState.ANSWERED,
        rang_at=NOW + timedelta(microseconds=1),
        announced_at=NOW,
        answered_at=NOW + MINUTE,
        key_at=NOW,
        keys="21",
        key_seq=2,
        heard_times=2,
        heard_seconds=12.5,
        machine=True,
        timed_out=True,
        no_channel=True,
        lost=True,
        sip=200,
        q850=16,
        retry_after=30,
        proof="agents_word",
    )

    commune.save(told)

    with commune.ledger.transaction() as transaction:
        assert transaction.attempts([told.id, "nobody"]) == [told]
        assert transaction.open_attempts(NODE) == [told]
        assert transaction.open_attempts("another") == []


def test_ended_attempt_frees_its_number_and_leaves_the_open_ones(
    commune: Commune,
) -> None:
    commune.home(number(7))
    [claim] = commune.claim(commune.planned())

    commune.save(ended(claim.attempt))

    assert commune.rows("live_numbers") == []
    with commune.ledger.transaction() as transaction:
        assert transaction.open_attempts(NODE) == []
        [attempt] = transaction.attempts([claim.attempt.id])
    assert attempt.outcome is Outcome.BUSY


def test_late_end_does_not_free_the_number_of_another(commune: Commune) -> None:
    commune.home(number(7))
    [first] = commune.claim(commune.planned())
    commune.save(ended(first.attempt))
    [second] = commune.claim(commune.planned())

    commune.save(ended(first.attempt))

    [taken] = commune.rows("live_numbers")
    assert taken.attempt_id == second.attempt.id


def test_order_that_never_left_is_given_back_unspent(commune: Commune) -> None:
    commune.home(number(7))
    campaign = commune.planned()
    [claim] = commune.claim(campaign)
    with commune.ledger.transaction() as transaction:
        transaction.assign([(claim.attempt.id, "west")])
        transaction.give_back([claim.attempt.id], NOW + MINUTE)

    [attempt] = commune.rows("attempts")
    assert attempt.state is AttemptState.PLANNED
    assert (attempt.claimed_at, attempt.trunk, attempt.node) == (None, None, None)
    assert attempt.due_at == NOW + MINUTE
    assert commune.rows("live_numbers") == []
    assert commune.rows("recipients")[0].state is RecipientState.WAITING


@pytest.mark.parametrize("state", [RecipientState.ACKNOWLEDGED, RecipientState.REFUSED])
def test_claim_of_somebody_who_is_done_with_is_not_planned_again(
    commune: Commune, state: RecipientState
) -> None:
    commune.home(number(7))
    [claim] = commune.claim(commune.planned())
    commune.change("recipients", claim.recipient.id, state=state)

    with commune.ledger.transaction() as transaction:
        left = transaction.give_back([claim.attempt.id], NOW)

    assert left == [claim.recipient.id]
    [attempt] = commune.rows("attempts")
    assert (attempt.state, attempt.outcome) == (AttemptState.ENDED, Outcome.CANCELLED)
    assert (attempt.claimed_at, attempt.ended_at) == (None, NOW)
    assert commune.rows("live_numbers") == []
    assert commune.rows("recipients")[0].state is state


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (CampaignState.CANCELLED, AttemptState.ENDED),
        (CampaignState.EXPIRED, AttemptState.ENDED),
        (CampaignState.PAUSED, AttemptState.PLANNED),
    ],
)
def test_claim_of_a_campaign_that_is_over_is_not_planned_again(
    commune: Commune, state: CampaignState, after: AttemptState
) -> None:
    commune.home(number(7))
    campaign = commune.planned()
    [claim] = commune.claim(campaign)
    commune.change("campaigns", campaign, state=state)

    with commune.ledger.transaction() as transaction:
        transaction.give_back([claim.attempt.id], NOW)

    assert commune.rows("attempts")[0].state is after
    assert commune.rows("live_numbers") == []


def test_attempt_that_rings_is_never_given_back(commune: Commune) -> None:
    commune.home(number(7))
    [claim] = commune.claim(commune.planned())
    commune.save(advance(claim.attempt, Rang(claim.attempt.id, NOW)))

    with commune.ledger.transaction() as transaction:
        transaction.give_back([claim.attempt.id], NOW + MINUTE)

    assert commune.rows("attempts")[0].state is AttemptState.RINGING


def test_case_shows_all_attempts_oldest_first(commune: Commune) -> None:
    commune.home(number(7))
    campaign = commune.planned()
    [first] = commune.claim(campaign)
    commune.save(ended(first.attempt))
    commune.pass_time(minutes=1)
    change = waits(first.attempt)
    conclude(commune, change)

    with commune.ledger.transaction() as transaction:
        [case] = transaction.cases([first.recipient.id, "nobody"])

    assert change.next_try is not None
    ids = [attempt.id for attempt in case.attempts]
    assert ids == [first.attempt.id, change.next_try.id]
    assert case.recipient.state is RecipientState.WAITING


def test_conclusion_told_twice_changes_nothing(commune: Commune) -> None:
    commune.home(number(7))
    [claim] = commune.claim(commune.planned())
    commune.save(ended(claim.attempt))
    change, other = waits(claim.attempt), waits(claim.attempt)

    conclude(commune, change)
    conclude(commune, change)
    conclude(commune, other)

    assert len(commune.rows("attempts", state=AttemptState.PLANNED)) == 1


def test_many_recipients_are_concluded_at_once(commune: Commune) -> None:
    for index in range(4):
        commune.home(number(index))
    claims = commune.claim(commune.planned())
    commune.save(*(ended(claim.attempt) for claim in claims))
    first, second, third, fourth = (claim.attempt for claim in claims)

    conclude(commune, waits(first), waits(second), confirmed(third), confirmed(fourth))

    states = [row.state for row in commune.rows("recipients")]
    assert states.count(RecipientState.WAITING) == 2
    assert states.count(RecipientState.ACKNOWLEDGED) == 2
    assert len(commune.rows("attempts", state=AttemptState.PLANNED)) == 2


def test_acknowledgement_cancels_what_is_planned_and_stands(commune: Commune) -> None:
    commune.home(number(7))
    [claim] = commune.claim(commune.planned())
    commune.save(ended(claim.attempt))
    conclude(commune, waits(claim.attempt))

    conclude(commune, confirmed(claim.attempt))
    commune.pass_time(minutes=1)
    late = replace(confirmed(claim.attempt), acknowledged_at=commune.now)
    conclude(commune, late)
    conclude(commune, waits(claim.attempt))

    [recipient] = commune.rows("recipients")
    assert recipient.state is RecipientState.ACKNOWLEDGED
    assert recipient.acknowledged_at == NOW
    assert recipient.finished_at == NOW
    assert recipient.proof == "key"
    planned = commune.rows("attempts", outcome=Outcome.CANCELLED)
    assert len(planned) == 1
    assert planned[0].ended_at == NOW
    assert commune.rows("attempts", state=AttemptState.PLANNED) == []


def test_flagged_point_waits_for_a_person_and_keeps_its_first_reason(
    commune: Commune,
) -> None:
    commune.home(number(7))
    [claim] = commune.claim(commune.planned())
    commune.save(ended(claim.attempt, sip=410, q850=22))
    flagged = frozenset({claim.attempt.contact_point_id})
    change = RecipientChange(
        claim.recipient.id, RecipientState.BAD_DATA, "none", None, flagged=flagged
    )

    conclude(commune, change)
    commune.pass_time(minutes=1)
    conclude(commune, change)

    [point] = commune.rows("contact_points")
    assert (point.flagged_at, point.flag_reason) == (NOW, "number_changed")


def test_key_nine_opts_the_number_out(commune: Commune) -> None:
    commune.home(number(7))
    campaign = commune.planned()
    [claim] = commune.claim(campaign)
    pressed = advance(claim.attempt, KeyPressed(claim.attempt.id, NOW, "9", 1))
    over = advance(pressed, HungUp(pressed.id, NOW, None, 16))

    commune.save(over)
    commune.save(over)

    [opted] = commune.rows("opt_outs")
    assert (opted.e164, opted.collectivity_id) == (number(7), commune.id)
    assert (opted.campaign_id, opted.how, opted.at) == (campaign, "key", NOW)


def test_stopped_campaign_closes_all_but_those_on_a_line(commune: Commune) -> None:
    for index in range(4):
        commune.home(number(index))
    campaign = commune.planned()
    commune.claim(campaign, limit=1)

    with commune.ledger.transaction() as transaction:
        closed = [
            transaction.close_recipients(campaign, RecipientState.CANCELLED, NOW, 2)
            for _ in range(3)
        ]
        done = transaction.done_campaigns([campaign])
        due = transaction.next_due(campaign)

    assert closed == [2, 1, 0]
    assert commune.ledger.counts(campaign) == {"cancelled": 3, "trying": 1}
    assert (done, due) == (frozenset(), None)
    assert len(commune.rows("attempts", outcome=Outcome.CANCELLED)) == 3


def test_beat_without_news_writes_nothing(commune: Commune) -> None:
    with commune.ledger.transaction() as transaction:
        transaction.save([])
        transaction.assign([])
        transaction.give_back([], NOW)
        transaction.conclude([], NOW)
        assert transaction.claim([], NOW, NODE) == []
        assert transaction.cases([]) == []


def test_moment_without_a_time_zone_is_refused(commune: Commune) -> None:
    with pytest.raises(StatementError, match="needs its time zone"):
        commune.campaign(starts_at=datetime(2026, 1, 15, 9))  # noqa: DTZ001


def test_all_campaigns_are_looked_at_in_one_statement(commune: Commune) -> None:
    commune.home(number(1))
    first, second = commune.planned(), commune.planned()
    never = commune.campaign()
    [claim] = commune.claim(first)
    ended = RecipientChange(claim.recipient.id, RecipientState.EXHAUSTED, "none", None)

    with commune.ledger.transaction() as transaction:
        transaction.save([replace(claim.attempt, state=AttemptState.ENDED)])
        transaction.conclude([ended], NOW)
        ids = [first, second, never]
        due = transaction.next_dues(ids)
        counts = transaction.count_due(ids, NOW, 10)
        none = transaction.count_due(ids, NOW, 0)
        done = transaction.done_campaigns([first, second])
        assert transaction.next_dues([]) == {}

    assert due == {first: None, second: NOW, never: None}
    assert counts == {first: 0, second: 1, never: 0}
    assert set(none.values()) == {0}
    assert done == {first}
