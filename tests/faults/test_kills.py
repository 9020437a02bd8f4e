"""A campaign that absorbs a kill at several named steps: the short part of `kills`."""

from __future__ import annotations

import pytest

from tests.asterisk.conftest import installation
from tests.faults.ground import Ground
from tests.faults.judge import judged, recoveries
from tests.faults.kills import RECOVERED_WITHIN
from tests.system.conftest import prompts
from tests.system.stage import DUTY, home, on_duty

__all__ = ["installation", "prompts"]

pytestmark = pytest.mark.asterisk

STEPS = ("order-sent", "key-written", "key-committed")
HOMES = 14
PACE = "calls_per_second = 4"
BUSY = 2
"""How much longer a recovery may take where the machine is busy with other tests."""
POLICY = {"ring": "3 s", "talk": "12 s", "message_repeats": 1}


def street() -> str:
    """Return homes that are rung one after the other: there is always one to die of.

    What many orders at once leave behind is quarantined: tests/system/test_crash.py.
    """
    homes = (home(serial, "press_1") for serial in range(1, HOMES + 1))
    return on_duty(DUTY) + "".join(homes)


def test_a_campaign_absorbs_kills_at_named_steps(installation, prompts) -> None:
    with Ground(installation, prompts).stage(street(), trunk=PACE) as here:
        campaign = here.alerted(**POLICY)
        here.kill()
        for step in STEPS:
            here.doom = f"{step}:1"
            here.begin()
            assert here.dies(), step
        here.doom = ""
        here.start()
        here.ended(campaign, 90)
        seen = judged(here, "kills", campaign)
        took = [one.seconds for one in recoveries(here)]
    assert seen.is_clean, seen.notes
    assert len(took) == len(STEPS) + 1
    assert max(took) <= BUSY * RECOVERED_WITHIN
