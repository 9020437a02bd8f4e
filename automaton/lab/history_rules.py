"""What a history must keep to, and what a break of it is: plain values.

`INVARIANTS` are the eight sentences that `automaton.lab.history` judges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from automaton.lab.oracle import Expectation

INVARIANTS: Mapping[str, str] = {
    "I1": "Nobody is rung once their acknowledgement is kept.",
    "I2": "Never two live calls to one number, nor to one home.",
    "I3": "Every key that was heard confirmed is on record.",
    "I4": "Tries stay within the budget and under the ceilings.",
    "I5": "Every recipient ends in a final state.",
    "I6": "Calls leave no faster than the trunk allows.",
    "I7": "There are no more calls at once than lines.",
    "I8": "Every outcome on record is what happened.",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One break of one invariant; `at` in seconds since 1970, `text` a sentence."""

    invariant: str
    number: str
    at: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Outage:
    """A span in which the caller's side could not act.

    `what`: daemon, asterisk (killed: its calls are dead from `began_at` on), frozen
    (Asterisk stands still, its calls live on), link (until it stands again) or
    database.
    """

    began_at: datetime
    ended_at: datetime
    what: str = "daemon"

    @property
    def kills_calls(self) -> bool:
        """Tell whether the calls that were alive are dead from its beginning on."""
        return self.what == "asterisk"

    @property
    def holds_orders(self) -> bool:
        """Tell whether an order that was under way may leave after it is over."""
        return self.what in ("frozen", "link")

    @property
    def is_deaf(self) -> bool:
        """Tell whether Asterisk may hear of an answer too late, its ring time over."""
        return self.what == "frozen"

    @property
    def hides_calls(self) -> bool:
        """Tell whether what happens to calls meanwhile may never be learnt.

        A daemon that lives keeps it until a database takes it.
        """
        return self.what != "database"


@dataclass(frozen=True, slots=True)
class TrunkRules:
    """Lines and calls per second of one trunk; None is not judged."""

    lines: int | None = None
    calls_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Ceiling:
    """At most `calls` to one number in any span of that length."""

    calls: int
    within: timedelta


CEILINGS = (Ceiling(4, timedelta(hours=2)), Ceiling(6, timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class HistoryRules:
    """Against what a history is judged.

    `trunks` by the name under which the town's log is given, `any_trunk` for all
    others. `tries` are those that count: per number, per home, and all those that do
    not count, per home. `has_ended`: the campaign is over (I5). `others`: numbers that
    are rung for another reason, such as the duty list; only I2, I6 and I7 look at them.
    `peace`: how long after an acknowledgement an INVITE may still be on its way;
    `to_cancel`: within what a ringing call must be withdrawn. `slack`: how much later
    the town may note a hang-up than the caller's side does it. `jitter`: what the
    windows of I6 and I4 are shorter by, since calls are delayed a little on their way.
    """

    trunks: Mapping[str, TrunkRules] = field(default_factory=dict)
    any_trunk: TrunkRules = TrunkRules()
    tries: int = 3
    tries_of_home: int = 8
    uncounted_tries: int = 20
    ceilings: tuple[Ceiling, ...] = CEILINGS
    expectations: Sequence[Expectation] = ()
    has_ended: bool = True
    others: frozenset[str] = frozenset()
    peace: timedelta = timedelta(seconds=0.5)
    to_cancel: timedelta = timedelta(seconds=1)
    slack: timedelta = timedelta(seconds=0.5)
    jitter: timedelta = timedelta(seconds=0.05)

    def trunk(self, name: str) -> TrunkRules:
        """Return the rules of one trunk."""
        return self.trunks.get(name, self.any_trunk)
