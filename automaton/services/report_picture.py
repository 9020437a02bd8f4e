"""The campaign over time, as the points of a drawing (SVG user units).

The curve of those who confirmed counts on the left axis, the area of lines in use on
the right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automaton.domain.report import SHARES, Report
from automaton.domain.timeline import Slice
from automaton.services.report_words import Words

WIDTH, HEIGHT = 900, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 840, 16, 300
TICKS = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis and what is written there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What the template draws: `curve` and `area` are lists of points x,y."""

    curve: str
    area: str
    left: tuple[Mark, ...]
    right: tuple[Mark, ...]
    below: tuple[Mark, ...]
    sentence: str


def picture(report: Report, words: Words) -> Picture | None:
    """Return the drawing of a campaign; None where no call left."""
    slices = report.slices
    if not slices:
        return None
    homes = max(1, len(report.recipients))
    lines = max(1, report.lines, report.peak_lines)
    return Picture(
        curve=_curve(slices, homes),
        area=_area(slices, lines),
        left=tuple(Mark(_y(share / 100), f"{share} %") for share in (0, *SHARES, 100)),
        right=(Mark(_y(0), "0"), Mark(_y(1), str(lines))),
        below=_hours(report, words),
        sentence=words("text", "picture_line").format(
            acknowledged=report.acknowledged,
            recipients=len(report.recipients),
            begin=words.moment(report.first_call_at),
            end=words.moment(report.last_end_at),
            peak=report.peak_lines,
            lines=report.lines,
        ),
    )


def _curve(slices: Sequence[Slice], homes: int) -> str:
    reached = [0, *(one.acknowledged for one in slices)]
    return _points(enumerate(reached), len(slices), homes)


def _area(slices: Sequence[Slice], lines: int) -> str:
    count = len(slices)
    steps = [
        place
        for index, one in enumerate(slices)
        for busy in [min(one.lines, lines)]
        for place in ((index, busy), (index + 1, busy))
    ]
    return _points([(0, 0.0), *steps, (count, 0.0)], count, lines)


def _points(places: Iterable[tuple[int, float]], count: int, whole: int) -> str:
    return " ".join(f"{_x(i / count):.1f},{_y(v / whole):.1f}" for i, v in places)


def _hours(report: Report, words: Words) -> tuple[Mark, ...]:
    first, last = report.first_call_at, report.last_end_at
    assert first is not None
    assert last is not None
    return tuple(
        Mark(_x(index / TICKS), words.hour(first + (last - first) * index / TICKS))
        for index in range(TICKS + 1)
    )


def _x(share: float) -> float:
    return LEFT + (RIGHT - LEFT) * share


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * min(1.0, share)
