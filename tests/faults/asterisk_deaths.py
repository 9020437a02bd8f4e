"""Asterisk killed, frozen, and brought down by the end of many calls at once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random

from tests.faults.fault import Fault, Observed
from tests.faults.ground import PACE, SHORT, FaultStage, Ground, street
from tests.faults.judge import Judged, judged, links_up, next_invite, span
from tests.system.stage import DUTY, home, on_duty, until

HOMES = 40
MORE_HOMES = 20
FROZEN_SECONDS = 30.0
RELINKED = 16.0
"""By then the link stands again, if it had been given up: one login that waits its 5 s
out, and the longest pause of 10 s."""
ENDS_WITHIN = 200.0
CROWD = 90


def killed(ground: Ground, seed: int) -> Observed:
    """Kill Asterisk while its lines are full; the daemon starts it again."""

    def kill(here: FaultStage) -> float:
        dead, at = here.asterisk(), time.time()
        os.kill(dead, signal.SIGKILL)
        until(lambda: here.asterisk() not in (0, dead), 20, "Asterisk is started again")
        return at

    return _in_mid_campaign(ground, seed, "asterisk-kill", "asterisk", kill)


def frozen(ground: Ground, seed: int) -> Observed:
    """Let Asterisk stand still for 30 s while its lines are full."""

    def freeze(here: FaultStage) -> float:
        pid = here.asterisk()
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(FROZEN_SECONDS)  # the fault itself: nothing else is waited for
        finally:
            os.kill(pid, signal.SIGCONT)
        return time.time()

    return _in_mid_campaign(ground, seed, "asterisk-stop", "frozen", freeze)


def _in_mid_campaign(
    ground: Ground,
    seed: int,
    name: str,
    what: str,
    fault: Callable[[FaultStage], float],
) -> Observed:
    """Bring a fault about some times in one campaign.

    The fault returns from when on recovery counts. A killed Asterisk is down until
    the next call; one that stood still until it goes on, and the link with it.
    """
    spans, took, dice = [], [], Random(seed)
    script = street(HOMES + MORE_HOMES * ground.runs, seed)
    # One that stood still lets go at once of all that it was told meanwhile.
    with ground.stage(script, trunk="" if what == "frozen" else PACE) as here:
        campaign = here.alerted(**SHORT)
        for _ in range(ground.runs):
            _some_have_answered(here, dice)
            began = time.time()
            over = fault(here)
            again = until(partial(next_invite, here, over), 60, "rung again")
            spans.append((began, over if what == "frozen" else again))
            took.append(again - over)
        here.ended(campaign, ENDS_WITHIN)
        ups = links_up(here.said())
        outages = [
            span(began, max(u for u in (end, *ups) if u <= end + RELINKED), what)
            for began, end in spans
        ]
        seen = judged(here, name, campaign, how=Judged(outages=tuple(outages)))
    return replace(seen, runs=len(took), recovery_s=max(took))


def torn_down(ground: Ground, seed: int) -> Observed:
    """Take back a crowd of ringing calls at once, then ring everybody."""
    script = on_duty(DUTY) + "".join(
        home(serial, "rings_out" if serial % 3 else "press_1", ring=20)
        for serial in range(1, CROWD + 1)
    )
    with ground.stage(script, lines=CROWD + 1, trunk="") as here:
        register = here.commune()
        here.entered(register)
        first = here.drafted(register, "Crue", ring="40 s", talk="20 s")
        here.launch(first)
        here.seen("ringing", *range(1, CROWD + 1))
        before, at = here.asterisk(), time.time()
        here.stop(first)
        here.ended(first, 60, "cancelled")
        until(lambda: not _ringing(here), 60, "nothing rings any more")
        died = here.asterisk() != before
        second = here.drafted(register, "Nouvel essai", **SHORT)
        here.launch(second)
        here.ended(second, ENDS_WITHIN)
        outages = (span(at, next_invite(here, at), "asterisk"),) * died
        how = Judged({"expectations": (), "tries": 4}, outages)
        seen = judged(here, "asterisk-teardown", first, second, how=how)
    return replace(seen, notes=(*seen.notes, f"Asterisk died of it: {int(died)}"))


def _some_have_answered(here: FaultStage, dice: Random) -> None:
    """Wait until some more have answered."""
    some = len(here.happened("answered")) + dice.randint(3, 20)
    until(lambda: len(here.happened("answered")) >= some, 60, f"{some} have answered")


def _ringing(here: FaultStage) -> bool:
    over = ("cancelled", "refused", "hangup")
    ended = {event.call for what in over for event in here.happened(what)}
    return any(event.call not in ended for event in here.happened("invite"))


FAULTS = (
    Fault(
        "asterisk-kill",
        "kill -9 of Asterisk in mid-campaign",
        killed,
        seconds=100,
        at_once=3,
    ),
    Fault(
        "asterisk-stop", "SIGSTOP of Asterisk for 30 s", frozen, seconds=180, at_once=3
    ),
    Fault("asterisk-teardown", f"{CROWD} calls taken back at once", torn_down),
)
