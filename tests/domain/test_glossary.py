"""The glossary knows the closed lists that people read on pages and reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from automaton.domain.campaign import CampaignClass
from automaton.domain.recipient import RecipientState

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
TEXT = GLOSSARY.read_text(encoding="utf-8")


def test_every_state_of_a_recipient_is_told_once_and_in_order():
    told = [line.split("`")[1] for line in TEXT.splitlines() if line[:3] == "| `"]
    assert told == [state.value for state in RecipientState]


@pytest.mark.parametrize("campaign_class", CampaignClass)
def test_every_class_of_campaign_is_told(campaign_class):
    assert f"*{campaign_class}*" in TEXT
