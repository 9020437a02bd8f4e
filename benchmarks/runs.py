"""A room measured several times: medians kept and shown, with their targets."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figures import Figures, keep, missed, table
from benchmarks.node import Node, node_in
from benchmarks.ringing import ON_DISK

Measure = Callable[[Node, Path, int], Figures]


@dataclass(frozen=True)
class Rules:
    """Of a room's node: its usual lines, and more of its section `calling`."""

    lines: int
    calling: str


def on_a_node(room: str, words: Sequence[str], rules: Rules, measure: Measure) -> int:
    """Measure on a node of its own for each run; return 1 where a target was missed.

    `words`: what was asked for, `--lines` and `--runs`.
    """
    parser = argparse.ArgumentParser(f"python -m benchmarks {room}")
    parser.add_argument("--lines", type=int, default=rules.lines)
    add_runs(parser)
    asked = parser.parse_args(words)

    def one_run() -> Figures:
        with tempfile.TemporaryDirectory(prefix=f"aut-{room}-", dir=ON_DISK) as name:
            folder = Path(name)
            with node_in(folder, asked.lines, rules.calling) as node:
                return measure(node, folder, asked.lines)

    return repeated(room, asked.runs, one_run)


def add_runs(parser: argparse.ArgumentParser) -> None:
    """Let a room be asked for several runs."""
    parser.add_argument("--runs", type=int, default=1, help="medians of so many runs")


def repeated(room: str, runs: int, measure: Callable[[], Figures]) -> int:
    """Measure so many times; return 1 where a target was missed.

    What was found is kept after each run, so that a later one may fail.
    """
    found: list[Figures] = []
    loads: list[float] = []
    for number in range(1, runs + 1):
        print(f"bench: {room}, run {number} of {runs}", file=sys.stderr, flush=True)
        loads.append(os.getloadavg()[0])
        found.append(measure())
        figures = of_all(found)
        about = {"runs": len(found), "processors": os.cpu_count(), "load": loads}
        path = keep(figures, runs=found, rooms={room: about})
    print(table(figures))
    print(f"\nwritten to {path}")
    if failed := missed(figures):
        print(f"missed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


def of_all(runs: Sequence[Figures]) -> Figures:
    """Return what was measured as its median; what is counted is that of the worst."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {n: _of_all([run[n] for run in runs if n in run]) for n in names}


def _of_all(values: Sequence[float]) -> float:
    return max(values) if isinstance(values[0], int) else median(values)
