"""How right the forecast is: `python -m benchmarks forecast`, in simulated time.

Each seed is a night of the town's realistic mix. Every ten simulated seconds the
forecast is asked what anybody would see then. Once all whom the town's oracle knows to
be reachable have acknowledged, what was said is held against what came.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from pathlib import Path

import structlog

from automaton.domain.forecast import MILESTONES
from automaton.lab import load_mix, plan_from_mix
from automaton.lab.oracle import oracle
from automaton.services.progress import ProgressView
from benchmarks.figures import RESULTS, Figures, keep, missed
from benchmarks.simulation.nights import Circumstances, SimulatedNight, night

EVERY = 10.0  # simulated seconds between two looks
LEAST, SHARE = 15.0, 0.1  # seconds, share of the remaining time
NEVER = 10.0  # the error of "never", where it came
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Said:
    """What the forecast said at a moment; all in seconds after the launch."""

    at: float
    milestones: Mapping[int, float | None]


@dataclass
class Course:
    """One night: what was said, what came, and when the last one acknowledged."""

    seed: int
    said: list[Said] = field(default_factory=list)
    came: dict[int, float] = field(default_factory=dict)
    last: float = 0.0

    def errors(self) -> Iterable[tuple[int, int, float]]:
        """Yield milestone, tenth of the night and error from the first tenth on."""
        for one in self.said:
            if one.at < self.last / TENTHS:
                continue
            tenth = int(one.at * TENTHS / self.last)
            for share, came in self.came.items():
                if came > one.at:
                    yield share, tenth, error(one, share, came)


def error(said: Said, share: int, came: float) -> float:
    """Return how wrong a word was; 1 is what is allowed."""
    told = said.milestones[share]
    if told is None:
        return NEVER
    return abs(told - came) / max(SHARE * (came - said.at), LEAST)


def course(seed: int, homes: int, lines: int, mix: str) -> Course:
    """Let one night pass and return what was said in it and what came."""
    plan = plan_from_mix(homes, seed, load_mix(mix))
    reachable = sum(one.state == "acknowledged" for one in oracle(plan))
    told = Course(seed)
    with night(plan, Circumstances(lines)) as one:
        view = ProgressView(one.office, one.prepare())
        began = one.clock.now()

        def look() -> bool:
            progress = view.look()
            if progress.forecast is not None:
                told.said.append(_said(progress.forecast.milestones, began, one))
            return progress.acknowledged >= reachable

        one.live(look, EVERY)
        moments = sorted(
            (row.acknowledged_at - began).total_seconds()
            for row in one.city.commune.rows("recipients")
            if row.acknowledged_at is not None
        )
    told.last = moments[-1]
    needed = {share: ceil(reachable * share / 100) for share in MILESTONES}
    told.came = {s: moments[k - 1] for s, k in needed.items() if k <= len(moments)}
    return told


def _said(
    milestones: Mapping[int, datetime | None], began: datetime, one: SimulatedNight
) -> Said:
    at = (one.clock.now() - began).total_seconds()
    seconds = {
        share: None if moment is None else (moment - began).total_seconds()
        for share, moment in milestones.items()
    }
    return Said(at, seconds)


def cells(courses: Sequence[Course]) -> dict[tuple[int, int], list[float]]:
    """Return by milestone and tenth the median error of each seed in it."""
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    for one in courses:
        own: dict[tuple[int, int], list[float]] = defaultdict(list)
        for share, tenth, wrong in one.errors():
            own[share, tenth].append(wrong)
        for cell, wrongs in own.items():
            found[cell].append(statistics.median(wrongs))
    return dict(sorted(found.items()))


def figures(courses: Sequence[Course]) -> Figures:
    """Return the figures; a cell counts where half of the seeds are in it."""
    found = cells(courses)
    told = {c: statistics.median(w) for c, w in found.items()}
    counted = {c: told[c] for c, w in found.items() if 2 * len(w) >= len(courses)}
    all_errors = [wrong for one in courses for _, _, wrong in one.errors()]
    worst = max(statistics.median(w for *_, w in one.errors()) for one in courses)
    return {
        "forecast_seeds": len(courses),
        "forecast_error": max(counted.values()),
        "forecast_error_median": statistics.median(all_errors),
        "forecast_error_worst_seed": worst,
        **{
            f"forecast_error_{share}": max(own)
            for share in MILESTONES
            if (own := [v for (s, _), v in counted.items() if s == share])
        },
    }


def table(courses: Sequence[Course]) -> str:
    """Return the median error by milestone and tenth of the night."""
    found = cells(courses)
    lines = ["  reached  tenth  seeds  median  worst"]
    lines += [
        f"  {share:5} %  {tenth:5}  {len(w):5}  {statistics.median(w):6.2f}"
        f"  {max(w):5.1f}"
        for (share, tenth), w in found.items()
    ]
    return "\n".join(lines)


def kept(courses: Sequence[Course]) -> Path:
    """Write the curves of the first seed: what was said and what came."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "forecast.json"
    one = courses[0]
    curves = {
        "seed": one.seed,
        "came": one.came,
        "said": [{"at": said.at, **said.milestones} for said in one.said],
    }
    path.write_text(json.dumps(curves, default=str, indent=1) + "\n", "utf-8")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 1 where the forecast is further from the truth than allowed."""
    parser = argparse.ArgumentParser("python -m benchmarks forecast")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--homes", type=int, default=300)
    parser.add_argument("--lines", type=int, default=30)
    parser.add_argument("--mix", default="realistic")
    asked = parser.parse_args(arguments)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )
    courses = [
        course(seed, asked.homes, asked.lines, asked.mix)
        for seed in range(1, asked.seeds + 1)
    ]
    found = figures(courses)
    print(table(courses))
    for name, value in found.items():
        print(f"  {name:32} {value:10.3f}")
    print(f"curves of one seed: {kept(courses)}")
    keep(found)
    return int(bool(missed(found)))
