"""From what SIPp saw to figures, targets and a table."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.observer import TALK_SECONDS, Call

RESULTS = Path(__file__).parent / "results"
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


TARGETS = {
    "line_utilisation": Target(
        "≥ 0.98, and at most 0.01 below the bare loop",
        lambda f: (
            f["line_utilisation"] >= 0.98
            and f["line_utilisation"] >= f["bare_loop_line_utilisation"] - 0.01
        ),
    ),
    "daemon_cpu_ms_per_call": Target("≤ 3", lambda f: f["daemon_cpu_ms_per_call"] <= 3),
    "lost_keys": Target("0", lambda f: f["lost_keys"] == 0),
    "whole_calls": Target(
        "all of them", lambda f: f["whole_calls"] == f["calls"] == f["asked_calls"]
    ),
    "first_invite_s": Target("≤ 2", lambda f: f["first_invite_s"] <= 2),
    "rss_mb": Target("≤ 200", lambda f: f["rss_mb"] <= 200),
}


def missed(figures: Figures) -> list[str]:
    """Return the targets that a run did not reach."""
    return [name for name, target in TARGETS.items() if not target.holds(figures)]


def table(figures: Figures) -> str:
    """Return every figure with its target and whether it was reached."""
    failed = set(missed(figures))
    lines = []
    for name, value in figures.items():
        target = TARGETS.get(name)
        verdict = "" if target is None else ("MISSED" if name in failed else "reached")
        wanted = "" if target is None else target.words
        lines.append(f"  {name:32} {_plain(value):>10}  {verdict:8} {wanted}".rstrip())
    return "\n".join(lines)


def keep(figures: Figures) -> Path:
    """Write the figures as the latest result; return where."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "latest.json"
    path.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    return path


def _plain(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"
