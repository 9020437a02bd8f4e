"""What follows for a recipient from all its attempts: a state, and perhaps a next try.

Computed from the whole history each time, so that a late fact or a second look gives
the same answer as the first. The caller adds calling hours and number ceilings.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.proof import Proof, highest, proof_of
from automaton.domain.recipient import Point, Recipient, RecipientState
from automaton.domain.retry import (
    NOT_AT_ONCE,
    RULES,
    RetryPolicy,
    Rule,
    is_counted,
)

LONGEST_RETRY_AFTER = timedelta(minutes=30)
LONGEST_OF_AN_ALERT = timedelta(minutes=2)  # no header stops an alert
BAD_DATA = frozenset({Outcome.UNALLOCATED, Outcome.NUMBER_CHANGED, Outcome.BAD_NUMBER})


@dataclass(frozen=True, slots=True)
class NextTry:
    """The next attempt: at which point, from when on, and by which trunk rather not.

    `now_elsewhere`: where another trunk can carry it, it need not wait at all.
    """

    point: Point
    due_at: datetime
    avoid_trunk: str | None = None
    now_elsewhere: bool = False
    jitter: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one look at a recipient concludes. `flagged` points need a person's eye."""

    state: RecipientState
    next_try: NextTry | None = None
    flagged: frozenset[str] = frozenset()
    proof: Proof = Proof.NONE


def settle(
    recipient: Recipient,
    attempts: Sequence[Attempt],
    policy: CallPolicy,
    now: datetime,
    longest_retry_after: timedelta = LONGEST_RETRY_AFTER,
) -> Settlement:
    """Conclude from all attempts of one recipient, oldest first."""
    attempts = [_asked_to_wait(one, longest_retry_after) for one in attempts]
    proof = highest([proof_of(attempt) for attempt in attempts])
    flagged = _flagged(attempts)
    state = _won(attempts, policy) or _open(attempts)
    if state is not None:
        return Settlement(state, None, flagged, proof)
    next_try = _next_try(recipient, attempts, policy, now)
    if next_try is not None:
        return Settlement(RecipientState.WAITING, next_try, flagged, proof)
    return Settlement(_final(recipient, attempts), None, flagged, proof)


def _asked_to_wait(attempt: Attempt, longest: timedelta) -> Attempt:
    """Return an attempt with a Retry-After that is not longer than what is heeded."""
    most = round(longest.total_seconds())
    if attempt.retry_after is None or attempt.retry_after <= most:
        return attempt
    return attempt.having(retry_after=most)


def _won(attempts: Sequence[Attempt], policy: CallPolicy) -> RecipientState | None:
    """Return the final state that a person's act brought, if any."""
    if any(attempt.has_key or attempt.proof for attempt in attempts):
        return RecipientState.ACKNOWLEDGED
    if any(attempt.has_opted_out for attempt in attempts):
        return RecipientState.REFUSED
    if policy.accept_heard_twice and _heard_twice(attempts):
        return RecipientState.ACKNOWLEDGED
    if policy.accept_machine and _left_on_machine(attempts):
        return RecipientState.REACHED_UNCONFIRMED
    return None


def _open(attempts: Sequence[Attempt]) -> RecipientState | None:
    """Return the state of a recipient that still has an attempt under way."""
    if any(attempt.is_open and attempt.lost for attempt in attempts):
        return RecipientState.QUARANTINED
    if any(attempt.is_open for attempt in attempts):
        return RecipientState.TRYING
    return None


def _left_on_machine(attempts: Sequence[Attempt]) -> bool:
    return any(attempt.outcome is Outcome.MACHINE for attempt in attempts)


def _heard_twice(attempts: Sequence[Attempt]) -> bool:
    """Tell whether persons heard the whole message twice, in one call or in two."""
    plays = sum(one.heard_times for one in attempts if not one.has_no_person)
    return plays >= 2


def _rung_once_more(attempts: Sequence[Attempt]) -> bool:
    """Tell whether a counted try came after the message was heard twice."""
    return any(
        _heard_twice(attempts[:count]) and any(map(is_counted, attempts[count:]))
        for count in range(1, len(attempts))
    )


def _flagged(attempts: Sequence[Attempt]) -> frozenset[str]:
    """Return the contact points that a person should look at."""
    points = {attempt.contact_point_id for attempt in attempts}
    return frozenset(point for point in points if _needs_a_person(point, attempts))


def _needs_a_person(point_id: str, attempts: Sequence[Attempt]) -> bool:
    """Tell whether one outcome that flags came as often as its row allows."""
    outcomes = [a.outcome for a in attempts if a.contact_point_id == point_id]
    return any(
        outcome is not None
        and (enough := RULES[outcome].flags_after) is not None
        and outcomes.count(outcome) >= enough
        for outcome in set(outcomes)
    )


def _next_try(
    recipient: Recipient,
    attempts: Sequence[Attempt],
    policy: CallPolicy,
    now: datetime,
) -> NextTry | None:
    """Return the earliest permitted try; equal moments go by the contact's order."""
    if _spent(attempts, policy.retry) or _rung_once_more(attempts):
        return None
    tries = [
        candidate
        for point in sorted(recipient.points, key=lambda p: p.rank)
        if (candidate := _at_point(point, attempts, policy.retry, now)) is not None
    ]
    earliest = min(tries, key=lambda t: t.due_at, default=None)
    return None if earliest is None else _after_the_home(earliest, attempts, policy)


def _spent(attempts: Sequence[Attempt], retry: RetryPolicy) -> bool:
    """Tell whether the ceilings of the whole recipient are reached."""
    counted = sum(map(is_counted, attempts))
    uncounted = len(attempts) - counted
    return counted >= retry.tries_per_recipient or uncounted >= retry.uncounted_tries


def _at_point(
    point: Point, attempts: Sequence[Attempt], retry: RetryPolicy, now: datetime
) -> NextTry | None:
    """Return the next try at one contact point, None if it is done with."""
    if point.flagged:
        return None
    past = [a for a in attempts if a.contact_point_id == point.id]
    if not past:
        return NextTry(point, now)
    if sum(map(is_counted, past)) >= retry.tries_per_point:
        return None
    last = past[-1]
    if last.outcome is None or _was_never_made(last):
        return None
    times = sum(attempt.outcome is last.outcome for attempt in past)
    rule = RULES[last.outcome]
    if rule.limit is not None and times >= rule.limit:
        return None
    sip = None if last.timed_out else last.sip
    delay = retry.delay_after(last.outcome, times, sip)
    found = _after(point, last, rule, delay)
    return replace(found, jitter=retry.jitter_after(last.outcome))


def _was_never_made(attempt: Attempt) -> bool:
    """Tell whether a try ended while it was only planned: its number is gone."""
    return attempt.outcome is Outcome.CANCELLED and attempt.claimed_at is None


def _after(point: Point, last: Attempt, rule: Rule, delay: timedelta) -> NextTry:
    """Return the try that follows one outcome at the same contact point."""
    if last.retry_after is not None:
        delay = max(delay, timedelta(seconds=last.retry_after))
    avoid = last.trunk if rule.other_trunk or rule.now_on_other_trunk else None
    ended_at = last.ended_at or last.due_at
    at_once = rule.now_on_other_trunk and last.sip not in NOT_AT_ONCE
    return NextTry(point, ended_at + delay, avoid, at_once)


def _after_the_home(
    found: NextTry, attempts: Sequence[Attempt], policy: CallPolicy
) -> NextTry:
    """Hold the other numbers of a home back as long as the number it answered."""
    last = attempts[-1] if attempts else None
    if last is None or last.outcome is None or not RULES[last.outcome].home_waits:
        return found
    times = sum(attempt.outcome is last.outcome for attempt in attempts)
    ended_at = last.ended_at or last.due_at
    earliest = ended_at + policy.retry.delay_after(last.outcome, times)
    if found.due_at >= earliest:
        return found
    return replace(found, due_at=earliest, now_elsewhere=False)


def _final(recipient: Recipient, attempts: Sequence[Attempt]) -> RecipientState:
    """Name the final state of a recipient for whom nothing more is tried."""
    if any(a.heard_times and not a.has_no_person for a in attempts):
        return RecipientState.REACHED_UNCONFIRMED
    last = _last_outcomes(recipient, attempts)
    if last and last <= BAD_DATA:
        return RecipientState.BAD_DATA
    if last == {Outcome.REJECTED} or _is_unwanted(last):
        return RecipientState.REFUSED
    if not any(map(is_counted, attempts)):
        return RecipientState.NOT_SERVED
    return RecipientState.EXHAUSTED


def _is_unwanted(last: Collection[Outcome]) -> bool:
    """Tell whether opting out has left no number that can be called."""
    wanted = set(last) - BAD_DATA - {Outcome.REJECTED, Outcome.OPTED_OUT}
    return Outcome.OPTED_OUT in last and not wanted


def _last_outcomes(recipient: Recipient, attempts: Sequence[Attempt]) -> set[Outcome]:
    """Return how each contact point ended last; data flagged before counts as bad."""
    last = {a.contact_point_id: a.outcome for a in attempts if a.outcome is not None}
    known = set(last.values())
    if any(point.flagged and point.id not in last for point in recipient.points):
        known.add(Outcome.BAD_NUMBER)
    return known
