"""From what SIPp saw to figures, targets and a table."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.observer import TALK_SECONDS, Call

CROWDS = (1_000, 1_500)
KINDS = ("", "heard_", "unheard_")  # of crowds: see crowd.py
RESULTS = Path(__file__).parent / "results"
MET, MISSED, NOT_MEASURED = "met", "MISSED", "not measured"
Figures = dict[str, float]


@dataclass(frozen=True)
class Traffic:
    """One run of calls over some lines, by SIPp's timestamps.

    `utilisation` is N·d / (C·T), d the nominal talk, T from the first INVITE to the
    last BYE. A `turn` is the time from a BYE to the INVITE that takes its line.
    """

    calls: int
    whole: int
    seconds: float
    utilisation: float
    talk_seconds: float
    setup_ms: float
    ramp_seconds: float
    turn_ms: float
    peak_starts: int


def traffic(calls: Sequence[Call], lines: int) -> Traffic:
    """Return the figures of a run; the calls are in the order of their INVITEs."""
    ends = sorted(call.ended for call in calls if call.ended)
    answered = [call for call in calls if call.answered]
    starts = sorted(call.invited for call in calls)
    seconds = ends[-1] - starts[0]
    turns = [b - e for e, b in zip(ends, starts[lines:], strict=False)]
    return Traffic(
        calls=len(calls),
        whole=sum(call.is_whole for call in calls),
        seconds=seconds,
        utilisation=len(answered) * TALK_SECONDS / (lines * seconds),
        talk_seconds=statistics.median(c.ended - c.answered for c in answered),
        setup_ms=statistics.median(c.answered - c.invited for c in answered) * 1e3,
        ramp_seconds=starts[min(lines, len(starts)) - 1] - starts[0],
        turn_ms=statistics.median(turns) * 1e3 if turns else 0.0,
        peak_starts=most_in_a_second(starts),
    )


def most_in_a_second(starts: Sequence[float]) -> int:
    """Return the most starts in any second."""
    first, most = 0, 0
    for last, at in enumerate(starts):
        while starts[first] <= at - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def lost(calls: Sequence[Call], on_record: Mapping[str, str]) -> int:
    """Count the keys that SIPp pressed and nobody has."""
    return sum(bool(c.keys) and "1" not in on_record.get(c.number, "") for c in calls)


@dataclass(frozen=True)
class Target:
    """What a figure has to be."""

    words: str
    holds: Callable[[Figures], bool]


def at_most(limit: float, of: str) -> Target:
    """Return the target of a figure that must not be above something."""
    return Target(f"≤ {limit:g}", lambda f: f[of] <= limit)


def at_least(limit: float, of: str) -> Target:
    """Return the target of a figure that must not be below something."""
    return Target(f"≥ {limit:g}", lambda f: f[of] >= limit)


def near_the_bare_loop(of: str) -> Target:
    """Return the target of lines that are used as well as by a bare loop."""
    least = 0.005
    return Target(
        f"at most {least} below the bare loop",
        lambda f: f[of] >= f[f"bare_loop_{of}"] - least,
    )


def cheap(of: str, beside: str) -> Target:
    """Return the target of the daemon's CPU: a limit, and what a bare loop costs."""
    return Target(
        "≤ 2, and at most that of a bare loop that hears the default events",
        lambda f: f[of] <= 2 and f[of] <= f.get(beside, 2),
    )


def as_little_as(of: str, town: str) -> Target:
    """Return the target of memory that does not grow with what is reported."""
    more = 50
    return Target(f"≤ {more} MB above the town's", lambda f: f[of] <= f[town] + more)


MOST = {
    "first_ring_s": 1,
    "rss_mb_200": 200,
    "forecast_error": 1,
    "greetings_false_machine": 0.01,
    "small_ratio": 1.3,
    "small_ratio_of_five": 1.3,
    "small_ratio_without": 2.3,
    "small_ratio_of_five_without": 2.3,
    "fleet_killed_ratio": 1.6,
    "preempt_first_invite_s": 1,
    "preempt_ringing_lines_s": 1,
}
LEAST = {
    "line_utilisation_500": 0.98,
    "mix_utilisation": 0.97,
    "starts_ratio": 0.85,
    "starts_seen_150": 149.0,  # of 150, from the first start to the last
    **{f"crowd_{kind}at_once_{n}": n for kind in KINDS for n in CROWDS},
}
NONE = (
    "fleet_broken",
    "preempt_cut_sentences",
    "region_broken",
    "region_deadlocks",
    *(f"{what}_{n}" for what in ("lost_keys", "broken_calls") for n in (50, 200, 500)),
    *(f"starts_{what}_150" for what in ("lost_keys", "broken_calls")),
    *(
        f"crowd_{kind}{what}_{n}"
        for kind in KINDS
        for what in ("lost_keys", "broken_calls")
        for n in CROWDS
    ),
)
CPU, DEFAULT_EVENTS = "cpu_ms_per_call_200", "default_events_loop_cpu_ms_per_call_200"
FORMS = ("json", "csv", "html", "visits")
BIG = {
    "big_town_first_order_s": 1,
    "big_region_first_order_s": 3,
    "big_region_daemon_mb": 300,
    **{f"big_{size}_longest_write_ms": 100 for size in ("town", "region")},
    **{
        f"big_{database}_{step}_ratio": 1.2
        for database in ("sqlite", "postgresql")
        for step in ("claim", "event")
    },
    **{f"big_report_{form}_s_town": 2 for form in FORMS},
}
TARGETS = {
    **{name: at_most(limit, name) for name, limit in BIG.items()},
    **{
        f"big_report_{form}_mb_region": as_little_as(
            f"big_report_{form}_mb_region", f"big_report_{form}_mb_town"
        )
        for form in FORMS
    },
    **{
        f"line_utilisation_{n}": near_the_bare_loop(f"line_utilisation_{n}")
        for n in (50, 200)
    },
    **{name: at_least(limit, name) for name, limit in LEAST.items()},
    **{name: at_most(limit, name) for name, limit in MOST.items()},
    **{name: at_most(0, name) for name in NONE},
    f"daemon_{CPU}": cheap(f"daemon_{CPU}", DEFAULT_EVENTS),
}


def missed(figures: Figures) -> list[str]:
    """Return the targets that a run did not reach, of those that it measured."""
    return [name for name in TARGETS if verdict(name, figures) == MISSED]


def verdict(name: str, figures: Figures) -> str:
    """Return whether a target was met; of what was not measured, that."""
    if name not in figures:
        return NOT_MEASURED
    return MET if TARGETS[name].holds(figures) else MISSED


def table(figures: Figures) -> str:
    """Return every figure with its target and whether it was reached."""
    lines = []
    for name, told in with_targets(figures).items():
        value, verdict = plain(told["value"]), told.get("verdict", "")
        line = f"  {name:40} {value:>10}  {verdict:6} {told.get('target', '')}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def with_targets(
    figures: Figures, runs: Sequence[Figures] = ()
) -> dict[str, dict[str, Any]]:
    """Return each figure with the runs that it comes from, its target and a verdict."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in figures.items():
        told: dict[str, Any] = {"value": value}
        if several := [run[name] for run in runs if name in run]:
            told["runs"] = several
        if name in TARGETS:
            told["target"] = TARGETS[name].words
            told["verdict"] = verdict(name, figures)
        found[name] = told
    return found


def latest(folder: Path = RESULTS) -> dict[str, Any]:
    """Return all that was measured last, by whichever orders."""
    path = folder / "latest.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def keep(
    figures: Mapping[str, object],
    folder: Path = RESULTS,
    *,
    runs: Sequence[Figures] = (),
    **more: Mapping[str, object],
) -> Path:
    """Write what was measured beside the latest of other orders; return where.

    Figures come under `figures`, each with its target and the commit that was measured;
    what is itself a mapping is laid over the one of that name.
    """
    folder.mkdir(exist_ok=True)
    found = latest(folder)
    numbers = {n: v for n, v in figures.items() if isinstance(v, int | float)}
    others = {n: v for n, v in figures.items() if isinstance(v, Mapping)}
    measured = {"commit": commit()}
    told = {n: one | measured for n, one in with_targets(numbers, runs).items()}
    parts = {"figures": told, **others, **more}
    merged = {name: {**found.get(name, {}), **part} for name, part in parts.items()}
    path = folder / "latest.json"
    path.write_text(json.dumps({**found, **merged}, indent=2) + "\n", "utf-8")
    return path


def commit() -> str:
    """Return which commit this is, with a `+` where files differ from it."""
    asked = ["git", "describe", "--always", "--match=", "--abbrev=7", "--dirty=+"]
    run = subprocess.run(
        asked, cwd=RESULTS.parent, capture_output=True, text=True, check=False
    )
    return run.stdout.strip() or "unknown"


def plain(value: float) -> str:
    """Return a figure for people."""
    return str(value) if isinstance(value, int) else f"{value:.3f}"
