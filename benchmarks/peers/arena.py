"""One round of one contender: SIPp answers, something may happen, figures come out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from automaton import bootstrap
from benchmarks import node as nodes
from benchmarks.figures import Figures, traffic
from benchmarks.node import Node
from benchmarks.observer import TALK_SECONDS, Call, Observer, landline
from benchmarks.peers.contenders import PROGRAMS, Contender, Peer
from benchmarks.peers.doors import open_doors, sweep
from benchmarks.peers.ours import Ours
from benchmarks.peers.rounds import Round
from benchmarks.peers.verdict import Told, judged
from benchmarks.usage import usage_of
from tests.faults.ami_proxy import VillainProxy

OURS = "automaton"
AWAY_SECONDS = 3.0
"""How long the link is cut, and how long who was killed stays away."""
MIDDLE = 0.3
"""The share of the calls that are over when the fault comes."""
Meddle = Callable[[Contender, Observer], None]


@dataclass(frozen=True)
class Arena:
    """A node with its Asterisk, and a campaign of ours for each round."""

    node: Node
    folder: Path
    campaigns: dict[str, str]

    def contender(self, name: str, round_: Round) -> Contender:
        """Return who rings a round."""
        folder = self.folder / f"{round_.name}-{name}"
        campaign = self.campaigns[round_.name]
        if name == OURS:
            return Ours(self.node, round_, folder, campaign)
        prompt = nodes.prompt_of(self.node, campaign)
        return Peer(PROGRAMS[name], self.node, round_, folder, prompt)


def arena(node: Node, folder: Path, rounds: list[Round]) -> Arena:
    """Make a node ready: registers, campaigns, and the peers' doors."""
    nodes.populate(node, {round_.name: round_.numbers for round_ in rounds})
    open_doors(node)
    campaigns = {round_.name: nodes.create(node, round_.name) for round_ in rounds}
    return Arena(node, folder, campaigns)


def play(here: Arena, name: str, round_: Round) -> Figures:
    """Let one contender ring one round; return its figures."""
    with linked(here.node, round_) as proxy:
        contender = here.contender(name, round_)
        before = usage_of(here.node.asterisk).cpu_seconds
        calls, told = rung(here, contender, round_, meddling(round_, proxy))
        spent = usage_of(here.node.asterisk).cpu_seconds - before
    if not calls:
        raise RuntimeError(f"{name} rang nobody: {contender.last_words()}")
    found = judged(calls, told, round_.numbers)
    if round_.name == "speed":
        found |= pace(calls, round_.lines, contender.cpu_seconds(), spent)
    return found


def rung(
    here: Arena, contender: Contender, round_: Round, meddle: Meddle
) -> tuple[list[Call], Told]:
    """Ring a round to its end; return what SIPp saw and what the contender says."""
    sipp = here.folder / f"sipp-{time.monotonic_ns()}"
    with Observer(sipp, landline(round_.homes)) as observer, closing(contender):
        contender.warm()
        time.sleep(1.0)
        contender.begin()
        meddle(contender, observer)
        told = contender.finish()
        observer.silence(3 * TALK_SECONDS)
        calls = observer.calls()
    sweep(here.node)
    return calls, told


def pace(
    calls: list[Call], lines: int, cpu_seconds: float, asterisk_seconds: float
) -> Figures:
    """Return the figures of speed."""
    seen = traffic(calls, lines)
    return {
        "broken_calls": seen.calls - seen.whole,
        "calls_per_second": seen.calls / seen.seconds,
        "line_utilisation": seen.utilisation,
        "turn_ms": seen.turn_ms,
        "cpu_ms_per_call": cpu_seconds / seen.calls * 1e3,
        "asterisk_cpu_ms_per_call": asterisk_seconds / seen.calls * 1e3,
    }


def meddling(round_: Round, proxy: VillainProxy | None) -> Meddle:
    """Return what happens in the middle of a round."""

    def happen(contender: Contender, observer: Observer) -> None:
        if round_.name == "kill":
            wait_for(observer, MIDDLE * len(round_.numbers), round_.seconds)
            contender.kill()
            time.sleep(AWAY_SECONDS)
            contender.revive()
        elif proxy is not None:
            wait_for(observer, MIDDLE * len(round_.numbers), round_.seconds)
            proxy.cut()
            time.sleep(AWAY_SECONDS)
            proxy.heal()

    return happen


def wait_for(observer: Observer, calls: float, within: float) -> None:
    """Wait until so many calls are over: the others are at all points by then."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if sum(bool(call.ended) for call in observer.calls()) >= calls:
            return
        time.sleep(0.1)


@contextmanager
def linked(node: Node, round_: Round) -> Iterator[VillainProxy | None]:
    """Stand between Asterisk's manager interface and whoever asks where it is."""
    if round_.name != "cut":
        yield None
        return
    file = bootstrap.asterisk_folder(node.settings).root / "access.json"
    text = file.read_text("utf-8")
    known = json.loads(text)
    with VillainProxy(known["port"]) as proxy:
        file.write_text(json.dumps({**known, "port": proxy.port}), "utf-8")
        try:
            yield proxy
        finally:
            file.write_text(text, "utf-8")
