"""A second daemon on the node of one that runs: it says so, and ends."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from random import Random

from tests.faults.fault import Fault, Observed
from tests.faults.ground import SHORT, FaultStage, Ground, street
from tests.faults.judge import judged
from tests.system.stage import DAEMON

SECONDS_EACH = 2.0
AT_ONCE = 5
SAYS = "A daemon already runs on"


def second_daemons(ground: Ground, seed: int) -> Observed:
    """Start five more while a campaign runs."""
    dice = Random(seed)
    with ground.stage(street(40, seed)) as here:
        campaign = here.alerted(**SHORT)
        refused = []
        for _ in range(AT_ONCE):
            time.sleep(dice.uniform(0, SECONDS_EACH))  # at any moment of the campaign
            refused.append(_is_refused(here))
        assert here.daemon is not None
        lived = here.daemon.poll() is None
        here.ended(campaign)
        seen = judged(here, "two-daemons", campaign)
    broken = refused.count(False) + (not lived)
    return replace(
        seen, runs=AT_ONCE, invariants_broken=seen.invariants_broken + broken
    )


def _is_refused(here: FaultStage) -> bool:
    """Start a daemon by the shell's own door; whether it says why it ends."""
    order = [sys.executable, "-c", DAEMON, "--config", str(here.settings_file)]
    told = subprocess.run(
        [*order, "--lang", "en", "daemon"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return told.returncode == 2 and SAYS in told.stderr


FAULTS = (
    Fault(
        "two-daemons",
        "A second daemon on one node",
        second_daemons,
        runs=AT_ONCE,
        at_once=AT_ONCE,
    ),
)
