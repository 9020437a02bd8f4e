"""What follows an outcome: one row each, and what a policy may change of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from automaton.domain.attempt import Attempt
from automaton.domain.outcome import Outcome


class Counted(StrEnum):
    """Whether an attempt uses the budget (column R)."""

    YES = "yes"
    NO = "no"
    IF_RANG = "if_rang"


class TrunkVerdict(StrEnum):
    """What an outcome says of the trunk that carried the attempt."""

    NOTHING = "nothing"
    SUSPECT = "suspect"
    CONGESTED = "congested"
    BROKEN = "broken"
    CALLER_ID = "caller_id"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    `delays` follow one another and the last one repeats; `limit` is how many such
    outcomes a contact point may have before it is left (None: the budget decides).
    `flags_after`: after so many of them a person should look at the contact point.
    `home_waits`: the home was reached, its other numbers wait as well.
    """

    counted: Counted
    delays: tuple[timedelta, ...] = ()
    limit: int | None = None
    flags_after: int | None = None
    other_trunk: bool = False
    now_on_other_trunk: bool = False
    home_waits: bool = False
    jitter: timedelta = timedelta()
    trunk: TrunkVerdict = TrunkVerdict.NOTHING


def _minutes(*values: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=value) for value in values)


_SILENT = _minutes(5, 15, 60, 120)
_YES, _NO = Counted.YES, Counted.NO

RULES: dict[Outcome, Rule] = {
    Outcome.ACKNOWLEDGED: Rule(_YES, limit=1),
    Outcome.OPTED_OUT: Rule(_YES, limit=1),
    Outcome.CANCELLED: Rule(_YES, _minutes(5), home_waits=True),
    Outcome.ANSWERED_NO_KEY: Rule(_YES, _minutes(10), home_waits=True),
    Outcome.MACHINE: Rule(_YES, _minutes(15)),
    Outcome.NO_ANSWER: Rule(_YES, _SILENT),
    Outcome.BUSY: Rule(_YES, _minutes(3, 3, 3, 10)),
    Outcome.UNREACHABLE: Rule(Counted.IF_RANG, _minutes(10, 30)),
    Outcome.TRUNK_TIMEOUT: Rule(
        Counted.IF_RANG,
        _minutes(1),
        other_trunk=True,
        now_on_other_trunk=True,
        trunk=TrunkVerdict.SUSPECT,
    ),
    Outcome.UNALLOCATED: Rule(
        _YES, _minutes(60), limit=2, flags_after=2, now_on_other_trunk=True
    ),
    Outcome.NUMBER_CHANGED: Rule(_YES, limit=1, flags_after=1),
    Outcome.BAD_NUMBER: Rule(_NO, limit=1, flags_after=1),
    Outcome.TRUNK_REFUSED: Rule(
        _NO, _minutes(30), other_trunk=True, trunk=TrunkVerdict.SUSPECT
    ),
    Outcome.TRUNK_AUTH: Rule(
        _NO,
        _minutes(1),
        other_trunk=True,
        now_on_other_trunk=True,
        trunk=TrunkVerdict.BROKEN,
    ),
    Outcome.TRUNK_CREDIT: Rule(
        _NO,
        _minutes(1),
        other_trunk=True,
        now_on_other_trunk=True,
        trunk=TrunkVerdict.BROKEN,
    ),
    Outcome.REJECTED: Rule(_YES, _minutes(30), limit=2, home_waits=True),
    Outcome.MEDIA_REFUSED: Rule(
        _NO, _minutes(1), other_trunk=True, trunk=TrunkVerdict.BROKEN
    ),
    Outcome.CALLER_ID_REFUSED: Rule(
        _NO, _minutes(1), other_trunk=True, trunk=TrunkVerdict.CALLER_ID
    ),
    Outcome.TRUNK_FAILURE: Rule(
        _NO,
        _minutes(0.25),
        other_trunk=True,
        jitter=timedelta(seconds=45),
        trunk=TrunkVerdict.SUSPECT,
    ),
    Outcome.OUT_OF_ORDER: Rule(_YES, _minutes(30)),
    Outcome.CONGESTION: Rule(
        _NO,
        _minutes(1),
        other_trunk=True,
        jitter=timedelta(seconds=30),
        trunk=TrunkVerdict.CONGESTED,
    ),
    Outcome.PROTOCOL_GLITCH: Rule(_NO, _minutes(0.5), limit=3),
    Outcome.LOCAL_FAILURE: Rule(_NO, _minutes(0.5), other_trunk=True),
    Outcome.SCREENED: Rule(_YES, _minutes(30), limit=2),
    Outcome.ANNOUNCEMENT: Rule(_YES, _minutes(30), flags_after=2),
    Outcome.UNKNOWN: Rule(_YES, _SILENT),
}

# Codes that wait otherwise than their outcome does, where the network said them: a
# line that rang in vain for the network's time, an operator that nobody answers.
BY_CODE: dict[tuple[Outcome, int], tuple[timedelta, ...]] = {
    (Outcome.NO_ANSWER, 480): _minutes(10, 30),
    (Outcome.NO_ANSWER, 408): _minutes(10),
    (Outcome.TRUNK_TIMEOUT, 408): _minutes(10),
}

# Codes of a network that works and is late: another trunk waits as well.
NOT_AT_ONCE = frozenset({504, 505})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and when: the defaults of docs/retries.md, which a campaign may change.

    `delays` replaces the delays of single outcomes; `every` those of all of them
    (the demonstration's ten seconds).
    """

    tries_per_point: int = 3
    tries_per_recipient: int = 8
    uncounted_tries: int = 20
    delays: dict[Outcome, tuple[timedelta, ...]] = field(default_factory=dict)
    every: timedelta | None = None

    def delay_after(
        self, outcome: Outcome, times: int, sip: int | None = None
    ) -> timedelta:
        """Return the wait after the `times`-th such outcome (1 is the first).

        `sip` is the code that the network said, None where we gave up ourselves.
        """
        delays = self._delays(outcome, sip)
        return delays[min(times, len(delays)) - 1] if delays else timedelta()

    def jitter_after(self, outcome: Outcome) -> timedelta:
        """Return how much longer that wait may be, so that not all end together."""
        jitter = RULES[outcome].jitter
        return jitter if self.every is None else min(jitter, self.every)

    def _delays(self, outcome: Outcome, sip: int | None) -> tuple[timedelta, ...]:
        if outcome in self.delays:
            return self.delays[outcome]
        own = BY_CODE.get((outcome, sip or 0), RULES[outcome].delays)
        return (self.every,) if own and self.every is not None else own


def is_counted(attempt: Attempt) -> bool:
    """Tell whether an ended attempt uses the budget (column R of the table).

    One that never left does not, nor one without a channel, whatever it is called.
    """
    if attempt.outcome is None or attempt.claimed_at is None:
        return False
    if attempt.no_channel and not (attempt.rang_at or attempt.answered_at):
        return False
    counted = RULES[attempt.outcome].counted
    if counted is Counted.IF_RANG:
        return attempt.rang_at is not None
    return counted is Counted.YES
