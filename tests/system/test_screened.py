"""A call screener at the other end: what a campaign makes of it, through the daemon."""

from __future__ import annotations

import pytest

from tests.system.conftest import MakeStage
from tests.system.stage import DUTY, home, on_duty

pytestmark = pytest.mark.asterisk


def test_who_asks_for_a_key_is_screened_rung_once_more_and_never_acknowledged(
    stage: MakeStage,
) -> None:
    here = stage(home(1, "screener") + home(2, "press_1") + on_duty(DUTY))
    campaign = here.alerted(message_repeats=2)
    here.ended(campaign, 180)
    told = here.report(campaign)
    screened = [one.outcome for one in told.attempts if one.e164.endswith("0001")]
    assert screened == ["screened", "screened"]
    assert here.states(campaign) == {"1": "exhausted", "2": "acknowledged"}
    assert here.town.compare(here.records(campaign), tries=3) == []
