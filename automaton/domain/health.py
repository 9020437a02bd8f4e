"""What a run of outcomes says of a trunk: sound, congested or broken."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from automaton.domain.outcome import Outcome
from automaton.domain.retry import RULES, TrunkVerdict
from automaton.domain.throttle import Seen, Throttle, choked, went_well

SUSPICIONS = 5
SUSPICIOUS_SECONDS = 10.0
BROKEN_SECONDS = 60.0
PROBE_SECONDS = 15.0
SAME_WORD = 12
LATELY_SECONDS = 30.0

# Words about the called line: the trunk has carried the call.
CARRIED = frozenset(
    {
        Outcome.ACKNOWLEDGED,
        Outcome.OPTED_OUT,
        Outcome.ANSWERED_NO_KEY,
        Outcome.MACHINE,
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.REJECTED,
        Outcome.NUMBER_CHANGED,
        Outcome.ANNOUNCEMENT,
        Outcome.SCREENED,
    }
)


@dataclass(frozen=True, slots=True)
class Health:
    """A trunk's condition. Seconds are monotonic.

    `refuses`: it left us by its own word; else it is only suspected.
    """

    throttle: Throttle = field(default_factory=Throttle)
    broken_until: float | None = None
    reason: str = ""
    refuses: bool = False
    suspicions: tuple[float, ...] = ()
    unallocated: int = 0
    probed_at: float = float("-inf")
    carried_at: float = float("-inf")

    @property
    def rate(self) -> float | None:
        """The calls a second that it may start, None where it does not choke."""
        return self.throttle.rate

    @property
    def is_broken(self) -> bool:
        """Whether only probes may use the trunk."""
        return self.broken_until is not None


def after(health: Health, outcome: Outcome, now: float) -> Health:
    """Return the condition after one more outcome on the trunk.

    Congestion is not told here: it may be the exchange's alone. What leaves a broken
    trunk broken renews the moment until which it is left.
    """
    if outcome in CARRIED:
        return carried(health, now)
    return _renewed(health, _blamed(health, outcome, now), now)


def _blamed(health: Health, outcome: Outcome, now: float) -> Health:
    verdict = RULES[outcome].trunk
    if verdict in (TrunkVerdict.BROKEN, TrunkVerdict.CALLER_ID):
        return replace(
            broken(health, outcome.value, now), reason=outcome.value, refuses=True
        )
    if verdict is TrunkVerdict.SUSPECT:
        return _suspected(health, outcome, now)
    if outcome is Outcome.UNALLOCATED:
        return _unallocated(health, now)
    return health


def after_congestion(
    health: Health, seen: Seen, now: float, retry_after: float | None = None
) -> Health:
    """Return the condition of a trunk that takes fewer calls than it was sent."""
    return replace(health, throttle=choked(health.throttle, seen, now, retry_after))


def after_silence(health: Health, now: float) -> Health:
    """Return the condition after a call that we gave up and that never even rang.

    A dead trunk is like that, but so is an operator that tells nothing of ringing: it
    is suspicious only where the trunk has carried no call lately.
    """
    if now - health.carried_at < LATELY_SECONDS:
        return health
    return _renewed(health, _suspected(health, Outcome.TRUNK_TIMEOUT, now), now)


def broken(health: Health, reason: str, now: float) -> Health:
    """Return a trunk that only probes may use from now on.

    One that refuses us goes on doing so, whatever else is suspected meanwhile.
    """
    until = now + BROKEN_SECONDS
    reason = health.reason if health.refuses else reason
    return replace(health, broken_until=until, reason=reason, probed_at=now)


def _renewed(before: Health, health: Health, now: float) -> Health:
    if not (before.is_broken and health.is_broken):
        return health
    return replace(health, broken_until=now + BROKEN_SECONDS)


def carried(health: Health, now: float) -> Health:
    """Return a trunk that has just carried a call: sound, perhaps a step faster."""
    sound = replace(
        health,
        broken_until=None,
        reason="",
        refuses=False,
        suspicions=(),
        unallocated=0,
        carried_at=now,
    )
    return replace(sound, throttle=went_well(sound.throttle, now))


def getting_through(health: Health, now: float) -> Health:
    """Return a trunk by which somebody's telephone rings, perhaps a step faster.

    Whether it is sound is told by how the call ends.
    """
    throttle = went_well(health.throttle, now)
    return health if throttle is health.throttle else replace(health, throttle=throttle)


def _suspected(health: Health, outcome: Outcome, now: float) -> Health:
    recent = [at for at in health.suspicions if now - at < SUSPICIOUS_SECONDS]
    suspected = replace(health, suspicions=(*recent, now))
    if len(suspected.suspicions) < SUSPICIONS:
        return suspected
    return broken(suspected, outcome.value, now)


def _unallocated(health: Health, now: float) -> Health:
    """Take a row of nothing but 404 for a fault of the trunk, not of the numbers."""
    counted = replace(health, unallocated=health.unallocated + 1)
    if counted.unallocated < SAME_WORD:
        return counted
    return broken(counted, "unallocated_burst", now)
