"""Calls for help on both databases: one for a home, found again, taken once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.collectivity import Act
from automaton.domain.help import HelpState
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.recipient import RecipientState
from automaton.ports import DutyCall
from automaton.store import alarms
from automaton.store.engine import reading, writing
from automaton.store.people.duty import duty_list
from tests.store.commune import NOW, Commune, number

OFFERED = CallPolicy(help_key=True)


@pytest.fixture
def asking(commune: Commune) -> tuple[Commune, str, Attempt]:
    """A home in whose call key 3 was pressed."""
    commune.home(number(1))
    campaign = commune.planned(policy=OFFERED)
    (claim,) = commune.claim(campaign)
    pressed = claim.attempt.having(
        state=AttemptState.ANSWERED,
        answered_at=NOW,
        key_at=NOW + timedelta(seconds=7),
        keys="3",
        key_seq=1,
    )
    commune.save(pressed)
    return commune, campaign, pressed


Asking = tuple[Commune, str, Attempt]


def test_a_home_is_found_with_all_that_those_on_duty_need(asking: Asking) -> None:
    commune, campaign, pressed = asking
    with reading(commune.engine) as connection:
        (alarm,) = alarms.untaken(connection)
        assert alarms.alarms_of(connection, campaign) == [alarm]
        assert alarms.states_of(connection, campaign) == {
            pressed.recipient_id: HelpState.UNTAKEN
        }
        assert alarms.count_open(connection, campaign) == (1, 1)
        assert alarms.oldest_open(connection) == (1, 1, alarm.opened_at)
    assert (alarm.name, alarm.number) == ("Odile Vasseur", number(1))
    assert alarm.address.startswith("3 quai des Brumes")
    assert (alarm.campaign, alarm.collectivity_id) == ("Crue", commune.id)
    assert alarm.opened_at == NOW + timedelta(seconds=7)
    assert alarms.all_alarms(commune.engine, closed=False) == [alarm]


def test_the_end_of_the_call_and_a_second_key_open_no_other(asking: Asking) -> None:
    commune, _, pressed = asking
    again = pressed.having(keys="33", key_seq=2)
    commune.save(again)
    ended = again.having(state=AttemptState.ENDED, ended_at=NOW)
    commune.save(ended.having(outcome=Outcome.ACKNOWLEDGED))
    assert len(commune.rows("alarms")) == 1
    told = [row.action for row in commune.rows("audit")]
    assert told == ["help_asked"]


def test_the_first_who_takes_it_has_it(asking: Asking) -> None:
    commune, campaign, _ = asking
    for rank, name in enumerate(("Mairie", "Adjointe")):
        listed = {"collectivity_id": commune.id, "rank": rank, "name": name}
        commune.add("duty_entries", e164=number(50 + rank), **listed)
    with reading(commune.engine) as connection:
        first, second = duty_list(connection, commune.id)
        (alarm,) = alarms.untaken(connection)
    for turn, entry in enumerate((second, first)):
        call = DutyCall(
            f"d{turn}",
            commune.id,
            campaign,
            "help_asked",
            entry.e164,
            "town",
            NOW,
            "acknowledged",
            taken=True,
            alarm_id=alarm.id,
            entry_id=entry.id,
        )
        with commune.ledger.transaction() as transaction:
            transaction.note_round(alarm.id)
            transaction.note_duty_call(call)
    with reading(commune.engine) as connection:
        assert alarms.untaken(connection) == []
        (taken,) = alarms.alarms_of(connection, campaign)
        assert alarms.count_open(connection, campaign) == (1, 0)
    assert (taken.taken_by, taken.taken_name) == (second.id, "Adjointe")
    assert (taken.taken_at, taken.rounds) == (NOW, 2)
    told = [row.action for row in commune.rows("audit")]
    assert told.count("alarm_taken") == 1


def test_it_is_closed_once_and_opened_as_it_was(asking: Asking) -> None:
    commune, campaign, _ = asking
    (row,) = commune.rows("alarms")
    act = Act("ines", NOW, "alarm_closed", "alarm", row.id, commune.id)
    done = []
    for _ in range(2):
        with writing(commune.engine) as connection:
            done.append(alarms.close(connection, row.id, "Vue.", act))
    for _ in range(2):
        with writing(commune.engine) as connection:
            done.append(alarms.reopen(connection, row.id, act))
    assert done == [True, False, True, False]
    with reading(commune.engine) as connection:
        assert [one.id for one in alarms.untaken(connection)] == [row.id]
        assert alarms.alarms_of(connection, campaign)[0].note == "Vue."


def test_where_nobody_asks_for_help_nothing_is_open(commune: Commune) -> None:
    with reading(commune.engine) as connection:
        assert alarms.untaken(connection) == []
        assert alarms.oldest_open(connection) == (0, 0, None)


def test_of_very_many_those_are_told_of_first_who_were_told_of_least(
    commune: Commune,
) -> None:
    # 3,000 that nobody took cost 47 ms of each second's transaction, for ever.
    campaign = commune.campaign()
    elsewhere = commune.add("collectivities", name="Ailleurs")
    owners = [commune.id] * (alarms.AT_ONCE + 2) + [elsewhere]
    for index, owner in enumerate(owners):
        home = commune.add(
            "recipients",
            campaign_id=campaign,
            contact_id=None,
            state=RecipientState.TRYING,
            name="Odile Vasseur",
            address="",
            language="fr",
            points=[],
        )
        commune.add(
            "alarms",
            id=f"{index:03}",
            collectivity_id=owner,
            campaign_id=campaign,
            recipient_id=home,
            attempt_id=f"a{index}",
            opened_at=NOW + timedelta(seconds=index),
            rounds=2 if index == 0 else 0,
        )
    with reading(commune.engine) as connection:
        found = [one.id for one in alarms.untaken(connection)]
    last, other = f"{alarms.AT_ONCE:03}", f"{alarms.AT_ONCE + 2:03}"
    assert len(found) == alarms.AT_ONCE + 1
    assert (found[0], found[-2:]) == ("001", [last, other])
    with commune.ledger.transaction() as transaction:
        transaction.note_round("001")
        assert "001" not in [one.id for one in transaction.untaken_alarms()]
