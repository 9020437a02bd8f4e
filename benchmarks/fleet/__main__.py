"""One campaign by one node, by three, and by three of which one is killed.

`python -m benchmarks fleet`: real Asterisks, one PostgreSQL, and the town, whose own
log says how long each took. When a third of the homes have pressed their key, the
leading node is killed with its Asterisk. Each history is judged (docs/town.md).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

from benchmarks.figures import Figures
from benchmarks.fleet.course import lived, nobody_dies, the_chief_dies
from benchmarks.fleet.order import HOMES, LINES, Order
from benchmarks.fleet.verdict import Lived
from benchmarks.runs import add_runs, repeated
from tests.store.cluster import postgres_binaries, throwaway_cluster

NAMES = ("n1", "n2", "n3")


def main(words: Sequence[str]) -> int:
    """Measure, write and show; return 1 where a target was missed."""
    parser = argparse.ArgumentParser("python -m benchmarks fleet")
    parser.add_argument("--homes", type=int, default=HOMES)
    parser.add_argument("--lines", type=int, default=LINES)
    add_runs(parser)
    asked = parser.parse_args(words)
    order = Order(asked.homes, asked.lines)
    return repeated("fleet", asked.runs, lambda: measured(order))


def measured(order: Order) -> Figures:
    """Return the figures of a run."""
    binaries = postgres_binaries()
    if binaries is None:
        raise SystemExit("No PostgreSQL server is here: apt-get install postgresql")
    with throwaway_cluster(binaries) as cluster:
        run = partial(lived, order, cluster)
        one = run("one", NAMES[:1], nobody_dies)
        three = run("three", NAMES, nobody_dies)
        killed = run("killed", NAMES, partial(the_chief_dies, order))
    return figures(one, three, killed)


def figures(one: Lived, three: Lived, killed: Lived) -> Figures:
    """Return what is told of the three runs."""
    runs = {"one": one, "three": three, "killed": killed}
    told: Figures = {
        "fleet_killed_ratio": killed.seconds / three.seconds,
        "fleet_three_ratio": three.seconds / one.seconds,
        "fleet_broken": sum(len(run.broken) - run.too_fast for run in runs.values()),
        "fleet_too_fast": sum(run.too_fast for run in runs.values()),
    }
    for name, run in runs.items():
        told |= {f"fleet_{name}_s": run.seconds, f"fleet_{name}_calls": run.calls}
        told[f"fleet_{name}_nodes"] = len(run.made)
    return told
