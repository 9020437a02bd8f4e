"""Which keys a call offers: the class of the campaign decides."""

from __future__ import annotations

from automaton.domain.campaign import CampaignClass

CONFIRM, AGAIN, HELP, PERSON, OPT_OUT = "1", "2", "3", "0", "9"


def keys_offered(
    campaign_class: CampaignClass, help_key: bool, person: bool = False
) -> str:
    """Return the offered keys in spoken order; opting out only where it may be.

    `person`: whether somebody can be spoken to.
    """
    keys = CONFIRM + AGAIN
    if help_key:
        keys += HELP
    if person:
        keys += PERSON
    if campaign_class is CampaignClass.INFORMATION:
        keys += OPT_OUT
    return keys
