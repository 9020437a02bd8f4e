"""Asterisk killed, frozen, and brought down by the end of many calls at once."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from random import Random

from tests.faults.fault import Fault, Observed
from tests.faults.ground import SHORT, FaultStage, Ground, street
from tests.faults.judge import Judged, judged, next_invite, span
from tests.system.stage import DUTY, home, on_duty, until

HOMES = 60
FROZEN_SECONDS = 30.0
ENDS_WITHIN = 200.0
CROWD = 90


def killed(ground: Ground, seed: int) -> Observed:
    """Kill Asterisk while its lines are full; the daemon starts it again."""
    with ground.stage(street(HOMES, seed)) as here:
        campaign = here.alerted(**SHORT)
        _some_have_answered(here, Random(seed))
        dead, at = here.asterisk(), time.time()
        os.kill(dead, signal.SIGKILL)
        until(lambda: here.asterisk() not in (0, dead), 20, "Asterisk is started again")
        here.ended(campaign, ENDS_WITHIN)
        again = next_invite(here, at)
        outage = span(at, again, "asterisk")
        seen = judged(here, "asterisk-kill", campaign, how=Judged(outages=(outage,)))
    return replace(seen, recovery_s=again - at)


def frozen(ground: Ground, seed: int) -> Observed:
    """Let Asterisk stand still for 30 s while its lines are full."""
    with ground.stage(street(HOMES, seed)) as here:
        campaign = here.alerted(**SHORT)
        _some_have_answered(here, Random(seed))
        pid, at = here.asterisk(), time.time()
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(FROZEN_SECONDS)  # the fault itself: nothing else is waited for
        finally:
            os.kill(pid, signal.SIGCONT)
        thawed = time.time()
        here.ended(campaign, ENDS_WITHIN)
        again = next_invite(here, thawed)
        outage = span(at, again, "frozen")
        seen = judged(here, "asterisk-stop", campaign, how=Judged(outages=(outage,)))
        died = here.asterisk() != pid
    notes = (*seen.notes, *["Asterisk had died of it"] * died)
    return replace(seen, recovery_s=again - thawed, notes=notes)


def torn_down(ground: Ground, seed: int) -> Observed:
    """Take back a crowd of ringing calls at once, then ring everybody."""
    script = on_duty(DUTY) + "".join(
        home(serial, "rings_out" if serial % 3 else "press_1", ring=20)
        for serial in range(1, CROWD + 1)
    )
    with ground.stage(script, lines=CROWD + 1) as here:
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
    some = dice.randint(3, 20)
    until(lambda: len(here.happened("answered")) >= some, 60, f"{some} have answered")


def _ringing(here: FaultStage) -> bool:
    over = ("cancelled", "refused", "hangup")
    ended = {event.call for what in over for event in here.happened(what)}
    return any(event.call not in ended for event in here.happened("invite"))


FAULTS = (
    Fault("asterisk-kill", "kill -9 of Asterisk in mid-campaign", killed, seconds=75),
    Fault("asterisk-stop", "SIGSTOP of Asterisk for 30 s", frozen, seconds=110),
    Fault("asterisk-teardown", f"{CROWD} calls taken back at once", torn_down),
)
