"""Trunks that choke or break: slowed, left, probed, taken back (loop's thread)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import Campaign
from automaton.domain.health import (
    CARRIED,
    PROBE_SECONDS,
    Health,
    after,
    after_congestion,
    after_silence,
    carried,
    getting_through,
)
from automaton.domain.outcome import Outcome
from automaton.domain.throttle import Throttle, lapsed
from automaton.domain.trunk import Trunk
from automaton.engine.lines.exchanges import Exchanges
from automaton.engine.lines.pace import Bucket, LearnedPace
from automaton.ports import TrunkCondition

UNLIMITED = 1_000_000
PAUSED_BY_SAFEGUARD = "safeguard: nothing gets through"


@dataclass(slots=True)
class _Guarded:
    health: Health
    pace: LearnedPace = field(default_factory=LearnedPace)
    probe: str | None = None
    since: datetime | None = None


class Safeguard:
    """What every trunk may still carry, from the outcomes that it brought.

    `learns`: whether congestion makes trunks and exchanges slower.
    """

    def __init__(self, trunks: Sequence[Trunk], *, learns: bool = True) -> None:
        self._guarded = {
            trunk.name: _Guarded(Health(Throttle(ceiling=trunk.calls_per_second)))
            for trunk in trunks
        }
        self._changed: set[str] = set()
        self._noted: frozenset[str] = frozenset()
        self.exchanges = Exchanges(learns=learns)

    def note(
        self,
        attempts: Sequence[Attempt],
        seconds: float,
        unwritten: frozenset[str] = frozenset(),
    ) -> None:
        """Learn from attempts that have just ended, and from answers.

        What could not be written comes again, with the next ones or later where it is
        one of the `unwritten`; it counts once.
        """
        before = self._noted
        ended = frozenset(one.id for one in attempts if one.outcome is not None)
        self._noted = ended | (before & unwritten)
        for attempt in attempts:
            guarded = self._guarded.get(attempt.trunk or "")
            if guarded is None or attempt.trunk is None or attempt.id in before:
                continue
            health = self._told_of(guarded, attempt, seconds)
            is_known = attempt.outcome or attempt.answered_at or attempt.lost
            if attempt.id == guarded.probe and is_known:
                guarded.probe = None
            self._set(attempt.trunk, health)

    def starts(self, name: str, seconds: float) -> int:
        """Return how many calls the trunk may start: all, some, one probe or none."""
        guarded = self._guarded[name]
        if guarded.health.is_broken:
            return int(self._may_probe(guarded, seconds))
        if self.is_held(name, seconds):
            return 0
        bucket = _bucket(guarded, seconds)
        return UNLIMITED if bucket is None else bucket.available(seconds)

    def starts_within(self, name: str, span: float, seconds: float) -> int:
        """Return how many calls the trunk may start in the next `span` seconds."""
        guarded = self._guarded[name]
        is_held = seconds + span < guarded.health.throttle.held_until
        if guarded.health.is_broken or is_held:
            return 0
        bucket = _bucket(guarded, seconds)
        return UNLIMITED if bucket is None else bucket.within(span, seconds)

    def is_held(self, name: str, seconds: float) -> bool:
        """Tell whether a trunk has asked us to wait until later (Retry-After)."""
        return seconds < self._guarded[name].health.throttle.held_until

    def rate(self, name: str) -> float | None:
        """Return the calls a second that a trunk has been found to take."""
        return self._guarded[name].health.rate

    def wait(self, name: str, seconds: float) -> float:
        """Return the seconds until a trunk that chokes may start one more call."""
        guarded = self._guarded[name]
        bucket = _bucket(guarded, seconds)
        held = guarded.health.throttle.held_until - seconds
        return max(0.0, held, 0.0 if bucket is None else bucket.wait(seconds))

    def started(self, attempt: Attempt, name: str, seconds: float) -> None:
        """Note that a call leaves on the trunk; on a broken one it is the probe."""
        guarded = self._guarded[name]
        bucket = _bucket(guarded, seconds)
        if bucket is not None:
            bucket.take(1, seconds)
        self.exchanges.started(attempt.e164, name, seconds)
        if guarded.health.is_broken:
            guarded.probe = attempt.id
            guarded.health = replace(guarded.health, probed_at=seconds)

    def never_left(self, attempt_id: str) -> None:
        """Note that an order stayed here: a probe makes room for the next one."""
        for guarded in self._guarded.values():
            if guarded.probe == attempt_id:
                guarded.probe = None

    def may_leave(self, attempt_id: str, name: str, seconds: float) -> bool:
        """Tell whether a call that waited for its line may still leave by the trunk."""
        guarded = self._guarded[name]
        if guarded.health.is_broken:
            return guarded.probe == attempt_id
        return not self.is_held(name, seconds)

    def usable(self) -> list[str]:
        """Return the trunks that are not broken."""
        return [n for n, g in self._guarded.items() if not g.health.is_broken]

    def health(self, name: str) -> Health:
        """Return what is known of a trunk."""
        return self._guarded[name].health

    def may_probe(self, campaign: Campaign) -> bool:
        """Tell whether a paused campaign may send single probes."""
        return (campaign.pause_reason or "").startswith("safeguard")

    def changes(self, now: datetime, seconds: float) -> list[TrunkCondition]:
        """Return the conditions that changed since the last call."""
        self._forget(seconds)
        changed = sorted(self._changed)
        self._changed.clear()
        return [self._condition(name, now, seconds) for name in changed]

    def _forget(self, seconds: float) -> None:
        """Forget the rates that were learned long ago and that nobody has tried."""
        self.exchanges.forget(seconds)
        for name, guarded in self._guarded.items():
            throttle = lapsed(guarded.health.throttle, seconds)
            if throttle is not guarded.health.throttle:
                self._set(name, replace(guarded.health, throttle=throttle))

    def tell_again(self, conditions: Iterable[TrunkCondition]) -> None:
        """Let what could not be written be a change once more."""
        self._changed.update(condition.name for condition in conditions)

    def _told_of(self, guarded: _Guarded, attempt: Attempt, seconds: float) -> Health:
        """Return the condition of a trunk after a call, also where it is the trunk's.

        That an exchange has no room says nothing of the trunk which tells it.
        """
        is_slow = guarded.health.rate is not None
        seen = self.exchanges.note(attempt, seconds, trunk_is_slow=is_slow)
        health = _learnt(guarded, attempt, seconds)
        if seen is None:
            return health
        return after_congestion(health, seen, seconds, attempt.retry_after)

    def _may_probe(self, guarded: _Guarded, seconds: float) -> bool:
        waited = seconds - guarded.health.probed_at
        return waited >= PROBE_SECONDS and guarded.probe is None

    def _set(self, name: str, health: Health) -> None:
        guarded = self._guarded[name]
        before, guarded.health = guarded.health, health
        if (before.rate, before.broken_until) != (health.rate, health.broken_until):
            self._changed.add(name)
        if before.is_broken != health.is_broken:
            guarded.since = guarded.probe = None
        if before.rate != health.rate and not health.is_broken:
            guarded.since = None

    def _condition(self, name: str, now: datetime, seconds: float) -> TrunkCondition:
        guarded = self._guarded[name]
        health, since = guarded.health, guarded.since or now
        guarded.since = since
        until = (
            None
            if health.broken_until is None
            else now + timedelta(seconds=health.broken_until - seconds)
        )
        return TrunkCondition(name, health.rate, until, health.reason, since)


def _learnt(guarded: _Guarded, attempt: Attempt, seconds: float) -> Health:
    """Return the condition of a trunk after what became of a call on it."""
    health, heard_at = guarded.health, _heard_at(attempt)
    if health.is_broken and heard_at is not None:
        is_cleared = attempt.id == guarded.probe or _clears(guarded, heard_at)
        return carried(health, seconds) if is_cleared else health
    if attempt.outcome is None:
        return health if attempt.rang_at is None else getting_through(health, seconds)
    if attempt.outcome is Outcome.NO_ANSWER and heard_at is None:
        return after_silence(health, seconds)
    return after(health, attempt.outcome, seconds)


def _heard_at(attempt: Attempt) -> datetime | None:
    """Return when the called line was heard of; None where it was not, or not yet."""
    outcome = attempt.outcome
    if outcome is not None and outcome not in CARRIED:
        return None
    if outcome is None or attempt.answered_at is not None:
        return attempt.answered_at
    rang_at = attempt.rang_at or attempt.announced_at
    return rang_at if outcome is Outcome.NO_ANSWER else attempt.ended_at


def _clears(guarded: _Guarded, heard_at: datetime) -> bool:
    """Tell whether a call that is no probe shows that a broken trunk carries calls.

    What it carried since clears one that is only suspected; one that refuses us had
    accepted those calls before it did.
    """
    since = guarded.since
    return not guarded.health.refuses and since is not None and heard_at > since


def _bucket(guarded: _Guarded, seconds: float) -> Bucket | None:
    return guarded.pace.at(guarded.health.rate, seconds)
