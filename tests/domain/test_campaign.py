"""Every pair of state and move, who comes first, and which message is spoken."""

from __future__ import annotations

import itertools

import pytest

from automaton.domain.campaign import (
    ACTIVE_CAMPAIGN_STATES,
    FINAL_CAMPAIGN_STATES,
    MOVES,
    URGENCY,
    Campaign,
    CampaignClass,
    CampaignState,
    Move,
    SpokenMessage,
    moved,
)
from automaton.domain.policy import CallPolicy

S = CampaignState
STATE_AFTER = {
    (S.DRAFT, Move.LAUNCH): S.RUNNING,
    (S.DRAFT, Move.SCHEDULE): S.SCHEDULED,
    (S.DRAFT, Move.STOP): S.CANCELLED,
    (S.SCHEDULED, Move.LAUNCH): S.RUNNING,
    (S.SCHEDULED, Move.START): S.RUNNING,
    (S.SCHEDULED, Move.STOP): S.CANCELLED,
    (S.SCHEDULED, Move.EXPIRE): S.EXPIRED,
    (S.RUNNING, Move.PAUSE): S.PAUSED,
    (S.RUNNING, Move.STOP): S.CANCELLED,
    (S.RUNNING, Move.FINISH): S.FINISHED,
    (S.RUNNING, Move.EXPIRE): S.EXPIRED,
    (S.PAUSED, Move.PAUSE): S.PAUSED,  # a person holds what the safeguard paused
    (S.PAUSED, Move.RESUME): S.RUNNING,
    (S.PAUSED, Move.STOP): S.CANCELLED,
    (S.PAUSED, Move.FINISH): S.FINISHED,
    (S.PAUSED, Move.EXPIRE): S.EXPIRED,
}


@pytest.mark.parametrize(("state", "move"), list(itertools.product(S, Move)))
def test_every_pair_of_state_and_move_leads_where_the_list_says(state, move):
    assert moved(state, move) is STATE_AFTER.get((state, move))


@pytest.mark.parametrize("state", sorted(FINAL_CAMPAIGN_STATES))
def test_nothing_moves_a_campaign_that_is_over(state):
    assert not [pair for pair in MOVES if pair[0] is state]


@pytest.mark.parametrize("state", sorted(set(S) - FINAL_CAMPAIGN_STATES))
def test_every_campaign_that_is_not_over_can_be_stopped(state):
    assert moved(state, Move.STOP) is S.CANCELLED


def test_only_running_and_paused_campaigns_are_active():
    assert {S.RUNNING, S.PAUSED} == ACTIVE_CAMPAIGN_STATES


def test_an_alert_comes_before_everything_and_information_last():
    assert sorted(CampaignClass, key=URGENCY.__getitem__) == [
        CampaignClass.ALERT,
        CampaignClass.WELFARE,
        CampaignClass.EXERCISE,
        CampaignClass.INFORMATION,
    ]


FRENCH, ENGLISH = SpokenMessage("fr", "p-fr"), SpokenMessage("en", "p-en")


@pytest.mark.parametrize(
    ("language", "message"), [("fr", FRENCH), ("en", ENGLISH), ("de", FRENCH)]
)
def test_a_home_hears_its_language_else_the_first_of_the_campaign(language, message):
    campaign = Campaign(
        "c1",
        "v1",
        "Crue de la Seudre",
        CampaignClass.ALERT,
        S.RUNNING,
        CallPolicy(),
        (FRENCH, ENGLISH),
    )
    assert campaign.message_for(language) is message
