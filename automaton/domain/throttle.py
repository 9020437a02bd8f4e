"""How fast a network that chokes is called: halved by its word, raised step by step.

One learner for a trunk and for an exchange. Comes in: each word of congestion, with
what was really sent and carried, and each call that was carried. Goes out: a rate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

SLOWEST = 0.2
REACTION = 2.0  # seconds in which words still come on calls that left before a cut
STEP_UP = 1.25
NEAR = 0.9  # of where it choked: so far the steps are large
CREEP, CREEP_SECONDS = 0.02, 5.0
CALM_SECONDS = 20.0  # the creeping step doubles after each such span without a word
FREE = 4.0  # times what it choked at: nothing chokes there any more
LONGEST_HOLD = 120.0
FORGOTTEN = 600.0  # seconds after which a rate that nobody has tried says nothing


class Seen(NamedTuple):
    """Calls a second that left and that were carried, as measured until now."""

    started: float
    carried: float


@dataclass(frozen=True, slots=True)
class Throttle:
    """What is known of a network. Seconds are monotonic, rates in calls a second.

    `rate` None: nothing is known against it. `ceiling`: what it may be called anyway;
    `choked_at`: what it carried when it choked last.
    """

    rate: float | None = None
    ceiling: float | None = None
    choked_at: float = inf
    cut_at: float = -inf
    step_at: float = -inf
    held_until: float = -inf


def choked(
    throttle: Throttle, seen: Seen, now: float, retry_after: float | None = None
) -> Throttle:
    """Return what follows one word of congestion.

    The rate is half of what was really sent, but not less than half of what was just
    carried: several cuts in a row would end in nothing. Words on calls that left before
    the last cut only hold. No header may hold an alert for long.
    """
    held = throttle
    if retry_after is not None:
        until = now + min(retry_after, LONGEST_HOLD)
        held = replace(throttle, held_until=max(throttle.held_until, until))
    if now - throttle.cut_at < REACTION:
        return held
    present = min(_or_endless(throttle.rate), _or_endless(throttle.ceiling))
    sent = min(present, seen.started)
    rate = min(max(SLOWEST, seen.carried / 2, sent / 2), present)
    choked_at = max(seen.carried, rate)
    return replace(held, rate=rate, choked_at=choked_at, cut_at=now, step_at=now)


def went_well(throttle: Throttle, now: float) -> Throttle:
    """Return what follows one call that the network carried.

    It comes back fast to nearly where it choked, then creeps; once calm it goes on in
    ever larger steps, and is free again where it is far from what choked.
    """
    rate = throttle.rate
    if rate is None or now < throttle.held_until:
        return throttle
    near = NEAR * throttle.choked_at
    span = REACTION if rate < near else CREEP_SECONDS
    if now - throttle.step_at < span:
        return throttle
    faster = min(rate * STEP_UP, near) if rate < near else rate + _creep(throttle, now)
    is_free = faster >= min(_or_endless(throttle.ceiling), FREE * throttle.choked_at)
    return replace(throttle, rate=None if is_free else faster, step_at=now)


def lapsed(throttle: Throttle, now: float) -> Throttle:
    """Return what is left of it: a rate that was long neither cut nor raised is none.

    Nobody has called meanwhile: the next alert begins as on a network that is sound.
    """
    is_old = now - max(throttle.cut_at, throttle.step_at) >= FORGOTTEN
    return Throttle(ceiling=throttle.ceiling) if throttle.rate and is_old else throttle


def _creep(throttle: Throttle, now: float) -> float:
    spans = int((now - throttle.cut_at) / CALM_SECONDS)
    return CREEP * throttle.choked_at * 2.0 ** min(spans, 10)


def _or_endless(rate: float | None) -> float:
    return inf if rate is None else rate
