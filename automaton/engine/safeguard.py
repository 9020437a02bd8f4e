"""Trunks that choke or break: slowed, left, probed, taken back (loop's thread)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import Campaign
from automaton.domain.health import (
    CARRIED,
    PROBE_SECONDS,
    Health,
    after,
    after_silence,
    carried,
)
from automaton.domain.outcome import Outcome
from automaton.domain.trunk import Trunk
from automaton.engine.pace import Bucket
from automaton.ports import TrunkCondition

UNLIMITED = 1_000_000
PAUSED_BY_SAFEGUARD = "safeguard: nothing gets through"


@dataclass(slots=True)
class _Guarded:
    health: Health
    bucket: Bucket | None = None
    probe: str | None = None
    since: datetime | None = None


class Safeguard:
    """What every trunk may still carry, from the outcomes that it brought."""

    def __init__(self, trunks: Sequence[Trunk]) -> None:
        self._guarded = {
            trunk.name: _Guarded(Health(ceiling=trunk.calls_per_second))
            for trunk in trunks
        }
        self._changed: set[str] = set()
        self._noted: frozenset[str] = frozenset()

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
            health = _learnt(guarded, attempt, seconds)
            is_known = attempt.outcome or attempt.answered_at or attempt.lost
            if attempt.id == guarded.probe and is_known:
                guarded.probe = None
            self._set(attempt.trunk, health)

    def starts(self, name: str, seconds: float) -> int:
        """Return how many calls the trunk may start: all, some, one probe or none."""
        guarded = self._guarded[name]
        if guarded.health.is_broken:
            return int(self._may_probe(guarded, seconds))
        if guarded.bucket is None:
            return UNLIMITED
        return guarded.bucket.available(seconds)

    def started(self, attempt_id: str, name: str, seconds: float) -> None:
        """Note that a call leaves on the trunk; on a broken one it is the probe."""
        guarded = self._guarded[name]
        if guarded.bucket is not None:
            guarded.bucket.take(1, seconds)
        if guarded.health.is_broken:
            guarded.probe = attempt_id
            guarded.health = replace(guarded.health, probed_at=seconds)

    def usable(self) -> list[str]:
        """Return the trunks that are not broken."""
        return [n for n, g in self._guarded.items() if not g.health.is_broken]

    def may_probe(self, campaign: Campaign) -> bool:
        """Tell whether a paused campaign may send single probes."""
        return (campaign.pause_reason or "").startswith("safeguard")

    def changes(self, now: datetime, seconds: float) -> list[TrunkCondition]:
        """Return the conditions that changed since the last call."""
        changed = sorted(self._changed)
        self._changed.clear()
        return [self._condition(name, now, seconds) for name in changed]

    def tell_again(self, conditions: Iterable[TrunkCondition]) -> None:
        """Let what could not be written be a change once more."""
        self._changed.update(condition.name for condition in conditions)

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
        if before.rate != health.rate:
            guarded.bucket = _bucket(health)
            guarded.since = guarded.since if health.is_broken else None

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
        return health
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


def _bucket(health: Health) -> Bucket | None:
    if health.rate is None:
        return None
    return Bucket(health.rate, 1.0, health.calm_since)
