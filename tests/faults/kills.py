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

HOMES_A_KILL = 8
SPARE_HOMES = 40
STEP_COMES_WITHIN = 12.0
TAIL_SECONDS = 200.0
RECOVERED_WITHIN = 5.0


def at_steps(ground: Ground, seed: int) -> Observed:
    """Kill at one named step after the other, in an order of the seed."""
    return _campaign(ground, "kill-steps", seed, _next_step_kills(Random(seed)))


def at_random(ground: Ground, seed: int) -> Observed:
    """Kill at any moment, also while the daemon starts."""
    dice = Random(seed)
    return _campaign(ground, "kill-random", seed, _any_moment_kills(dice))


Kill = Callable[[FaultStage], str]


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
    homes = ground.kills * HOMES_A_KILL + SPARE_HOMES
    with ground.stage(street(homes, seed)) as here:
        campaign = here.alerted(**SHORT)
        here.seen("ringing")
        here.kill()
        done = _absorb(here, campaign, kills, ground.kills)
        last = here.begun_at[-1]
        here.doom = ""
        here.start()
        here.ended(campaign, TAIL_SECONDS)
        took = recoveries(here, until=last)
        ground.say(f"after the last kill it went on for {time.time() - last:.0f} s")
        seen = judged(here, name, campaign)
    notes = [f"{where}: {count}" for where, count in sorted(done.items())]
    ground.say(f"{done.total()} kills, {seen.calls} calls, again after {took}")
    return replace(
        seen,
        runs=done.total(),
        recovery_s=max(took, default=None),
        notes=(*seen.notes, *notes, f"middle recovery {median(took):.1f} s"),
    )


def _absorb(
    here: FaultStage, campaign: str, kills: Iterator[Kill], wanted: int
) -> Counter[str]:
    done: Counter[str] = Counter({"at ringing": 1})
    while done.total() < wanted and here.state(campaign) == "running":
        done[next(kills)(here)] += 1
    return done


FAULTS = (
    Fault(
        "kill-steps",
        "kill -9 of the daemon at every named step",
        at_steps,
        kills=0.7,
        seconds=330,
        most_seconds=600,
    ),
    Fault(
        "kill-random",
        "kill -9 of the daemon at any moment",
        at_random,
        kills=0.3,
        seconds=330,
        most_seconds=600,
    ),
)
