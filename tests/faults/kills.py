"""`kill -9` of the daemon: at every named step of an attempt, and at any moment.

One campaign absorbs many kills: whatever dies is started again at once and goes on.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from tests.faults.daemon import STEPS
from tests.faults.fault import Fault, Observed
from tests.faults.ground import SHORT, FaultStage, Ground, street
from tests.faults.judge import judged, median, recoveries
from tests.system.stage import until

HOMES_A_KILL = {"kill-steps": 6, "kill-random": 4}
"""About so many are rung between two kills."""
SPARE_HOMES = 40
DUE_HOMES = 30
"""So many homes nobody has rung yet: whoever is started again finds somebody due."""
AT_ONCE = 70
STEP_COMES_WITHIN = 12.0
TAIL_SECONDS = 260.0
RECOVERED_WITHIN = 5.0


def at_steps(ground: Ground, seed: int) -> Observed:
    """Kill at one named step after the other, in an order of the seed."""
    return _campaign(ground, "kill-steps", seed, _next_step_kills(Random(seed)))


def at_random(ground: Ground, seed: int) -> Observed:
    """Kill at any moment, also while the daemon starts."""
    dice = Random(seed)
    return _campaign(ground, "kill-random", seed, _any_moment_kills(dice))


Kill = Callable[[FaultStage], str]
Run = Callable[[Ground, int], Observed]


def _next_step_kills(dice: Random) -> Iterator[Kill]:
    while True:
        for step in dice.sample(list(STEPS), len(STEPS)):
            passing = 1 if step == "healing" else dice.randint(1, 6)
            yield _killer(step, passing)


def _killer(step: str, passing: int) -> Kill:
    def kill(here: FaultStage) -> str:
        here.doom = f"{step}:{passing}"
        here.begin()
        if here.dies(STEP_COMES_WITHIN):
            return STEPS[step]
        here.kill()
        return "none of these (the step did not come)"

    return kill


def _any_moment_kills(dice: Random) -> Iterator[Kill]:
    while True:
        yield _timed(dice.uniform(0.0, 2.0), from_ready=dice.random() < 0.75)


def _timed(seconds: float, from_ready: bool) -> Kill:
    def kill(here: FaultStage) -> str:
        before = here.readies()
        here.begin()
        if from_ready:
            until(lambda: here.readies() > before, 30, "the daemon is ready")
        time.sleep(seconds)
        here.kill()
        return "after it was ready" if from_ready else "while it started"

    return kill


def _campaign(ground: Ground, name: str, seed: int, kills: Iterator[Kill]) -> Observed:
    homes = ground.runs * HOMES_A_KILL[name] + SPARE_HOMES
    with ground.stage(street(homes, seed)) as here:
        campaign = here.alerted(**SHORT)
        here.seen("ringing")
        here.kill()
        done = _absorb(here, homes - DUE_HOMES, kills, ground.runs)
        here.doom = ""
        here.start()
        last = here.begun_at[-1]
        here.ended(campaign, TAIL_SECONDS)
        took = recoveries(here)
        ground.say(f"after the last kill it went on for {time.time() - last:.0f} s")
        seen = judged(here, name, campaign)
    notes = [f"{where}: {count}" for where, count in sorted(done.items())]
    middle = median(one.seconds for one in took if one.has_rung)
    ground.say(f"{done.total()} kills, {seen.calls} calls, {len(took)} lives judged")
    return replace(
        seen,
        runs=done.total(),
        recovery_s=max(one.seconds for one in took),
        notes=(*seen.notes, *notes, f"middle recovery {middle:.1f} s"),
    )


def _absorb(
    here: FaultStage, homes: int, kills: Iterator[Kill], wanted: int
) -> Counter[str]:
    """Kill while fewer than so many homes were rung."""
    done: Counter[str] = Counter({"at ringing": 1})
    while done.total() < wanted and _rung(here) < homes:
        done[next(kills)(here)] += 1
    return done


def _rung(here: FaultStage) -> int:
    return len({event.number for event in here.happened("invite")})


def _fault(name: str, where: str, run: Run, share: float) -> Fault:
    return Fault(
        name,
        f"kill -9 of the daemon {where}",
        run,
        kills=share,
        seconds=320,
        most_seconds=600,
        at_once=AT_ONCE,
        recovers_within=RECOVERED_WITHIN,
    )


FAULTS = (
    _fault("kill-steps", "at every named step", at_steps, 0.7),
    _fault("kill-random", "at any moment", at_random, 0.3),
)
