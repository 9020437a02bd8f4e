"""50 recipients beside 19,000: by themselves, with `small_first` and without it.

The landlines talk 5.5 to 8.5 s, 7 s on average, so that lines fall free evenly. The
19,000 are one campaign or four; they hold every line before the 50 are launched. All
times are SIPp's, from the launch to the last BYE of the 50; medians of three.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks import node as nodes
from benchmarks.figures import Figures
from benchmarks.node import Daemon, Node
from benchmarks.observer import Call, Observer, landline
from benchmarks.ringing import SETTLED_SECONDS, say
from benchmarks.runs import Rules, on_a_node

SMALL, TOWN, PARTS, ROUNDS = 50, 19_000, 4, 3
LINES = 200
MOST_SECONDS = 60.0
OFTEN = "number_tries_in_two_hours = 1000\nnumber_tries_in_a_day = 1000\n"
WITHOUT = OFTEN + "small_first = false\n"


def main(words: Sequence[str]) -> int:
    """Measure, write and show; return 1 where a target was missed."""
    return on_a_node("fair", words, Rules(LINES, OFTEN), measured)


def measured(node: Node, folder: Path, lines: int) -> Figures:
    """Return the figures: alone, beside one and beside four, with and without."""
    say("importing the registers")
    each = TOWN // PARTS
    parts = {f"part {i}": nodes.numbers(SMALL + i * each, each) for i in range(PARTS)}
    whole = {"town": nodes.numbers(SMALL, TOWN)}
    nodes.populate(node, {"small": nodes.numbers(0, SMALL), **whole, **parts})
    found: Figures = {}
    for name, settings in (("", OFTEN), ("_without", WITHOUT)):
        text = node.config.read_text("utf-8")
        node.config.write_text(text.replace(OFTEN, settings), "utf-8")
        with Daemon(node, folder / f"daemon{name}.log"):
            run = Run(node, folder, lines)
            if not found:
                say("50 alone")
                found["small_alone_s"] = run.alone()
            say(f"50 beside one campaign{name}")
            found[f"small_beside{name}_s"] = run.beside(["town"])
            say(f"50 beside four campaigns{name}")
            found[f"small_beside_four{name}_s"] = run.beside(list(parts))
    alone = found["small_alone_s"]
    ratios = {
        "small_ratio": found["small_beside_s"] / alone,
        "small_ratio_without": found["small_beside_without_s"] / alone,
        "small_ratio_of_five": found["small_beside_four_s"] / alone,
        "small_ratio_of_five_without": found["small_beside_four_without_s"] / alone,
    }
    return {**ratios, **found, "fair_lines": lines}


class Run:
    """Rings the small campaign some times, and tells how long it takes."""

    def __init__(self, node: Node, folder: Path, lines: int) -> None:
        self._node, self._folder, self._lines = node, folder, lines

    def alone(self) -> float:
        """Return the median seconds of the small campaign by itself."""
        with self._observer() as observer:
            return self._median(observer, lambda: None)

    def beside(self, registers: Sequence[str]) -> float:
        """Return the same while campaigns to these registers hold all lines."""
        with self._observer() as observer:
            time.sleep(1.0)
            big = [nodes.create(self._node, register) for register in registers]
            for campaign in big:
                nodes.launch(self._node, campaign)
            found = self._median(observer, lambda: self._all_held(observer))
            for campaign in big:
                nodes.stop(self._node, campaign)
            for campaign in big:
                nodes.wait_for_end(self._node, campaign, MOST_SECONDS)
            observer.silence(MOST_SECONDS)
        return found

    def _observer(self) -> Observer:
        name = f"sipp-{time.monotonic_ns()}"
        return Observer(self._folder / name, uneven())

    def _median(self, observer: Observer, ready: Callable[[], None]) -> float:
        """Return the median of some rounds, each when everything is ready."""
        seconds = []
        for _ in range(ROUNDS):
            ready()
            seconds.append(self._once(observer))
            say(f"  {seconds[-1]:.2f} s")
        return statistics.median(seconds)

    def _once(self, observer: Observer) -> float:
        small = nodes.create(self._node, "small")
        wanted = set(nodes.numbers(0, SMALL))
        asked_at = time.time()
        nodes.launch(self._node, small)
        until = time.monotonic() + MOST_SECONDS
        while time.monotonic() < until:
            ours = _since(observer.calls(), wanted, asked_at)
            if len(ours) == SMALL and all(call.ended for call in ours):
                nodes.wait_for_end(self._node, small, SETTLED_SECONDS)
                return max(call.ended for call in ours) - asked_at
            time.sleep(0.5)
        raise TimeoutError(f"Of {SMALL} homes {len(ours)} were rung.")

    def _all_held(self, observer: Observer) -> None:
        """Wait until the others hold every line, and a little longer."""
        until = time.monotonic() + MOST_SECONDS
        while time.monotonic() < until:
            if sum(not call.ended for call in observer.calls()) >= self._lines:
                break
            time.sleep(0.5)
        time.sleep(3.0)


def _since(calls: Iterable[Call], wanted: set[str], at: float) -> list[Call]:
    return [call for call in calls if call.number in wanted and call.invited >= at]


def uneven() -> str:
    """Return what a landline does that talks 5.5 to 8.5 s."""
    talk = '<pause distribution="uniform" min="500" max="3500"/>'
    return landline().replace('<pause milliseconds="2000"/>', talk)
