"""Starts a second: how many the bare loop bears in step after step, and the daemon.

Short calls: the landlines answer at once, press 1 after a second and hang up a second
later. A step is clean where every call was whole and every key is on record. The first
step at which the bare loop is not clean ends its steps; the daemon then gets 150 a
second for 20 s, and its own steps up to what the bare loop bore. Both ring by the plain
dialplan (`plain.conf`), because Asterisk, which both share, fills the processors first;
`--listening` takes the product's own.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks import node as nodes
from benchmarks.figures import Figures, most_in_a_second
from benchmarks.node import Daemon, Node
from benchmarks.observer import landline
from benchmarks.plain import play_only
from benchmarks.ringing import ON_DISK, Ringing, Rung, by_bare_loop, by_daemon, say
from benchmarks.runs import add_runs, repeated

STEPS = (150, 180, 220, 260, 300)
PROMISED, PROMISED_SECONDS = 150, 20
TALK_SECONDS = 2.0
LINES = 3_000
SHARE = 0.85
RATE = "calls_per_second = 1000"
OFTEN = "number_tries_in_two_hours = 1000\nnumber_tries_in_a_day = 1000\n"


@dataclass(frozen=True)
class Order:
    """What is asked of one run: the steps, and the seconds of each."""

    steps: Sequence[int] = STEPS
    seconds: int = 10
    listening: bool = False


@dataclass
class Run:
    """One run: its node, whose Asterisk stays, and a folder for each step."""

    node: Node
    folder: Path
    numbers: Iterator[int]

    def ringing(self, starts: int, seconds: int) -> Ringing:
        """Return what is asked of whoever starts so many a second."""
        folder = self.folder / f"step-{next(self.numbers)}"
        homes = nodes.numbers(0, starts * seconds)
        return Ringing(self.node, folder, homes, LINES, 3.0 * seconds + 30, short())


def main(words: Sequence[str]) -> int:
    """Measure, write and show; return 1 where a target was missed."""
    parser = argparse.ArgumentParser("python -m benchmarks starts")
    parser.add_argument("--steps", type=int, nargs="+", default=list(STEPS))
    parser.add_argument("--seconds", type=int, default=10, help="of each step")
    parser.add_argument("--listening", action="store_true")
    add_runs(parser)
    asked = parser.parse_args(words)
    order = Order(asked.steps, asked.seconds, asked.listening)
    return repeated("starts", asked.runs, lambda: measured(order))


def short() -> str:
    """Return what a landline does whose call lasts two seconds."""
    return landline().replace('"5000"', '"1000"').replace('"2000"', '"1000"')


def measured(order: Order) -> Figures:
    """Return the figures of a run."""
    with tempfile.TemporaryDirectory(prefix="aut-starts-", dir=ON_DISK) as name:
        folder = Path(name)
        with nodes.node_in(folder, LINES, OFTEN, RATE) as node:
            if not order.listening:
                play_only(node)
            run = Run(node, folder, count())
            nodes.populate(node, {"one": nodes.numbers(0, 1)})
            prompt = nodes.prompt_of(node, nodes.create(node, "one"))
            clean, found = bare_steps(run, order, prompt)
            found |= our_steps(run, order, clean)
            bare = found["starts_bare_ceiling"]
            return found | {"starts_ratio": found["starts_ceiling"] / (bare or 1.0)}


def bare_steps(run: Run, order: Order, prompt: str) -> tuple[int, Figures]:
    """Return the bare loop's last clean step and the figures of its steps.

    A ceiling is what was seen in a clean step, however much was asked for.
    """
    found: Figures = {}
    clean, seen = 0, 0.0
    for starts in order.steps:
        ringing = run.ringing(starts, order.seconds)
        rung = by_bare_loop(ringing, prompt, starts_per_second=starts)
        found |= told("bare_", starts, ringing, rung)
        if not is_clean(ringing, rung):
            break
        clean, seen = starts, max(seen, found[f"starts_bare_seen_{starts}"])
    return clean, found | {"starts_bare_ceiling": seen}


def our_steps(run: Run, order: Order, ceiling: int) -> Figures:
    """Return the figures of the daemon: what is promised, then what is possible."""
    found: Figures = {}
    seen = 0.0
    wanted = {s for s in (*order.steps, round(ceiling * SHARE)) if s > PROMISED}
    for starts in (PROMISED, *sorted(s for s in wanted if s <= ceiling)):
        seconds = PROMISED_SECONDS if starts == PROMISED else order.seconds
        ringing = run.ringing(starts, seconds)
        with paced_daemon(run, starts) as daemon:
            rung = by_daemon(ringing, daemon, campaign(run, starts, ringing))
        found |= told("", starts, ringing, rung)
        if not is_clean(ringing, rung):
            break
        seen = max(seen, found[f"starts_seen_{starts}"])
    return found | {"starts_ceiling": seen}


@contextmanager
def paced_daemon(run: Run, starts: int) -> Iterator[Daemon]:
    """Give a daemon whose trunk takes so many calls a second."""
    before = run.node.config.read_text("utf-8")
    paced = before.replace(RATE, f"calls_per_second = {starts}")
    run.node.config.write_text(paced, "utf-8")
    try:
        with Daemon(run.node, run.folder / f"daemon-{starts}.log") as daemon:
            yield daemon
    finally:
        run.node.config.write_text(before, "utf-8")


def campaign(run: Run, starts: int, ringing: Ringing) -> str:
    """Return a new campaign to the homes of a step."""
    name = f"homes {starts}"
    nodes.populate(run.node, {name: ringing.homes})
    return nodes.create(run.node, name)


def is_clean(ringing: Ringing, rung: Rung) -> bool:
    """Tell whether every call was whole and every key is on record."""
    return not rung.lost_keys and not rung.broken(len(ringing.homes))


def told(who: str, starts: int, ringing: Ringing, rung: Rung) -> Figures:
    """Return the figures of a step."""
    invited = sorted(call.invited for call in rung.calls)
    span = invited[-1] - invited[0] or 1.0
    cpu = rung.caller_cpu
    figures: Figures = {
        "broken_calls": rung.broken(len(ringing.homes)),
        "lost_keys": rung.lost_keys,
        "seen": (len(invited) - 1) / span,
        "seen_in_a_second": most_in_a_second(invited),
        "cpu_ms_per_call": rung.cpu_ms(cpu),
        "asterisk_cpu_ms_per_call": rung.cpu_ms(rung.asterisk_cpu),
        "processors_used": (cpu + rung.asterisk_cpu + rung.sipp_cpu)
        / (span + TALK_SECONDS),
    }
    say(f"{who or 'daemon '}{starts}/s: {figures}")
    return {f"starts_{who}{name}_{starts}": value for name, value in figures.items()}
