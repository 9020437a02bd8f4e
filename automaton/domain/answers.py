"""What calls come to, and for how long each holds its line: assumed, then learnt.

In: what a message and a policy let expect, and what a campaign has seen so far. Out:
for each stage of a home's tries the share of every outcome, and the seconds of each.

What is assumed is what field reports say (56 % at the first pass, 17 % and 5 % of the
homes more at the second and third), laid out by what the try follows: who was busy is
at home, who did not answer may be next time, who has a machine lets it answer numbers
that are not known, and who has heard the message out seldom presses a key later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from automaton.domain.outcome import Outcome
from automaton.domain.retry import RULES, Counted

FIRST_WEIGHT = 30.0  # tries after which what was seen counts as much as the assumption
AGAIN_WEIGHT = 60.0
SECONDS_WEIGHT = 5.0
ANSWER_SECONDS = 12.0
KEY_SECONDS = 8.0
GREETING_SECONDS = 8.0
SHORT_SECONDS = 1.0
GOODBYE_SECONDS = 3.0

Shares = Mapping[Outcome, float]

FIRST: Shares = {
    Outcome.ACKNOWLEDGED: 0.56,
    Outcome.NO_ANSWER: 0.25,
    Outcome.MACHINE: 0.10,
    Outcome.ANSWERED_NO_KEY: 0.04,
    Outcome.BUSY: 0.02,
    Outcome.UNALLOCATED: 0.03,
}
# What the next try succeeds in, and those after it.
AFTER: Mapping[Outcome, tuple[float, float]] = {
    Outcome.NO_ANSWER: (0.39, 0.18),
    Outcome.BUSY: (0.60, 0.10),  # twice: the receiver is off the hook
}
SELDOM = (0.0, 0.0)  # not counted on until the campaign has seen otherwise
BY_A_PERSON = frozenset(
    {
        Outcome.ACKNOWLEDGED,
        Outcome.MACHINE,
        Outcome.SCREENED,
        Outcome.ANSWERED_NO_KEY,
        Outcome.OPTED_OUT,
    }
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a number stands: counted tries at it, and what the last one came to.

    `elsewhere`: a number that was never rung of a home where another was.
    """

    made: int = 0
    last: Outcome | None = None
    elsewhere: bool = False

    @property
    def kind(self) -> Stage:
        """Return the stage that stands for all that are alike."""
        if self.last is None or RULES[self.last].counted is Counted.NO:
            return Stage(elsewhere=self.elsewhere)
        return Stage(min(max(self.made, 1), 2), self.last)


@dataclass(frozen=True, slots=True)
class Tally:
    """So many calls, and the seconds of line of all of them."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Live:
    """A call under way: its seconds so far, and whether somebody picked up."""

    stage: Stage
    seconds: float
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a campaign has seen so far."""

    ended: Mapping[tuple[Stage, Outcome], Tally] = field(default_factory=dict)
    live: Sequence[Live] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """Shares of outcomes by kind of stage, seconds of a line by outcome."""

    seconds: Mapping[Outcome, float]
    learnt: Mapping[Stage, Shares] = field(default_factory=dict)

    def shares(self, stage: Stage) -> Shares:
        """Return what a try at that stage comes to; the shares sum to one."""
        kind = stage.kind
        found = self.learnt.get(kind)
        return assumed_shares(kind) if found is None else found

    def lasts(self, outcome: Outcome) -> float:
        """Return how many seconds such a call holds its line."""
        return self.seconds.get(outcome, SHORT_SECONDS)

    def fate(self, live: Live) -> Shares:
        """Return what a call under way will come to, by how long it lasts already."""
        weights = {
            outcome: share * self._survives(outcome, live)
            for outcome, share in self.shares(live.stage).items()
        }
        total = sum(weights.values())
        if total <= 0:
            return {Outcome.ANSWERED_NO_KEY if live.answered else Outcome.NO_ANSWER: 1}
        return {outcome: weight / total for outcome, weight in weights.items()}

    def _survives(self, outcome: Outcome, live: Live) -> float:
        """Return how likely such a call lasts so long: half to 1.5 times the usual."""
        if live.answered and outcome not in BY_A_PERSON:
            return 0.0
        usual = self.lasts(outcome)
        return min(1.0, max(0.01, 1.5 - live.seconds / usual))


def assumed(message: float, ring: float, repeats: int, wait: float) -> Answers:
    """Return what a message of so many seconds lets expect.

    `ring`: after how long a telephone that nobody answers is left.
    """
    whole = ANSWER_SECONDS + repeats * (message + wait) + GOODBYE_SECONDS
    left = ring / 2 + GREETING_SECONDS + message + wait + GOODBYE_SECONDS
    return Answers(
        {
            Outcome.ACKNOWLEDGED: ANSWER_SECONDS + message + KEY_SECONDS,
            Outcome.NO_ANSWER: ring,
            Outcome.MACHINE: left,
            Outcome.ANSWERED_NO_KEY: whole,
        }
    )


def assumed_shares(kind: Stage) -> Shares:
    """Return what a try at that kind is assumed to come to: success, or as before."""
    if kind.last is None:
        return FIRST
    success = AFTER.get(kind.last, SELDOM)[min(kind.made, 2) - 1]
    return {kind.last: 1 - success, Outcome.ACKNOWLEDGED: success}


def learnt(before: Answers, seen: Seen) -> Answers:
    """Return what is to be expected now that some calls have ended.

    Calls under way count too, by what they may still come to: else the short ones,
    which end first, would seem to be more than they are.
    """
    known = _corrected(replace(before, seconds=_seconds(before, seen)), seen, ())
    return _corrected(known, seen, seen.live)


def _seconds(before: Answers, seen: Seen) -> Mapping[Outcome, float]:
    totals: dict[Outcome, tuple[int, float]] = {}
    for (_, outcome), tally in seen.ended.items():
        calls, seconds = totals.get(outcome, (0, 0.0))
        totals[outcome] = calls + tally.calls, seconds + tally.seconds
    found = {
        outcome: (SECONDS_WEIGHT * before.lasts(outcome) + seconds)
        / (SECONDS_WEIGHT + calls)
        for outcome, (calls, seconds) in totals.items()
    }
    return {**before.seconds, **found}


def _corrected(known: Answers, seen: Seen, live: Sequence[Live]) -> Answers:
    """Return the answers with the shares that were seen, by kind of stage."""
    counts: dict[Stage, dict[Outcome, float]] = defaultdict(lambda: defaultdict(float))
    for (stage, outcome), tally in seen.ended.items():
        counts[stage.kind][outcome] += tally.calls
    for one in live:
        for outcome, share in known.fate(one).items():
            counts[one.stage.kind][outcome] += share
    return replace(known, learnt={k: _believed(k, c) for k, c in counts.items()})


def _believed(kind: Stage, counts: Mapping[Outcome, float]) -> Shares:
    weight = FIRST_WEIGHT if kind.last is None else AGAIN_WEIGHT
    assumption, calls = assumed_shares(kind), sum(counts.values())
    return {
        outcome: (weight * assumption.get(outcome, 0.0) + counts.get(outcome, 0.0))
        / (weight + calls)
        for outcome in {*assumption, *counts}
    }
