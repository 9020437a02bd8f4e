"""I4, I6 and I7: tries, calls per second and lines, all by the town's own clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from math import floor

from automaton.lab.history_lives import History, Home, Life, violation
from automaton.lab.history_rules import Ceiling, HistoryRules, Violation

# Codes that are a verdict on the called line: written by hand from the project's page
# on calls, of which the product has a table of its own.
VERDICTS = frozenset({404, 410, 486, 502, 600, 603, 604, 607, 608})
_SECOND = timedelta(seconds=1)
_LONG = timedelta(seconds=10)


def is_counted(life: Life) -> bool:
    """Tell whether a call uses up a try, by what passed on the wire.

    It does if a telephone rang or a network spoke, if it was answered, given up while
    on its way, or refused with a verdict on the line; all else blames the trunk.
    """
    call = life.call
    if call.sip == 200 or call.sip in VERDICTS:
        return True
    rung = ("ringing", "progress", "cancelled")
    return any(call.first(what) is not None for what in rung)


def budget(told: History) -> Iterator[Violation]:
    """I4: tries within the budget of number and home, and under the ceilings."""
    for home in told.homes:
        yield from _over_budget(home, told.rules)
    for number, lives in told.by_number.items():
        if number in told.rules.others:
            continue
        counted = [life for life in lives if is_counted(life)]
        for ceiling in told.rules.ceilings:
            yield from _over_ceiling(counted, ceiling, told.rules.jitter)


def pace(told: History) -> Iterator[Violation]:
    """I6: at most cap + 1 INVITEs in any second, and 10 times the cap in any ten."""
    for trunk, lives in told.by_trunk.items():
        cap = told.rules.trunk(trunk).calls_per_second
        if cap is None:
            continue
        jitter = told.rules.jitter
        yield from _too_fast(lives, _SECOND, floor(cap + 1), timedelta())
        yield from _too_fast(lives, _LONG, max(1, floor(10 * cap)), jitter)


def lines(told: History) -> Iterator[Violation]:
    """I7: never more calls at once than lines, each trunk by itself."""
    for trunk, lives in told.by_trunk.items():
        most = told.rules.trunk(trunk).lines
        if most is not None:
            yield from _too_many(lives, most, told.rules.slack)


def _over_budget(home: Home, rules: HistoryRules) -> Iterator[Violation]:
    spent: Counter[str] = Counter()
    free = 0
    for life in home.calls:
        if is_counted(life):
            spent[life.number] += 1
            here, all_in_all = spent[life.number], spent.total()
            if here > rules.tries:
                text = f"try {here} at this number, at most {rules.tries}."
                yield violation("I4", life, text)
            elif all_in_all > rules.tries_of_home:
                text = f"try {all_in_all} in all, at most {rules.tries_of_home}."
                yield violation("I4", life, text)
        elif (free := free + 1) > rules.uncounted_tries:
            text = f"free call {free}, at most {rules.uncounted_tries} cost no try."
            yield violation("I4", life, text)


def _over_ceiling(
    lives: Sequence[Life], ceiling: Ceiling, jitter: timedelta
) -> Iterator[Violation]:
    for first, last in zip(lives, lives[ceiling.calls :], strict=False):
        span = last.began_at - first.began_at
        if span < ceiling.within - jitter:
            most = f"{ceiling.calls} within {_told(ceiling.within)}"
            text = f"{ceiling.calls + 1} calls within {_told(span)}, at most {most}."
            yield violation("I4", last, text)


def _too_fast(
    lives: Sequence[Life], within: timedelta, most: int, jitter: timedelta
) -> Iterator[Violation]:
    """Find the windows with too many INVITEs; of those that overlap, the first."""
    told_until: datetime | None = None
    for first, last in zip(lives, lives[most:], strict=False):
        if last.began_at - first.began_at >= within - jitter:
            continue
        if told_until is None or first.began_at >= told_until:
            told_until = first.began_at + within
            text = f"call {most + 1} within {_told(within)}, at most {most}."
            yield violation("I6", last, text)


def _too_many(
    lives: Sequence[Life], most: int, slack: timedelta
) -> Iterator[Violation]:
    """Find where calls were more than lines; a span of too many is told once."""
    ends: list[datetime] = []
    was_over = False
    for life in lives:
        while ends and ends[0] <= life.began_at:
            heappop(ends)
        heappush(ends, life.free_at(slack))
        if len(ends) > most and not was_over:
            yield violation("I7", life, f"{len(ends)} calls at once on {most} lines.")
        was_over = len(ends) > most


def _told(span: timedelta) -> str:
    seconds = span.total_seconds()
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds:.4g} s"
