"""When a campaign will have reached 50, 80 and 90 % of its homes, and when it ends.

A fluid queue, first due first served. The homes are cut into parcels; a parcel of
`n` tries takes `n / rate` seconds, where `rate = min(lines / seconds of a try, calls
a second of the trunks)`. Of the `k`-th tries the share `acknowledged[k]` succeeds,
`lost` of the first ones finds no telephone at all, and the rest comes back after the
retry delay while it has tries left. Calling hours hold parcels back. Chance, the
order of priorities and other campaigns on the same lines are left out: the figure is
an expectation, and the sum is the same whoever works it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush

from automaton.domain.outcome import Outcome
from automaton.domain.put_off import Held
from automaton.domain.window import CallingHours

MILESTONES = (50, 80, 90)
PARCELS = 200
BELIEVED_TRIES = 100  # a measurement counts as much as the assumption after so many
ANSWER_SECONDS = 12.0
KEY_SECONDS = 8.0
SHORT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class AnswerMix:
    """What tries come to, and for how many seconds each holds its line.

    By default what field reports say: 56 % at the first pass, 17 % and 5 % of the
    homes more at the second and third (of those tried: 39 % and 18 %).
    """

    acknowledged: tuple[float, ...] = (0.56, 0.39, 0.18)
    lost: float = 0.03
    success_seconds: float = 35.0
    other_seconds: float = 28.0

    def success(self, tries: int) -> float:
        """Return the share that succeeds after `tries` tries in vain."""
        return self.acknowledged[min(tries, len(self.acknowledged) - 1)]

    def seconds(self, tries: int) -> float:
        """Return the mean seconds that such a try holds its line."""
        success = self.success(tries)
        return success * self.success_seconds + (1 - success) * self.other_seconds


@dataclass(frozen=True, slots=True)
class Capacity:
    """Lines for this campaign; `calls_per_second` None means no cap."""

    lines: int
    calls_per_second: float | None = None

    def rate(self, seconds: float) -> float:
        """Return how many tries of that length can start in a second."""
        by_lines = self.lines / max(seconds, 0.1)
        cap = self.calls_per_second
        return by_lines if cap is None else min(by_lines, cap)


@dataclass(frozen=True, slots=True)
class Work:
    """What is left to do: homes by tries made in vain; those done are counted apart.

    `waiting[0]` homes were never tried. `tries` is how many each may have in all.
    `held` homes may not be rung before their moment, and are not among the waiting.
    """

    waiting: tuple[float, ...]
    acknowledged: int = 0
    closed: int = 0
    tries: int = 3
    delay: timedelta = timedelta(minutes=10)
    held: tuple[Held, ...] = ()

    @property
    def homes(self) -> float:
        """Return all homes of the campaign."""
        return sum(self.waiting) + len(self.held) + self.acknowledged + self.closed


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected. A milestone that will not be reached is None."""

    milestones: dict[int, datetime | None]
    ends_at: datetime | None
    acknowledged: float
    tries: float


@dataclass(order=True, slots=True)
class _Parcel:
    due_at: datetime
    tries: int
    homes: float = field(compare=False)


@dataclass(slots=True)
class _Course:
    """The queue while it is worked off."""

    free_at: datetime
    queue: list[_Parcel]
    done: list[tuple[datetime, float]] = field(default_factory=list)
    tried: float = 0.0


def expected_mix(message: float, ring: float, repeats: int, wait: float) -> AnswerMix:
    """Return the assumed mix of a message of so many seconds.

    Who does not answer rings for `ring` seconds (60 % of the failures); a machine or a
    silent person hears everything (25 %); busy and the like take two seconds.
    """
    whole = ANSWER_SECONDS + repeats * (message + wait)
    other = 0.60 * ring + 0.25 * whole + 0.15 * SHORT_SECONDS
    success = ANSWER_SECONDS + message + KEY_SECONDS
    return AnswerMix(success_seconds=success, other_seconds=other)


def measured_mix(
    mix: AnswerMix, outcomes: Mapping[Outcome, int], seconds: float | None
) -> AnswerMix:
    """Return the mix corrected by what the campaign itself has seen so far.

    `seconds`: how long its tries held their lines on average, None if unknown.
    """
    ended = sum(outcomes.values())
    if not ended:
        return mix
    believed = ended / (ended + BELIEVED_TRIES)
    seen = outcomes.get(Outcome.ACKNOWLEDGED, 0) / ended
    shares = tuple((1 - believed) * p + believed * seen for p in mix.acknowledged)
    corrected = replace(mix, acknowledged=shares)
    if seconds is None:
        return corrected
    scale = (1 - believed) + believed * seconds / corrected.seconds(0)
    return replace(
        corrected,
        success_seconds=mix.success_seconds * scale,
        other_seconds=mix.other_seconds * scale,
    )


def forecast(
    work: Work,
    capacity: Capacity,
    mix: AnswerMix,
    start: datetime,
    hours: CallingHours | None = None,
) -> Forecast:
    """Work the queue off from `start` on and tell when how many have acknowledged."""
    course = _Course(start, _parcels(work, start))
    hours = hours or CallingHours()
    while course.queue:
        if not _serve(course, work, capacity, mix, hours):
            return _told(course, work, finished=False)
    return _told(course, work, finished=True)


def _parcels(work: Work, start: datetime) -> list[_Parcel]:
    """Cut the homes into parcels; those tried before come back evenly in the delay."""
    parcels = []
    for tries, homes in enumerate(work.waiting):
        count = min(PARCELS, max(1, round(homes))) if homes else 0
        late = work.delay / count if tries and count else timedelta()
        parcels += [
            _Parcel(start + late * index, tries, homes / count)
            for index in range(count)
        ]
    parcels += [_Parcel(one.until, one.tries, 1.0) for one in work.held]
    return sorted(parcels)


def _serve(
    course: _Course,
    work: Work,
    capacity: Capacity,
    mix: AnswerMix,
    hours: CallingHours,
) -> bool:
    """Carry out one parcel; False where calls may never leave again."""
    parcel = heappop(course.queue)
    begin = hours.next_opening(max(course.free_at, parcel.due_at))
    seconds = mix.seconds(parcel.tries)
    rate = capacity.rate(seconds)
    if begin is None or rate <= 0:
        return False
    course.free_at = begin + timedelta(seconds=parcel.homes / rate)
    over_at = course.free_at + timedelta(seconds=seconds)
    success = parcel.homes * mix.success(parcel.tries)
    course.tried += parcel.homes
    course.done.append((over_at, success))
    lost = parcel.homes * mix.lost if parcel.tries == 0 else 0.0
    left = parcel.homes - success - lost
    if left > 0 and parcel.tries + 1 < work.tries:
        back = _Parcel(over_at + work.delay, parcel.tries + 1, left)
        heappush(course.queue, back)
    return True


def _told(course: _Course, work: Work, finished: bool) -> Forecast:
    """Return what the course says, in the order of time."""
    done = sorted(course.done)
    reached = float(work.acknowledged)
    milestones: dict[int, datetime | None] = dict.fromkeys(MILESTONES)
    for at, success in done:
        reached += success
        for share in MILESTONES:
            if milestones[share] is None and reached >= work.homes * share / 100:
                milestones[share] = at
    ends_at = (done[-1][0] if done else course.free_at) if finished else None
    return Forecast(milestones, ends_at, reached, course.tried)
