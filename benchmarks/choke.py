"""Homes in an exchange that chokes: learned rates beside fixed ones.

`python -m benchmarks choke`: a real Asterisk and the town; 400 homes in an exchange of
240 calls a minute, 200 in one that takes all. The town's own log says what came of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from automaton import bootstrap
from automaton.asterisk.install import install
from automaton.domain.campaign import CampaignClass
from automaton.lab.choke import CHOKED
from automaton.lab.log import Event
from automaton.services.campaigns import CampaignWish, create
from automaton.services.messages import MessageWish
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from benchmarks.figures import Figures, keep
from tests.system.stage import BY, MESSAGE, Stage, Trunk, cache, on_duty

SLOW, OPEN = "+3319900", "+3326191"
DUTY = "+33536490001"
"""No alert starts without a duty list; what it is rung for does not count."""
FIXED = (2.0, 8.0, 40.0)
MOST_SECONDS = 900.0
ON_DISK = Path("/var/tmp")  # /tmp may be memory, where durable writes cost nothing


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of each run; half as many homes live where nothing chokes."""

    homes: int = 400
    calls_a_minute: float = 240.0
    lines: int = 200

    def script(self) -> str:
        """Return the town: everybody presses 1; the same in each run."""
        dice = Random("choke")
        numbers = [f"{SLOW}{n:04d}" for n in range(self.homes)]
        numbers += [f"{OPEN}{n:04d}" for n in range(self.homes // 2)]
        dice.shuffle(numbers)
        rows = [
            f'[[choke]]\nprefix = "{SLOW}"\ncalls_a_minute = {self.calls_a_minute}\n'
        ]
        for number in numbers:
            ring = round(dice.uniform(1.0, 3.0), 2)
            rows.append(f'[[home]]\nnumber = "{number}"\nring = {ring}\n')
        return "".join(rows) + on_duty(DUTY)


@dataclass(frozen=True, slots=True)
class Result:
    """What the town lived of one run. Seconds since the launch was asked for."""

    invited: int
    lost: int
    slow: tuple[float, ...]
    others: tuple[float, ...]
    contradictions: int

    def until(self, share: float, homes: int, *, everybody: bool = False) -> float:
        """Return when that share had pressed 1; endless where it never came to be."""
        ends = sorted((*self.slow, *self.others)) if everybody else self.slow
        wanted = round(share * homes)
        return ends[wanted - 1] if len(ends) >= wanted else float("inf")


def run(order: Order, rate: float | None) -> Result:
    """Ring the town once: at a fixed rate, or None: as fast as is learned."""
    program, prompts = install(cache()), cache() / "test-prompts"
    bootstrap.render_phrases(Settings(folders=FoldersSettings(prompts=prompts)))
    more = "" if rate is None else "[calling]\nlearn_rates = false\n"
    cap = "" if rate is None else f"calls_per_second = {rate}"
    trunk = Trunk(order.script(), lines=order.lines + 1, more=cap)
    with tempfile.TemporaryDirectory(prefix="aut-choke-", dir=ON_DISK) as name:
        trunks = {"town": trunk}
        with Stage(Path(name) / "run", program, prompts, trunks, more) as stage:
            return _lived(stage)


def _lived(stage: Stage) -> Result:
    register = stage.commune(duty=(DUTY,))
    stage.entered(register)
    wish = CampaignWish(
        name="Crue",
        campaign_class=CampaignClass.ALERT,
        register=register,
        message=MessageWish({"fr": MESSAGE}),
        by=BY,
    )
    campaign = create(stage.office, wish).id
    began = stage.office.clock.now()
    stage.launch(campaign)
    stage.ended(campaign, MOST_SECONDS)
    events = [event for event in stage.town.log() if event.number != DUTY]
    return Result(
        invited=sum(event.what == "invite" for event in events),
        lost=sum(event.behaviour == CHOKED for event in events),
        slow=_pressed(events, SLOW, began),
        others=_pressed(events, OPEN, began),
        contradictions=len(stage.town.compare(stage.records(campaign))),
    )


def _pressed(
    events: Iterable[Event], prefix: str, began: datetime
) -> tuple[float, ...]:
    pressed: dict[str, float] = {}
    for event in events:
        if event.key == "1" and event.number.startswith(prefix):
            after = (event.at - began).total_seconds()
            pressed.setdefault(event.number, after)
    return tuple(sorted(pressed.values()))


def figures(order: Order, name: str, found: Result) -> Figures:
    """Return the figures of one run, each under its name."""
    everybody = order.homes + order.homes // 2
    told = {
        "lost_calls": found.lost,
        "calls": found.invited,
        "80_s": found.until(0.8, order.homes),
        "90_s": found.until(0.9, order.homes),
        "town_80_s": found.until(0.8, everybody, everybody=True),
        "others_s": found.others[-1] if found.others else float("inf"),
        "contradictions": found.contradictions,
    }
    return {f"choke_{what}_{name}": value for what, value in told.items()}


def missed(order: Order, learned: Result, fixed: dict[float, Result]) -> list[str]:
    """Return where a fixed rate did better than the learned one.

    At one above the capacity fewer calls must be lost; at all of them fewer homes of
    the whole town have confirmed by the time at which 80 % have at the learned one.
    """
    everybody = order.homes + order.homes // 2
    ours = learned.until(0.8, everybody, everybody=True)
    found = []
    for rate, result in fixed.items():
        if rate > 2 * order.calls_a_minute / 60 and result.lost <= learned.lost:
            found.append(f"{result.lost} calls lost at {rate:g}/s, {learned.lost} here")
        theirs = result.until(0.8, everybody, everybody=True)
        if theirs <= ours:
            found.append(f"80 % after {theirs:.0f} s at {rate:g}/s, {ours:.0f} s here")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 where a fixed rate did better."""
    parser = argparse.ArgumentParser("python -m benchmarks choke")
    parser.add_argument("--homes", type=int, default=400)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--calls-a-minute", type=float, default=240.0)
    parser.add_argument("--rates", type=float, nargs="*", default=list(FIXED))
    asked = parser.parse_args(arguments)
    order = Order(asked.homes, asked.calls_a_minute, asked.lines)
    learned = run(order, None)
    found = _told(order, "learned", learned)
    fixed = {}
    for rate in asked.rates:
        fixed[rate] = run(order, rate)
        found |= _told(order, f"fixed_{rate:g}", fixed[rate])
    print(f"\nwritten to {keep(found)}")
    faults = missed(order, learned, fixed)
    for fault in faults:
        print(f"missed: {fault}", file=sys.stderr)
    return bool(faults)


def _told(order: Order, name: str, result: Result) -> Figures:
    found = figures(order, name, result)
    for figure, value in found.items():
        print(f"  {figure:36} {value:10.1f}", flush=True)
    return found
