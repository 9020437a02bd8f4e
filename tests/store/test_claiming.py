"""The ledger's contract for claims: whose turn it is, and which number may ring."""

import random
from datetime import datetime, timedelta

import pytest
from alembic import command

from automaton.domain.attempt import Attempt, AttemptState, advance
from automaton.domain.campaign import CampaignState
from automaton.domain.events import Answered, HungUp, Lost, OrderFailed, Withdrawn
from automaton.domain.policy import NumberCeiling
from automaton.domain.recipient import FINAL_RECIPIENT_STATES, RecipientState
from automaton.ports import Room, Want
from automaton.store.engine import writing
from automaton.store.ledger import SqlLedger
from automaton.store.notes import begin_node
from automaton.store.rings import rings_since
from automaton.store.schema import alembic_config
from tests.store.commune import NODE, NOW, Commune, number
from tests.store.told import MINUTE, conclude, ended, waits

LONGEST = timedelta(minutes=11)


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


def by_due(row: Attempt) -> datetime:
    return row.due_at


SLOW, SOUND = number(1)[:-4], number(10_000)[:-4]
GAP = timedelta(seconds=0.25)


def claim_with_rooms(commune, campaign, limit, **left):
    """Claim where some exchanges are slow; return who left and who was given a turn."""
    places = {"slow": SLOW, "sound": SOUND}
    first_at = commune.now + MINUTE
    rooms = {places[name]: Room(n, first_at, GAP) for name, n in left.items()}
    with commune.ledger.transaction() as transaction:
        claims = transaction.claim(
            [Want(campaign, limit, rooms=rooms)], commune.now, NODE
        )
    planned = AttemptState.PLANNED
    return (
        [c.attempt.e164 for c in claims if c.attempt.state is not planned],
        [c.attempt.e164 for c in claims if c.attempt.state is planned],
    )


def test_what_has_no_room_is_given_its_turn_and_the_rest_is_claimed(
    commune: Commune,
) -> None:
    for index in range(6):
        commune.home(number(index))
    commune.home(number(10_000))
    campaign = commune.planned()
    for minutes, attempt in enumerate(reversed(commune.rows("attempts"))):
        is_last = attempt.e164 == number(10_000)
        due_at = NOW if is_last else NOW - (minutes + 1) * MINUTE
        commune.change("attempts", attempt.id, due_at=due_at)

    left, parked = claim_with_rooms(commune, campaign, 3, slow=2)

    assert left[2:] == [number(10_000)]
    assert {e164[:-4] for e164 in left[:2]} == {SLOW}
    assert len(parked) == 4
    due = {row.e164: row.due_at for row in commune.rows("attempts")}
    turns = [NOW + MINUTE + rank * GAP for rank in range(4)]
    assert [due[e164] for e164 in parked] == turns
    taken = {row.e164 for row in commune.rows("live_numbers")}
    assert taken == set(left)
    commune.pass_time(minutes=2)
    assert claim_with_rooms(commune, campaign, 9)[0] == parked


def test_what_lies_behind_the_last_one_that_is_claimed_is_left_as_it_is(
    commune: Commune,
) -> None:
    for index in range(4):
        commune.home(number(index))
    campaign = commune.planned()

    left, parked = claim_with_rooms(commune, campaign, 2, slow=9)

    assert (len(left), parked) == (2, [])
    due = [row.due_at for row in commune.rows("attempts")]
    assert set(due) == {NOW}


@pytest.mark.parametrize("seed", range(5))
def test_every_due_attempt_is_claimed_given_its_turn_or_left_alone(
    commune: Commune, seed: int
) -> None:
    dice = random.Random(seed)
    for index in range(12):
        commune.home(number(index + dice.choice((0, 10_000))))
    campaign = commune.planned()
    limit, slow, sound = dice.randint(1, 8), dice.randint(0, 3), dice.randint(0, 3)

    left, parked = claim_with_rooms(commune, campaign, limit, slow=slow, sound=sound)

    assert len(left) <= limit
    assert sum(e164.startswith(SLOW) for e164 in left) <= slow
    assert sum(e164.startswith(SOUND) for e164 in left) <= sound
    for row in commune.rows("attempts"):
        is_claimed = row.state is AttemptState.CLAIMED
        was_moved = row.due_at != NOW
        assert is_claimed == (row.e164 in left)
        assert was_moved == (row.e164 in parked)
        assert not (is_claimed and was_moved)


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


def test_call_taken_back_before_it_had_a_channel_does_not_count_for_the_ceiling(
    commune: Commune,
) -> None:
    commune.home(number(7))
    for _ in range(6):
        [claim] = commune.claim(commune.planned())
        withdrawn = advance(claim.attempt, Withdrawn(claim.attempt.id, NOW))
        commune.save(
            advance(withdrawn, OrderFailed(withdrawn.id, NOW, no_channel=True))
        )

    # A forecast counted them all the same.
    assert rings_since(commune.engine, [number(7)], NOW - timedelta(days=1)) == {}
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
        return transaction.take_number(number(index), call, commune.now, NODE, LONGEST)


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


def test_number_of_a_duty_call_is_its_own_until_that_is_over_also_after_a_start(
    commune: Commune,
) -> None:
    commune.home(number(1))
    [claim] = commune.claim(commune.planned())
    assert take(commune, "duty", index=2)
    assert take(commune, "over", index=3)

    with writing(commune.engine) as connection:
        epoch = begin_node(connection, NODE, 1, NOW) + 1
    ledger = SqlLedger(commune.engine, commune.clock, epoch)
    with ledger.transaction() as transaction:
        assert transaction.free_left(NODE, ["over"], LONGEST / 2) == {"duty"}
        assert transaction.free_left("another", ["duty"], LONGEST) == frozenset()
    assert len(commune.rows("live_numbers")) == 2

    with ledger.transaction() as transaction:
        assert transaction.free_left(NODE, [], LONGEST) == frozenset()
    [left] = commune.rows("live_numbers")
    assert left.attempt_id == claim.attempt.id


def test_every_fourth_claim_is_a_retry_while_first_tries_wait(
    commune: Commune,
) -> None:
    for index in range(6):
        commune.home(number(index))
    campaign = commune.planned()
    first = sorted(commune.rows("attempts"), key=by_due)
    for row in first[-2:]:
        commune.change("attempts", row.id, ordinal=2)

    alone = commune.claim(campaign, limit=2)
    assert [c.attempt.id for c in alone] == [row.id for row in first[:2]]
    mixed = commune.claim(campaign, limit=2, again=1)
    assert [c.attempt.id for c in mixed] == [first[-2].id, first[2].id]
    # What one queue does not fill the other does.
    rest = commune.claim(campaign, limit=5, again=5)
    assert [c.attempt.id for c in rest] == [first[-1].id, first[3].id]


def test_an_upgrade_tells_what_waits_which_try_it_is(commune: Commune) -> None:
    commune.home(number(1))
    commune.home(number(2))
    campaign = commune.planned()
    [claim] = commune.claim(campaign, limit=1)
    commune.save(ended(claim.attempt))
    conclude(commune, waits(claim.attempt))
    with writing(commune.engine) as connection:
        command.downgrade(alembic_config(connection), "0007")
        command.upgrade(alembic_config(connection), "head")

    found = {row.id: row.ordinal for row in commune.rows("attempts")}
    assert found.pop(claim.attempt.id) == 1
    assert sorted(found.values()) == [1, 2]
