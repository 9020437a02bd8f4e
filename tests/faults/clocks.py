"""The machine's clock jumps by hours while a campaign runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.faults.fault import Fault, Observed
from tests.faults.ground import SHORT, FaultStage, Ground, street
from tests.faults.judge import Judged, judged, lives, moment, next_invite
from tests.system.stage import until

HOURS = 3600.0
HOMES = 40
ENDS_WITHIN = 200.0


def forward(ground: Ground, seed: int) -> Observed:
    """Let three hours be gone at once."""
    return _jump(ground, "clock-forward", seed, 3 * HOURS)


def back(ground: Ground, seed: int) -> Observed:
    """Let it be three hours ago at once."""
    return _jump(ground, "clock-back", seed, -3 * HOURS)


def _jump(ground: Ground, name: str, seed: int, seconds: float) -> Observed:
    dice = Random(seed)
    with ground.stage(street(HOMES, seed)) as here:
        campaign = here.alerted(**SHORT)
        some = dice.randint(3, 20)
        until(lambda: len(here.happened("answered")) >= some, 60, f"{some} answered")
        here.clock_file.write_text(str(seconds), "ascii")
        at = here.clock_file.stat().st_mtime
        here.ended(campaign, ENDS_WITHIN)
        again = next_invite(here, at)
        assert again, "nobody was rung after the jump"
        how = Judged(real=_real(here, seconds))
        seen = judged(here, name, campaign, how=how)
    return replace(seen, recovery_s=again - at)


def _real(here: FaultStage, jump: float) -> Any:
    """Return what turns a moment on record into that of the town's clock."""
    began = moment(lives(here)[0].begun_at) - timedelta(hours=1)
    ended = moment(lives(here)[-1].ended_at) + timedelta(hours=1)

    def real(told: str) -> str:
        at = datetime.fromisoformat(told)
        if not began < at < ended:
            at -= timedelta(seconds=jump)
        return at.isoformat()

    return real


FAULTS = (
    Fault("clock-forward", "The clock jumps 3 hours forward", forward),
    Fault("clock-back", "The clock jumps 3 hours back", back),
)
