"""The manager interface through a villain: cut, reset, half-open, split, stalled.

A real daemon and a real Asterisk in mid-campaign; the villain stands between them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import itemgetter
from random import Random
from typing import Any

from automaton import bootstrap
from automaton.lab.history import TrunkRules
from tests.faults.ami_proxy import VillainProxy
from tests.faults.fault import Fault, Observed
from tests.faults.ground import SHORT, FaultStage, Ground, street
from tests.faults.judge import Judged, judged, next_invite, span
from tests.system.stage import until

HOMES, LINES = 60, 24
PACE = "calls_per_second = 2"
"""A line is always free: what is waited for after a villainy is the link alone."""
STALLS = (0.2, 30.0, 2.0, 12.0, 6.0, 20.0)
"""Seconds, in the order of the seeds."""
TAIL_SECONDS = 240.0
Villainy = Callable[[VillainProxy, int], float]
"""Does it to the proxy with a seed; returns when it was over."""


def cut(proxy: VillainProxy, seed: int) -> float:
    """Close the link and refuse another for a while."""
    return _for_a_while(proxy, proxy.cut, Random(seed).uniform(0.2, 5))


def reset(proxy: VillainProxy, seed: int) -> float:
    """Reset the link three times, as soon as it has come up again."""
    dice = Random(seed)
    for _ in range(3):
        time.sleep(dice.uniform(0.2, 1.5))
        proxy.reset()
    return time.time()


def half_open(proxy: VillainProxy, _: int) -> float:
    """Let the link go dead without a word; a new one would be good at once."""
    proxy.half_open()
    return time.time()


def bytes_alone(proxy: VillainProxy, _: int) -> float:
    """Pass every byte on in a packet of its own."""
    return _for_a_while(proxy, proxy.split, 12)


def stall(proxy: VillainProxy, seed: int) -> float:
    """Hold everything back, and deliver it late."""
    return _for_a_while(proxy, proxy.stall, STALLS[seed % len(STALLS)])


def _for_a_while(proxy: VillainProxy, act: Callable[[], None], seconds: float) -> float:
    act()
    time.sleep(seconds)
    proxy.heal()
    return time.time()


@contextmanager
def villain_between(here: FaultStage, seed: int) -> Iterator[VillainProxy]:
    """Put a villain between the daemon, started again for it, and its Asterisk."""
    here.kill()
    access = bootstrap.asterisk_folder(here.settings).root / "access.json"
    told = json.loads(access.read_text("utf-8"))
    with VillainProxy(told["port"], seed) as proxy:
        access.write_text(json.dumps({**told, "port": proxy.port}), "utf-8")
        here.start()
        yield proxy
        here.kill()
    access.write_text(json.dumps(told), "utf-8")


# What was held back on the way comes at once: no pace of ours could tell.
NO_PACE: Mapping[str, Any] = {"trunks": {"town": TrunkRules(LINES)}}


def brought_about(
    ground: Ground, seed: int, name: str, villainy: Villainy, homes: int = HOMES
) -> Observed:
    """Do a villainy some times in one campaign, each with the next seed.

    Recovery is until the next INVITE that was asked for after it.
    """
    gaps, took = [], []
    with (
        ground.stage(street(homes, seed), lines=LINES, trunk=PACE) as here,
        villain_between(here, seed) as proxy,
    ):
        campaign = here.alerted(**SHORT)
        for turn in range(seed, seed + ground.runs):
            began, ended = _done_in_mid_campaign(here, proxy, villainy, turn)
            took.append(until(partial(_again_after, here, campaign, ended), 60, name))
            stood = [at for at in proxy.linked_at if began < at]
            gaps.append(span(began, max([ended, *stood]), "link"))
        here.ended(campaign, TAIL_SECONDS)
        rules = NO_PACE if villainy is stall else {}
        seen = judged(here, name, campaign, how=Judged(dict(rules), tuple(gaps)))
    links = len(proxy.linked_at)
    ground.say(f"{links} links, again after {[round(one, 1) for one in took]}")
    return replace(seen, runs=len(took), recovery_s=max(took))


def _done_in_mid_campaign(
    here: FaultStage, proxy: VillainProxy, villainy: Villainy, seed: int
) -> tuple[float, float]:
    """Do it once while calls go on; return from when to when."""
    before = len(here.happened("answered"))
    until(lambda: len(here.happened("answered")) > before, 60, "answered")
    time.sleep(Random(seed).uniform(0, 2))
    began = time.time()
    return began, villainy(proxy, seed)


def _again_after(here: FaultStage, campaign: str, ended: float) -> float | None:
    """Return the seconds until a call that was asked for afterwards has come.

    An order that was held back on the way comes earlier, and shows nothing.
    """
    if not next_invite(here, ended):
        return None
    claimed: dict[str, float] = {}
    for record in here.records(campaign):
        for attempt in filter(itemgetter("claimed_at"), record["attempts"]):
            at = datetime.fromisoformat(attempt["claimed_at"]).timestamp()
            if at > ended:
                claimed[attempt["number"]] = min(at, claimed.get(attempt["number"], at))
    rung = (
        event.at.timestamp()
        for event in here.happened("invite")
        if event.at.timestamp() >= claimed.get(event.number, float("inf"))
    )
    return min((at - ended for at in rung), default=None)


def fault(
    name: str,
    title: str,
    villainy: Villainy,
    runs: int = 3,
    seconds: float = 90,
    homes: int = HOMES,
) -> Fault:
    """Return one line of the table."""

    def run(ground: Ground, seed: int) -> Observed:
        return brought_about(ground, seed, name, villainy, homes)

    return Fault(name, f"AMI: {title}", run, runs, seconds=seconds, at_once=runs)


FAULTS = (
    fault("ami-cut", "cut for 0.2 to 5 s", cut),
    fault("ami-reset", "reset three times in a row", reset),
    fault("ami-half-open", "half-open (recovery counts from its beginning)", half_open),
    fault("ami-bytes", "one byte at a time for 12 s", bytes_alone, 2),
    fault(
        "ami-stall",
        "stalled for 0.2 to 30 s (the pace is not judged: what was held back"
        " comes at once)",
        stall,
        len(STALLS),
        160,
        2 * HOMES,
    ),
)
