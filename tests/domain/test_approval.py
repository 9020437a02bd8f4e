"""When a launch by telephone needs a second officer, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from automaton.domain.approval import (
    LAPSES_AFTER,
    Approval,
    Decision,
    is_waiting,
    may_be_alone,
    needs_second,
    wait_left,
)
from automaton.domain.campaign import CampaignClass

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ASKED = Approval("a", "crue", "Jeanne", NOW, 1200)
WAIT = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("homes", "above", "needed"),
    [(1000, 1000, False), (1001, 1000, True), (9999, 0, False), (0, 1000, False)],
)
def test_a_large_campaign_needs_a_second_officer(homes, above, needed):
    assert needs_second(homes, above) is needed


@pytest.mark.parametrize("one", CampaignClass)
def test_an_alert_alone_may_be_launched_by_one_officer(one):
    assert may_be_alone(one) is (one is CampaignClass.ALERT)


def test_one_officer_waits_for_the_others():
    assert wait_left(ASKED, NOW + timedelta(minutes=2), WAIT) == timedelta(minutes=3)
    assert wait_left(ASKED, NOW + WAIT, WAIT) == timedelta()
    assert wait_left(ASKED, NOW + 2 * WAIT, WAIT) == timedelta()


def test_what_nobody_decided_lapses():
    assert is_waiting(ASKED, NOW + WAIT)
    assert not is_waiting(ASKED, NOW + LAPSES_AFTER)


@pytest.mark.parametrize("decision", Decision)
def test_what_is_decided_waits_for_nobody(decision):
    decided = replace(ASKED, decision=decision)
    assert not decided.is_open
    assert not is_waiting(decided, NOW)
    assert decided.was_alone is (decision is Decision.ALONE)
