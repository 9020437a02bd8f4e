"""Which keys a call offers: the class of the campaign decides."""

from __future__ import annotations

from automaton.domain.campaign import CampaignClass

CONFIRM, AGAIN, HELP, OPT_OUT = "1", "2", "3", "9"


def keys_offered(campaign_class: CampaignClass, help_key: bool) -> str:
    """Return the offered keys in spoken order; opting out only where it may be."""
    keys = CONFIRM + AGAIN
    if help_key:
        keys += HELP
    if campaign_class is CampaignClass.INFORMATION:
        keys += OPT_OUT
    return keys
