"""Which keys a call offers."""

from __future__ import annotations

import pytest

from automaton.domain.campaign import CampaignClass
from automaton.domain.menu import keys_offered


@pytest.mark.parametrize(
    ("campaign_class", "help_key", "keys"),
    [
        (CampaignClass.ALERT, False, "12"),
        (CampaignClass.ALERT, True, "123"),
        (CampaignClass.WELFARE, False, "12"),
        (CampaignClass.WELFARE, True, "123"),
        (CampaignClass.EXERCISE, False, "12"),
        (CampaignClass.EXERCISE, True, "123"),
        (CampaignClass.INFORMATION, False, "129"),
        (CampaignClass.INFORMATION, True, "1239"),
    ],
)
def test_only_an_information_call_can_be_refused_for_ever(
    campaign_class, help_key, keys
):
    assert keys_offered(campaign_class, help_key) == keys


def test_a_person_is_offered_by_key_0_before_opting_out():
    assert keys_offered(CampaignClass.ALERT, True, person=True) == "1230"
    assert keys_offered(CampaignClass.INFORMATION, False, person=True) == "1209"
