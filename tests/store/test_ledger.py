"""The ledger's contract for the rest: commands, campaigns, duty, trunks, nodes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.trunk import Spent
from automaton.ids import new_id
from automaton.ports import (
    DutyCall,
    TrunkCondition,
)
from automaton.store.engine import reading, writing
from automaton.store.notes import (
    begin_node,
    end_node,
    take_over_all,
    trunk_conditions,
    unsound_trunks,
)
from tests.store.commune import NOW, Commune, number
from tests.store.told import MINUTE


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
        transaction.note_trunk(slow, "main")
        transaction.note_trunk(broken, "main")
        transaction.audit("Inès", "launch", "c1", NOW)

    assert names == ["Inès", "Paul"]
    assert commune.rows("duty_calls")[0].outcome == "busy"
    with reading(commune.engine) as connection:
        assert trunk_conditions(connection) == [broken]
    with commune.ledger.transaction() as transaction:
        transaction.forget_trunks(["operator"], "main")
    [line] = commune.rows("audit")
    assert (line.action, line.subject_id, line.at) == ("launch", "c1", NOW)
    assert line.by.startswith("k:")


def test_a_node_that_is_alone_and_was_renamed_has_all_that_is_open(
    commune: Commune,
) -> None:
    # Its calls stayed with the old name, and their homes were never tried again.
    for index in range(2):
        commune.home(number(index))
    campaign = commune.planned()
    (first,) = commune.claim(campaign, limit=1, node="old")
    commune.save(first.attempt.having(state=AttemptState.ENDED, ended_at=NOW))
    (second,) = commune.claim(campaign, limit=1, node="old")
    with writing(commune.engine) as connection:
        take_over_all(connection, "new")
    with commune.ledger.transaction() as transaction:
        assert [one.id for one in transaction.open_attempts("new")] == [
            second.attempt.id
        ]
    assert {row.node for row in commune.rows("live_numbers")} == {"new"}
    assert commune.rows("attempts", id=first.attempt.id)[0].node == "old"


def test_each_node_tells_of_a_trunk_for_itself(commune: Commune) -> None:
    # A start of one node wiped what all the others had learnt of the trunk.
    slow = TrunkCondition("west", 2.5, None, "congested", NOW)
    broken = replace(slow, rate=None, broken_until=NOW + MINUTE)
    sound = replace(slow, rate=None)
    with commune.ledger.transaction() as transaction:
        transaction.note_trunk(slow, "n1")
        transaction.note_trunk(broken, "n2")
        transaction.note_trunk(sound, "n3")
    with reading(commune.engine) as connection:
        assert unsound_trunks(connection) == [broken]
    with commune.ledger.transaction() as transaction:
        transaction.forget_trunks(["west"], "n2")
    with reading(commune.engine) as connection:
        assert trunk_conditions(connection) == [slow, sound]
        assert unsound_trunks(connection) == [slow]


def test_each_start_of_a_node_is_a_new_epoch(commune: Commune) -> None:
    with writing(commune.engine) as connection:
        assert begin_node(connection, "main", 11, NOW) == 1
        assert begin_node(connection, "main", 12, NOW) == 2

    [node] = commune.rows("nodes")
    assert (node.pid, node.beat_at, node.stopped_at) == (12, NOW, None)


def test_a_stop_is_noted_of_that_life_alone(commune: Commune) -> None:
    with writing(commune.engine) as connection:
        begin_node(connection, "main", 11, NOW)
        end_node(connection, "main", 1, NOW + MINUTE)
    [node] = commune.rows("nodes")
    assert node.stopped_at == NOW + MINUTE
    with writing(commune.engine) as connection:
        begin_node(connection, "main", 12, NOW)
        end_node(connection, "main", 1, NOW + MINUTE)
    [node] = commune.rows("nodes")
    assert (node.stopped_at, node.fenced_at) == (None, None)


def test_transaction_that_fails_leaves_nothing(commune: Commune) -> None:
    def fails() -> None:
        with commune.ledger.transaction() as transaction:
            transaction.audit("Inès", "launch", "c1", NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert commune.rows("audit") == []


def test_a_day_counts_the_calls_of_each_trunk_and_how_long_they_talked(
    commune: Commune,
) -> None:
    for index in range(4):
        commune.home(number(index))
    claims = commune.claim(commune.planned(), 3)
    with commune.ledger.transaction() as transaction:
        transaction.assign([(c.attempt.id, "operator") for c in claims])
        first, second, _ = (claim.attempt for claim in claims)
        answered = commune.now + timedelta(seconds=8)
        talked = {first: timedelta(seconds=50), second: timedelta(minutes=1.5)}
        transaction.save(
            [
                replace(
                    one,
                    trunk="operator",
                    state=AttemptState.ENDED,
                    outcome=Outcome.ANSWERED_NO_KEY,
                    answered_at=answered,
                    ended_at=answered + length,
                )
                for one, length in talked.items()
            ]
        )
        found = transaction.spent_since(commune.now)
        later = transaction.spent_since(commune.now + timedelta(seconds=1))
    assert found == {"operator": Spent(3, timedelta(seconds=140))}
    assert later == {}
