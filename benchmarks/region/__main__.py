"""How long a region takes: `python -m benchmarks region`, in simulated time.

The real engine and store, as many nodes and collectivities as are asked for, one real
PostgreSQL, one simulated clock; no SIP. The night ends when four fifths of the homes
that can be reached have acknowledged.
"""

from __future__ import annotations

import argparse
import gc
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from time import perf_counter

import structlog

from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from benchmarks.figures import Figures, keep, missed, table
from benchmarks.region.load import Load, Server, private_server
from benchmarks.region.night import NOW, Fleet, RegionNight
from benchmarks.region.register import enter
from benchmarks.region.town import Region, Size
from benchmarks.region.verdict import (
    Result,
    counted,
    course,
    judged,
    moment_of,
    needed,
)

SHARE = 80  # per cent of the reachable
TOLD_EVERY = 30.0  # simulated seconds
SHOWN = 5  # breaks of each invariant
SETTLED = 5.0  # simulated seconds, after which all audiences are frozen


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 where a target was missed."""
    asked = _arguments(arguments)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )
    size = Size(asked.recipients, asked.collectivities, asked.seed)
    fleet = Fleet(asked.nodes, asked.lines, asked.calls_per_second)
    signal.signal(signal.SIGTERM, _end)  # the server goes with us
    with private_server() as server:
        found = measure(server, size, fleet, Bounds(asked.wall, asked.window))
        print(server.dearest())
    print(table(found))
    keep(found)
    return int(bool(missed(found)))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long is looked: real seconds, and simulated ones since audiences are frozen.

    A night that reaches what it is for ends before.
    """

    wall: float = 3600.0
    window: float = inf


def measure(server: Server, size: Size, fleet: Fleet, bounds: Bounds) -> Figures:
    """Let a region be rung; return its figures."""
    upgrade(server.url)
    engine = open_database(server.url)
    region = Region(size)
    enter(engine, region, NOW)
    server.begin()
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)  # a night makes many objects and few cycles
    night = RegionNight(server.url, region, fleet)
    watch = Watch(server, night, bounds)
    night.live(watch.look)
    at = moment_of(engine, watch.wanted)
    until = at or night.clock.now()
    result = Result(
        fleet.lines,
        fleet.calls_per_second,
        course(engine, NOW, until),
        judged(engine, night.diary, fleet.lines, fleet.calls_per_second),
        is_reached=at is not None,
        load=watch.load,
        load_seconds=watch.seconds,
        load_calls=watch.calls,
    )
    for one in (one for breaks in result.breaks.values() for one in breaks[:SHOWN]):
        print(f"{one.invariant} {one.number}: {one.text}")
    found = {
        "region_recipients": size.homes * size.collectivities,
        "region_nodes": fleet.nodes,
        "region_collectivities": size.collectivities,
        "region_lines": fleet.lines,
        "region_cap_per_s": fleet.calls_per_second,
        **counted(result),
        "region_most_starts_in_a_second": night.diary.most_in_a_second(),
        **{f"region_{name}_mb": mb for name, mb in server.sizes_mb().items()},
        "region_wall_s": watch.wall,
        "region_wall_ms_per_call": watch.wall / max(1, watch.calls) * 1e3,
    }
    engine.dispose()
    return found


def _end(*_: object) -> None:
    sys.exit(1)


class Watch:
    """Looks at a night until enough was seen; notes what it had cost by then.

    Without the freezing of the audiences, for which no simulated time passes.
    """

    def __init__(self, server: Server, night: RegionNight, bounds: Bounds) -> None:
        self.wanted = needed(night.region.reachable, SHARE)
        self.load, self.seconds, self.calls, self.wall = Load(), 0.0, 0, 0.0
        self._server, self._night, self._bounds = server, night, bounds
        self._before, self._began = server.load(), perf_counter()
        self._tell_at = 0.0
        self._settled: tuple[float, int] | None = None

    def look(self, seconds: float) -> bool:
        """Tell now and then how far it is; say whether that is far enough."""
        diary = self._night.diary
        self.wall = perf_counter() - self._began
        if self._settled is None and seconds >= SETTLED:
            self._settled = seconds, diary.calls
            self._before = self._server.load()
        if seconds >= self._tell_at:
            self._tell_at = seconds + TOLD_EVERY
            done = f"{len(diary.pressed_by)} of {self.wanted} homes"
            told = f"{self.wall:7.0f} s: {seconds:6.0f} s, {diary.calls} calls, {done}"
            print(told, flush=True)
        since, before = self._settled or (0.0, 0)
        is_open = self.wall < self._bounds.wall and (
            self._settled is None or seconds - since < self._bounds.window
        )
        if len(diary.pressed_by) < self.wanted and is_open:
            return False
        self.load = self._server.load().since(self._before)
        self.seconds, self.calls = seconds - since, diary.calls - before
        return True


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks region", description=__doc__)
    parser.add_argument("--recipients", type=int, default=2_000)
    parser.add_argument("--nodes", type=int, default=20)
    parser.add_argument("--collectivities", type=int, default=50)
    parser.add_argument("--lines", type=int, default=600)
    parser.add_argument("--calls-per-second", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wall", type=float, default=3600.0, help="real seconds")
    parser.add_argument("--window", type=float, default=inf, help="simulated seconds")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
