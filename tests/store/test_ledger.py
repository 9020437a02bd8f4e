"""The ledger's contract: what the engine may rely on, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from automaton.domain.attempt import Attempt, AttemptState, advance
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.events import Answered, HungUp, KeyPressed, Lost, Rang
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy, NumberCeiling
from automaton.domain.recipient import RecipientState
from automaton.ids import new_id
from automaton.ports import (
    DutyCall,
    PlannedTry,
    RecipientChange,
    TrunkCondition,
    Want,
)
from automaton.store.engine import reading, writing
from automaton.store.notes import beat_node, begin_node, trunk_conditions
from tests.store.commune import NODE, NOW, Commune, number

MINUTE = timedelta(minutes=1)


def ended(attempt: Attempt, *, sip: int = 486, q850: int = 17) -> Attempt:
    """Return the attempt after a call that rang and found nobody."""
    rang = advance(attempt, Rang(attempt.id, NOW))
    return advance(rang, HungUp(attempt.id, NOW, sip, q850))


def waits(attempt: Attempt, minutes: float = 3) -> RecipientChange:
    """Return the conclusion that a recipient is tried again."""
    again = PlannedTry(
        new_id(),
        attempt.campaign_id,
        attempt.recipient_id,
        attempt.contact_point_id,
        attempt.e164,
        NOW + minutes * MINUTE,
        avoid_trunk="east",
    )
    return RecipientChange(
        attempt.recipient_id, RecipientState.WAITING, "rung", None, again
    )


def confirmed(attempt: Attempt) -> RecipientChange:
    return RecipientChange(
        attempt.recipient_id, RecipientState.ACKNOWLEDGED, "key", NOW
    )


def conclude(commune: Commune, *changes: RecipientChange) -> None:
    with commune.ledger.transaction() as transaction:
        transaction.conclude(changes, commune.now)


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
        counts = transaction.counts(campaign)
        still_open = transaction.open_recipients(campaign)
        due = transaction.next_due(campaign)

    assert closed == [2, 1, 0]
    assert counts == {"cancelled": 3, "trying": 1}
    assert (still_open, due) == (1, None)
    assert len(commune.rows("attempts", outcome=Outcome.CANCELLED)) == 3


def test_recipient_has_one_open_attempt_and_the_database_holds_it(
    commune: Commune,
) -> None:
    commune.home(number(7))
    commune.planned()
    [attempt] = commune.rows("attempts")
    second = dict(attempt._mapping) | {"id": new_id()}

    with pytest.raises(IntegrityError):
        commune.add("attempts", second)


def test_command_is_taken_once_oldest_first(commune: Commune) -> None:
    campaign = commune.campaign()
    for name in ("launch", "pause"):
        commune.add(
            "commands",
            {
                "name": name,
                "campaign_id": campaign,
                "payload": {"reason": "essai"},
                "by": "Inès Carlier",
                "asked_at": NOW,
            },
        )

    with commune.ledger.transaction() as transaction:
        first, second = transaction.commands()
        transaction.finish_command(first.id)
        transaction.finish_command(second.id, "trop tard")
        assert transaction.commands() == []

    assert (first.name, first.campaign_id, first.by) == (
        "launch",
        campaign,
        "Inès Carlier",
    )
    assert second.payload == {"reason": "essai"}
    done, refused = commune.rows("commands")
    assert (done.finished_at, done.refusal) == (NOW, None)
    assert refused.refusal == "trop tard"
    assert commune.rows("campaigns")[0].launched_by == "Inès Carlier"


def test_campaigns_come_most_urgent_first_with_their_policy(commune: Commune) -> None:
    policy = CallPolicy(repeats=2, lines=7)
    calm = commune.campaign(campaign_class=CampaignClass.INFORMATION)
    commune.pass_time(minutes=1)
    urgent = commune.campaign(policy=policy)
    commune.campaign(state=CampaignState.DRAFT)

    with commune.ledger.transaction() as transaction:
        found = transaction.campaigns([CampaignState.RUNNING, CampaignState.PAUSED])
        assert transaction.campaign("nobody") is None
        alone = transaction.campaign(urgent)

    assert [campaign.id for campaign in found] == [urgent, calm]
    assert found[0] == alone
    assert found[0].policy == policy
    assert found[0].message_for("fr").prompt == "p1"


def test_moved_campaign_keeps_the_moments_of_its_first_moves(commune: Commune) -> None:
    campaign = commune.campaign(state=CampaignState.DRAFT)

    def move(state: CampaignState, reason: str = "") -> None:
        with commune.ledger.transaction() as transaction:
            transaction.move_campaign(campaign, state, commune.now, reason)
        commune.pass_time(minutes=1)

    move(CampaignState.SCHEDULED)
    move(CampaignState.RUNNING)
    move(CampaignState.PAUSED, "orage")
    assert commune.rows("campaigns")[0].pause_reason == "orage"
    move(CampaignState.RUNNING)
    move(CampaignState.FINISHED)

    [row] = commune.rows("campaigns")
    assert row.state is CampaignState.FINISHED
    assert row.pause_reason is None
    assert row.launched_at == NOW
    assert row.started_at == NOW + MINUTE
    assert row.finished_at == NOW + 4 * MINUTE


def test_duty_trunks_and_audit_are_written_down(commune: Commune) -> None:
    for rank, name in ((1, "Paul"), (0, "Inès")):
        commune.add(
            "duty_entries",
            collectivity_id=commune.id,
            rank=rank,
            name=name,
            e164=number(rank),
        )
    call = DutyCall(
        new_id(), commune.id, None, "silent", number(0), "west", NOW, "busy", False
    )
    slow = TrunkCondition("west", 2.5, None, "congested", NOW)
    broken = replace(slow, rate=None, broken_until=NOW + MINUTE)

    with commune.ledger.transaction() as transaction:
        names = [entry.name for entry in transaction.duty_list(commune.id)]
        transaction.note_duty_call(call)
        transaction.note_trunk(slow)
        transaction.note_trunk(broken)
        transaction.audit("Inès", "launch", "c1", NOW)

    assert names == ["Inès", "Paul"]
    assert commune.rows("duty_calls")[0].outcome == "busy"
    with reading(commune.engine) as connection:
        assert trunk_conditions(connection) == [broken]
    [line] = commune.rows("audit")
    assert (line.by, line.action, line.subject_id, line.at) == (
        "Inès",
        "launch",
        "c1",
        NOW,
    )


def test_each_start_of_a_node_is_a_new_epoch(commune: Commune) -> None:
    with writing(commune.engine) as connection:
        assert begin_node(connection, "main", 11, NOW) == 1
        assert begin_node(connection, "main", 12, NOW) == 2
        beat_node(connection, "main", NOW + MINUTE)

    [node] = commune.rows("nodes")
    assert (node.pid, node.beat_at) == (12, NOW + MINUTE)


def test_transaction_that_fails_leaves_nothing(commune: Commune) -> None:
    def fails() -> None:
        with commune.ledger.transaction() as transaction:
            transaction.audit("Inès", "launch", "c1", NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert commune.rows("audit") == []
