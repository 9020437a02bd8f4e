"""Calls of 7 s on so many lines, by a bare loop and by the daemon; SIPp watches.

Both ring the same landlines through the same Asterisk with the same dialplan and
prompts, one after another. The daemon first gets a campaign to 19,000 homes, of which
only the first INVITE is awaited; a second bare loop, which hears all that Asterisk
tells by default, is there for its CPU.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from benchmarks import node as nodes
from benchmarks.figures import Figures, Traffic, traffic
from benchmarks.node import Daemon, Node
from benchmarks.observer import TALK_SECONDS, Observer
from benchmarks.peers.doors import UNFILTERED, default_events
from benchmarks.ringing import ON_DISK, Ringing, Rung, by_bare_loop, by_daemon, say
from benchmarks.runs import add_runs, repeated

TOWN = 19_000
DEFAULT_EVENTS_CALLS = 1_000
FIRST_CALL_SECONDS = 20.0


@dataclass(frozen=True)
class Order:
    """What is asked of one run; `span`: for how long the lines must be busy at least.

    The town is rung, and default events are heard, on the `middle` number alone.
    """

    lines: Sequence[int] = (200,)
    span: float = 70.0
    town: int = TOWN
    profile: Path | None = None

    def calls(self, lines: int) -> int:
        """Return how many calls keep so many lines busy for the span."""
        return ceil(self.span * lines / TALK_SECONDS)

    @property
    def middle(self) -> int:
        """Return the number of lines on which everything is measured."""
        return sorted(self.lines)[len(self.lines) // 2]

    @property
    def most_seconds(self) -> float:
        """Return after how long the calls must be over: half as long again."""
        return 1.5 * self.span + 30


@dataclass
class Run:
    """One number of lines: its folder, its node, and the figures so far."""

    order: Order
    folder: Path
    node: Node
    figures: Figures = field(default_factory=dict)

    def ringing(self, name: str, calls: int) -> Ringing:
        """Return what is asked of whoever rings."""
        lines, seconds = self.node.lines, self.order.most_seconds
        homes = nodes.numbers(0, calls)
        return Ringing(self.node, self.folder / name, homes, lines, seconds)


def main(words: Sequence[str]) -> int:
    """Measure, write and show; return 1 where a target was missed."""
    parser = argparse.ArgumentParser("python -m benchmarks calls")
    parser.add_argument("--lines", type=int, nargs="+", default=[200])
    parser.add_argument("--span", type=float, default=70.0, help="seconds; full: 250")
    parser.add_argument("--town", type=int, default=TOWN)
    parser.add_argument("--profile", type=Path, help="profile the daemon into FILE")
    add_runs(parser)
    asked = parser.parse_args(words)
    order = Order(asked.lines, asked.span, asked.town, asked.profile)
    return repeated("calls", asked.runs, lambda: measured(order))


def measured(order: Order) -> Figures:
    """Return every figure of a run."""
    found: Figures = {}
    for lines in order.lines:
        with tempfile.TemporaryDirectory(prefix="aut-bench-", dir=ON_DISK) as name:
            folder = Path(name)
            with nodes.node_in(folder, lines) as node:
                found |= on_lines(Run(order, folder, node))
    return found


def on_lines(run: Run) -> Figures:
    """Return the figures of one number of lines."""
    order, node, lines = run.order, run.node, run.node.lines
    calls, is_middle = order.calls(lines), lines == order.middle
    say("importing the registers, rendering the message")
    homes = {"calls": nodes.numbers(0, calls)}
    if is_middle:
        homes["town"] = nodes.numbers(calls, order.town)
    nodes.populate(node, homes)
    campaigns = {name: nodes.create(node, name) for name in homes}
    prompt = nodes.prompt_of(node, campaigns["calls"])
    say(f"the bare loop rings {calls} on {lines} lines")
    bare = by_bare_loop(run.ringing("bare", calls), prompt)
    if is_middle:
        hear_default_events(run, prompt)
    with Daemon(node, run.folder / "daemon.log", order.profile) as daemon:
        if is_middle:
            say(f"the daemon is asked to ring {order.town}; the first call is awaited")
            run.figures["first_ring_s"] = first_ring(run, campaigns["town"])
        say(f"the daemon rings {calls} on {lines} lines")
        ours = by_daemon(run.ringing("daemon", calls), daemon, campaigns["calls"])
        run.figures[f"rss_mb_{lines}"] = daemon.usage().peak_mb
    return both(calls, lines, ours, bare) | run.figures


def hear_default_events(run: Run, prompt: str) -> None:
    """Let a bare loop ring that hears what Asterisk tells by default."""
    say("a bare loop rings that hears what Asterisk tells by default")
    ringing = run.ringing("default", min(DEFAULT_EVENTS_CALLS, 5 * run.node.lines))
    with default_events(run.node):
        rung = by_bare_loop(ringing, prompt, user=UNFILTERED)
    name = f"default_events_loop_cpu_ms_per_call_{run.node.lines}"
    run.figures[name] = rung.cpu_ms(rung.caller_cpu)


def first_ring(run: Run, town: str) -> float:
    """Return the seconds from the launch to the first INVITE that SIPp sees."""
    with Observer(run.folder / "first") as observer:
        time.sleep(1.0)
        asked_at = time.time()
        nodes.launch(run.node, town)
        run.figures["launch_s"] = time.time() - asked_at
        first = observer.first_call(FIRST_CALL_SECONDS)
        nodes.stop(run.node, town)
        nodes.wait_for_end(run.node, town, FIRST_CALL_SECONDS)
        time.sleep(1.0)
        observer.silence(2 * TALK_SECONDS)
    return FIRST_CALL_SECONDS if first is None else first.invited - asked_at


def both(asked: int, lines: int, ours: Rung, bare: Rung) -> Figures:
    """Return the figures of both, each with the number of lines in its name."""
    found: Figures = {}
    seen: list[tuple[str, Rung, Traffic]] = [
        (who, rung, traffic(rung.calls, lines))
        for who, rung in (("", ours), ("bare_loop_", bare))
    ]
    for who, rung, told in seen:
        found |= {
            f"{who}line_utilisation": told.utilisation,
            f"{who or 'daemon_'}cpu_ms_per_call": rung.cpu_ms(rung.caller_cpu),
            f"{who}broken_calls": rung.broken(asked),
            f"{who}lost_keys": rung.lost_keys,
            f"{who}calls_per_second": told.calls / told.seconds,
            f"{who}seconds": told.seconds,
            f"{who}ramp_s": told.ramp_seconds,
            f"{who}turn_ms": told.turn_ms,
            f"{who}setup_ms": told.setup_ms,
            f"{who}talk_s": told.talk_seconds,
            f"{who}peak_starts_per_second": told.peak_starts,
            f"{who}asterisk_cpu_ms_per_call": rung.cpu_ms(rung.asterisk_cpu),
        }
    return {f"{name}_{lines}": value for name, value in found.items()}
