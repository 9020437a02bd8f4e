"""When 50, 80 and 90 % of those who can be reached will have acknowledged.

A rehearsal of what is left to do. Homes are cut into parcels; a parcel waits for its
due moment and for a line, holds it as long as such a call lasts on average, and then
each share of it goes its own way: acknowledged, final, or back after the delay that the
policy has for its outcome. Nothing is drawn: what comes back is gathered until it is a
parcel. *Reachable* are those who acknowledged and those whom the rehearsal still wins,
so where the answers are judged wrongly, the whole and its part err alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import accumulate, count

from automaton.domain.answers import Answers, Live, Stage
from automaton.domain.fairness import RETRIES
from automaton.domain.outcome import Outcome
from automaton.domain.retry import RULES, Counted, RetryPolicy
from automaton.domain.window import CallingHours

MILESTONES = (50, 80, 90)
PARCELS = 1_000  # a town is rehearsed with so many, give or take
NEGLIGIBLE = 0.01  # of a parcel
ROUNDING = 1e-6  # of a home
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Capacity:
    """Lines for this campaign; `calls_per_second` None means no cap.

    `again`: the share of the lines that fall free which retries have first.
    `taken_for`: so many seconds from now on all lines serve somebody more urgent.
    """

    lines: int
    calls_per_second: float | None = None
    again: float = RETRIES
    taken_for: float = 0.0


@dataclass(frozen=True, slots=True)
class Due:
    """Homes whose next call may leave from a moment on."""

    at: datetime
    homes: float
    stage: Stage = field(default_factory=Stage)


@dataclass(frozen=True, slots=True)
class Work:
    """What is left to do. `several`: the share of homes with more than one number."""

    due: tuple[Due, ...]
    live: tuple[Live, ...] = ()
    acknowledged: int = 0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    several: float = 0.0

    @property
    def homes(self) -> float:
        """Return the homes that are still open."""
        return sum(due.homes for due in self.due) + len(self.live)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected; a milestone that is passed already is None here.

    `reachable`: how many will acknowledge in the end, those who did among them;
    `ends_at` None: it never does, for calls may never leave again.
    """

    milestones: dict[int, datetime | None]
    ends_at: datetime | None
    reachable: float
    tries: float


@dataclass(order=True, slots=True)
class _Parcel:
    due: float
    number: int
    stage: Stage = field(compare=False)
    homes: float = field(compare=False)


class _Rehearsal:
    """The queue while it is worked off; seconds after the start."""

    def __init__(
        self,
        work: Work,
        capacity: Capacity,
        answers: Answers,
        opening: Callable[[float], float | None],
    ) -> None:
        self._work, self._answers, self._opening = work, answers, opening
        self._retry = work.retry
        self._cap = capacity.calls_per_second
        self._grain = max(1.0, work.homes / PARCELS)
        self._numbers = count()
        self._first: list[_Parcel] = []
        self._again: list[_Parcel] = []
        self._gathered: dict[Stage, tuple[float, float]] = {}
        self._lines(capacity.lines, capacity.taken_for)
        self._share, self._credit = capacity.again, 0.0
        self._left_at = 0.0
        self.won: list[tuple[float, float]] = []
        self.tries = 0.0
        self.over_at = 0.0

    def run(self, start: datetime) -> bool:
        """Work everything off; False where calls may never leave again."""
        for due in self._work.due:
            after = max(0.0, (due.at - start).total_seconds())
            for homes in _cut(due.homes, self._grain):
                self._queue(after, due.stage, homes)
        for live in self._work.live:
            self._end(live)
        while self._first or self._again or self._flush():
            if not self._serve():
                return False
        return True

    def _lines(self, lines: int, taken_for: float) -> None:
        """Lay out the lines, as many as a parcel holds in one; some are busy."""
        servers = max(1, round(lines / self._grain))
        busy = sorted(self._rest(live) for live in self._work.live)
        every = [0.0] * max(0, max(1, lines) - len(busy)) + busy
        step = len(every) / servers
        free = (every[int((n + 0.5) * step)] for n in range(servers))
        self._free = [max(taken_for, seconds) for seconds in free]
        heapify(self._free)
        self._a_home = servers / max(lines, 1)

    def _rest(self, live: Live) -> float:
        """Return how long a call still lasts on average."""
        fate = self._answers.fate(live)
        lasts = sum(s * self._answers.lasts(o) for o, s in fate.items())
        return max(1.0, lasts - live.seconds)

    def _end(self, live: Live) -> None:
        """Let a call that is under way come to what it may."""
        for outcome, share in self._answers.fate(live).items():
            rest = max(1.0, self._answers.lasts(outcome) - live.seconds)
            self._follow(live.stage, outcome, share, rest)

    def _queue(self, due: float, stage: Stage, homes: float) -> None:
        is_first = stage.last is None and not stage.elsewhere
        heap = self._first if is_first else self._again
        heappush(heap, _Parcel(due, next(self._numbers), stage, homes))

    def _next(self, free: float) -> _Parcel:
        """Take the parcel that is due longest; now and then a retry before it."""
        first, again = self._first, self._again
        if not first or not again:
            return heappop(first or again)
        if first[0].due <= free and again[0].due <= free and self._share:
            self._credit += self._share
            if self._credit >= 1:
                self._credit -= 1
                return heappop(again)
        return heappop(first if first[0] <= again[0] else again)

    def _serve(self) -> bool:
        """Carry out one parcel."""
        free = heappop(self._free)
        parcel = self._next(free)
        begin = max(free, parcel.due)
        if self._cap is not None:
            begin = max(begin, self._left_at + parcel.homes / self._cap)
        opens = self._opening(begin)
        if opens is None:
            return False
        self._left_at = begin = opens
        shares = self._answers.shares(parcel.stage)
        lasts = sum(s * self._answers.lasts(o) for o, s in shares.items())
        spread = 0.5 + (parcel.number * GOLDEN) % 1.0  # else all lines beat in step
        heappush(self._free, begin + spread * lasts * parcel.homes * self._a_home)
        self.tries += parcel.homes
        for outcome, share in shares.items():
            over = begin + self._answers.lasts(outcome)
            self._follow(parcel.stage, outcome, share * parcel.homes, over)
        return True

    def _follow(
        self, stage: Stage, outcome: Outcome, homes: float, over: float
    ) -> None:
        """Let some homes go their way after an outcome."""
        self.over_at = max(self.over_at, over)
        if outcome is Outcome.ACKNOWLEDGED:
            self.won.append((over, homes))
            return
        is_first = stage.last is None and not stage.elsewhere
        if is_first and not RULES[outcome].home_waits and self._work.several:
            self._gather(over, Stage(elsewhere=True), homes * self._work.several)
            homes *= 1 - self._work.several
        found = self._back(stage, outcome)
        if found is not None:
            delay, after = found
            self._gather(over + delay.total_seconds(), after, homes)

    def _back(self, stage: Stage, outcome: Outcome) -> tuple[timedelta, Stage] | None:
        """Return when a number is rung again, and as what; None where never."""
        rule = RULES[outcome]
        made = stage.made + (rule.counted is not Counted.NO)
        times = max(1, made) if outcome is stage.last else 1
        if made >= self._retry.tries_per_point:
            return None
        if rule.limit is not None and times >= rule.limit:
            return None
        return self._retry.delay_after(outcome, times), Stage(made, outcome)

    def _gather(self, due: float, stage: Stage, homes: float) -> None:
        """Add homes to those that come back alike; half a parcel goes as one."""
        before, _ = self._gathered.get(stage, (0.0, 0.0))
        total = before + homes
        while total >= self._grain / 2:
            self._queue(due, stage, self._grain)
            total -= self._grain
        self._gathered[stage] = total, due

    def _flush(self) -> bool:
        """Queue what never became a parcel; False where nothing is left."""
        for stage, (homes, due) in self._gathered.items():
            if homes > NEGLIGIBLE * self._grain:
                self._gathered[stage] = 0.0, due
                self._queue(due, stage, homes)
                return True
        return False


def gathered(due: Sequence[Due]) -> tuple[Due, ...]:
    """Return the same homes as few parcels: who comes back alike comes back together.

    Hundreds of thousands of single retries would take a processor for minutes.
    """
    if len(due) <= PARCELS:
        return tuple(due)
    grain = sum(one.homes for one in due) / PARCELS
    found: list[Due] = []
    lumps: dict[Stage, tuple[float, float]] = {}
    start = min(one.at for one in due)
    for one in sorted(due, key=lambda one: one.at):
        homes, waits = lumps.get(one.stage, (0.0, 0.0))
        homes += one.homes
        waits += one.homes * (one.at - start).total_seconds()
        if homes >= grain:
            found.append(
                Due(start + timedelta(seconds=waits / homes), homes, one.stage)
            )
            homes = waits = 0.0
        lumps[one.stage] = homes, waits
    found += [
        Due(start + timedelta(seconds=waits / homes), homes, stage)
        for stage, (homes, waits) in lumps.items()
        if homes
    ]
    return tuple(found)


def forecast(
    work: Work,
    capacity: Capacity,
    answers: Answers,
    start: datetime,
    hours: CallingHours | None = None,
) -> Forecast:
    """Rehearse what is left from `start` on; tell when how many have acknowledged."""
    rehearsal = _Rehearsal(work, capacity, answers, _opening(start, hours))
    is_finished = capacity.lines > 0 and rehearsal.run(start)
    won = sorted(rehearsal.won)
    reachable = work.acknowledged + sum(homes for _, homes in won)
    milestones = dict(_milestones(work.acknowledged, reachable, won, start))
    ends_at = start + timedelta(seconds=rehearsal.over_at) if is_finished else None
    return Forecast(milestones, ends_at, reachable, rehearsal.tries)


def _milestones(
    acknowledged: int,
    reachable: float,
    won: Sequence[tuple[float, float]],
    start: datetime,
) -> Iterator[tuple[int, datetime | None]]:
    """Yield when each share of the reachable has acknowledged; None: already."""
    reached = accumulate((homes for _, homes in won), initial=float(acknowledged))
    steps = list(zip((at for at, _ in won), list(reached)[1:], strict=True))
    for share in MILESTONES:
        wanted = reachable * share / 100 - ROUNDING
        later = (at for at, total in steps if acknowledged < wanted <= total)
        at = next(later, None)
        yield share, None if at is None else start + timedelta(seconds=at)


def _opening(
    start: datetime, hours: CallingHours | None
) -> Callable[[float], float | None]:
    """Return what tells, of seconds after the start, when calls may leave."""
    if hours is None or not hours.windows:
        return lambda seconds: seconds

    def opening(seconds: float) -> float | None:
        opens = hours.next_opening(start + timedelta(seconds=seconds))
        return None if opens is None else (opens - start).total_seconds()

    return opening


def _cut(homes: float, grain: float) -> Iterator[float]:
    while homes > NEGLIGIBLE:
        yield min(grain, homes)
        homes -= grain
