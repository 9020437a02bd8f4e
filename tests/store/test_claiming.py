"""The ledger's contract for claims: whose turn it is, and which number may ring."""

from datetime import timedelta

import pytest

from automaton.domain.attempt import Attempt, AttemptState, advance
from automaton.domain.campaign import CampaignState
from automaton.domain.events import Answered, HungUp, Lost
from automaton.domain.policy import NumberCeiling
from automaton.domain.recipient import FINAL_RECIPIENT_STATES, RecipientState
from automaton.ports import (
    Want,
)
from automaton.store.engine import writing
from automaton.store.notes import begin_node
from tests.store.commune import NODE, NOW, Commune, number
from tests.store.told import MINUTE, conclude, ended, waits


def test_claimed_attempt_is_committed_with_its_number_taken(commune: Commune) -> None:
    commune.home(number(1), number(2), codeword_prompt="c1", language="en")
    campaign = commune.planned()

    [claim] = commune.claim(campaign)

    assert claim.attempt.state is AttemptState.CLAIMED
    assert claim.attempt.claimed_at == NOW
    assert claim.attempt.e164 == number(1)
    assert [point.e164 for point in claim.recipient.points] == [number(1), number(2)]
    assert claim.recipient.language == "en"
    assert claim.recipient.codeword_prompt == "c1"
    assert not claim.rung_before
    [taken] = commune.rows("live_numbers")
    assert (taken.e164, taken.attempt_id, taken.node, taken.epoch, taken.taken_at) == (
        number(1),
        claim.attempt.id,
        NODE,
        1,
        NOW,
    )
    [recipient] = commune.rows("recipients")
    assert recipient.state is RecipientState.TRYING
    assert commune.claim(campaign) == []


def test_claim_takes_the_longest_due_first_and_no_more_than_wanted(
    commune: Commune,
) -> None:
    for index in range(5):
        commune.home(number(index))
    campaign = commune.planned()
    for minutes, attempt in enumerate(reversed(commune.rows("attempts"))):
        commune.change("attempts", attempt.id, due_at=NOW - minutes * MINUTE)
    expected = [row.e164 for row in sorted(commune.rows("attempts"), key=by_due)]

    claims = commune.claim(campaign, limit=3)

    assert [claim.attempt.e164 for claim in claims] == expected[:3]


def by_due(row: Attempt) -> object:
    return row.due_at


def test_attempt_that_is_not_due_waits(commune: Commune) -> None:
    commune.home(number(1))
    campaign = commune.planned()
    [attempt] = commune.rows("attempts")
    commune.change("attempts", attempt.id, due_at=NOW + MINUTE)

    assert commune.claim(campaign) == []
    with commune.ledger.transaction() as transaction:
        assert transaction.next_due(campaign) == NOW + MINUTE
    commune.pass_time(minutes=1)
    assert len(commune.claim(campaign)) == 1


@pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.CANCELLED])
def test_campaign_that_is_not_active_claims_nothing(
    commune: Commune, state: CampaignState
) -> None:
    commune.home(number(1))
    campaign = commune.planned(state=state)

    assert commune.claim(campaign) == []


@pytest.mark.parametrize("state", sorted(FINAL_RECIPIENT_STATES))
def test_nobody_who_is_done_with_is_claimed_whatever_is_planned(
    commune: Commune, state: RecipientState
) -> None:
    commune.home(number(1))
    campaign = commune.planned()
    [recipient] = commune.rows("recipients")
    commune.change("recipients", recipient.id, state=state)

    assert commune.claim(campaign) == []


def test_loser_of_a_number_stays_planned_and_spends_nothing(commune: Commune) -> None:
    commune.home(number(7))
    commune.home(number(7))
    campaign = commune.planned()

    [winner] = commune.claim(campaign)

    [loser] = commune.rows("attempts", state=AttemptState.PLANNED)
    assert loser.claimed_at is None
    assert loser.due_at == NOW + timedelta(seconds=2)
    commune.pass_time(seconds=3)
    assert commune.claim(campaign) == []
    commune.save(ended(winner.attempt))
    commune.pass_time(seconds=3)
    [second] = commune.claim(campaign)
    assert second.attempt.id == loser.id
    assert not second.rung_before


def test_number_is_rung_once_at_a_time_over_all_campaigns(commune: Commune) -> None:
    commune.home(number(7))
    first, second = commune.planned(), commune.planned()

    assert len(commune.claim(first)) == 1
    assert commune.claim(second) == []


def test_number_in_quarantine_stays_taken(commune: Commune) -> None:
    commune.home(number(7))
    campaign, other = commune.planned(), commune.planned()
    [claim] = commune.claim(campaign)

    commune.save(advance(claim.attempt, Lost(claim.attempt.id, NOW)))

    assert commune.claim(other) == []


def test_number_rests_when_it_was_rung_four_times_in_two_hours(
    commune: Commune,
) -> None:
    commune.home(number(7))
    for minutes in (0, 10, 20, 30):
        campaign = commune.planned()
        commune.clock.at = NOW + minutes * MINUTE
        [claim] = commune.claim(campaign)
        commune.save(ended(claim.attempt))
    fifth = commune.planned()

    assert commune.claim(fifth) == []

    [waiting] = commune.rows("attempts", campaign_id=fifth)
    assert waiting.due_at == NOW + timedelta(hours=2)
    commune.clock.at = NOW + timedelta(hours=2)
    assert len(commune.claim(fifth)) == 1


def test_try_that_never_reached_the_line_does_not_count_for_the_ceiling(
    commune: Commune,
) -> None:
    commune.home(number(7))
    for _ in range(6):
        [claim] = commune.claim(commune.planned())
        congested = advance(claim.attempt, HungUp(claim.attempt.id, NOW, 503, 34))
        commune.save(congested)

    assert len(commune.claim(commune.planned())) == 1


def test_ceilings_may_be_lifted(commune: Commune) -> None:
    commune.home(number(7))
    for _ in range(4):
        [claim] = commune.claim(commune.planned())
        commune.save(ended(claim.attempt))
    want = Want(commune.planned(), 5, (NumberCeiling(9, timedelta(hours=2)),))

    with commune.ledger.transaction() as transaction:
        assert len(transaction.claim([want], NOW, NODE)) == 1


def test_second_call_knows_that_the_first_was_answered(commune: Commune) -> None:
    commune.home(number(7))
    campaign = commune.planned()
    [claim] = commune.claim(campaign)
    spoke = advance(claim.attempt, Answered(claim.attempt.id, NOW))
    spoke = advance(spoke, HungUp(spoke.id, NOW, None, 16))
    commune.save(spoke)
    conclude(commune, waits(spoke))
    commune.pass_time(minutes=3)

    [again] = commune.claim(campaign)

    assert again.rung_before
    assert again.avoid_trunk == "east"


def take(commune: Commune, call: str, index: int = 1) -> bool:
    with commune.ledger.transaction() as transaction:
        return transaction.take_number(number(index), call, commune.now, NODE)


def test_number_of_a_duty_call_is_rung_by_no_campaign_until_it_is_free(
    commune: Commune,
) -> None:
    commune.home(number(1))
    campaign = commune.planned()
    assert take(commune, "duty")
    assert not take(commune, "another")
    assert commune.claim(campaign) == []

    with commune.ledger.transaction() as transaction:
        transaction.free_number(number(1), "another")
    commune.pass_time(seconds=3)
    assert commune.claim(campaign) == []
    with commune.ledger.transaction() as transaction:
        transaction.free_number(number(1), "duty")
    commune.pass_time(seconds=3)
    assert len(commune.claim(campaign)) == 1


def test_number_that_a_campaign_rings_is_not_there_for_a_duty_call(
    commune: Commune,
) -> None:
    commune.home(number(1))
    [claim] = commune.claim(commune.planned())

    assert not take(commune, "duty")
    assert take(commune, "duty", index=2)
    commune.save(ended(claim.attempt))
    assert take(commune, "later")


def test_number_of_a_duty_call_is_free_again_when_its_node_starts_anew(
    commune: Commune,
) -> None:
    commune.home(number(1))
    [claim] = commune.claim(commune.planned())
    assert take(commune, "duty", index=2)

    with writing(commune.engine) as connection:
        begin_node(connection, NODE, 1, NOW)

    [left] = commune.rows("live_numbers")
    assert left.attempt_id == claim.attempt.id
