"""A campaign that absorbs a kill at several named steps: the short part of `kills`."""

from __future__ import annotations

import pytest

from tests.asterisk.conftest import installation
from tests.faults.ground import Ground, street
from tests.faults.judge import judged, lives
from tests.faults.kills import RECOVERED_WITHIN
from tests.system.conftest import prompts

__all__ = ["installation", "prompts"]

pytestmark = pytest.mark.asterisk

STEPS = ("order-sent", "key-written", "key-committed")
QUICK = ((80, ("press_1",)), (20, ("busy", "press_1")))
POLICY = {"ring": "3 s", "talk": "10 s", "message_repeats": 1}


def test_a_campaign_absorbs_kills_at_named_steps(installation, prompts) -> None:
    with Ground(installation, prompts).stage(street(20, 7, QUICK)) as here:
        campaign = here.alerted(**POLICY)
        here.kill()
        for passing, step in enumerate(STEPS, 1):
            here.doom = f"{step}:{passing}"
            here.begin()
            assert here.dies(), step
        here.doom = ""
        here.start()
        here.ended(campaign, 90)
        seen = judged(here, "kills", campaign)
        took = [life.ready_at - life.begun_at for life in lives(here) if life.ready_at]
    assert seen.is_clean, seen.notes
    assert len(took) == len(STEPS) + 2
    assert max(took) <= 2 * RECOVERED_WITHIN  # the machine may be busy with others
