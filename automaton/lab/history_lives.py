"""A history: what is on record beside what the town lived, call by call.

In: records, logs by trunk, rules, outages. Out: a `History` of `Life`s (the calls) and
`Home`s (the recipients), each call with the attempt on record that it came from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from automaton.lab.compare import Call, calls_of
from automaton.lab.history_rules import HistoryRules, Outage, Violation
from automaton.lab.history_spans import Spans
from automaton.lab.log import Event
from automaton.lab.numbers import as_dialled

Row = Mapping[str, Any]

FOREVER = datetime.max.replace(tzinfo=UTC)
# A written log tells milliseconds only, so a call may seem to come before its claim.
_SKEW = timedelta(milliseconds=2)
# After these keys a thanks is said; after 9 only where it was pressed for the second
# time, in answer to the question that follows the first.
_THANKED = "13"
_ASKED_TWICE = "9"
# What the judge calls the fields of an attempt in the report.
_NAMES = {
    "sip_code": "sip",
    "claimed": "claimed_at",
    "rang": "rang_at",
    "answered": "answered_at",
}


@dataclass(slots=True)
class Try:
    """One attempt on record that left; `call` is what the town lived of it."""

    number: str
    row: Row
    home: Home
    claimed_at: datetime | None
    call: Life | None = None


@dataclass(slots=True)
class Home:
    """One recipient on record."""

    row: Row
    numbers: tuple[str, ...] = ()
    tries: list[Try] = field(default_factory=list)
    calls: list[Life] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return how to call the home in a sentence."""
        first = self.numbers[0] if self.numbers else "?"
        return str(self.row.get("name") or self.row.get("id") or first)

    @property
    def state(self) -> str:
        """Return the state on record."""
        return str(self.row.get("state"))


@dataclass(slots=True)
class Life:
    """One call as the town lived it, over at `ended_at` at the latest.

    `home` is whom it was for, None where that cannot be known.
    """

    call: Call
    trunk: str
    ended_at: datetime
    on_record: Try | None = None
    home: Home | None = None

    @property
    def number(self) -> str:
        """Return the number that was rung."""
        return self.call.invite.number

    @property
    def began_at(self) -> datetime:
        """Return when the INVITE came."""
        return self.call.invite.at

    @property
    def answered_at(self) -> datetime | None:
        """Return when it was answered."""
        event = self.call.first("answered")
        return event.at if event else None

    def free_at(self, slack: timedelta) -> datetime:
        """Return when its caller may have known of its end.

        What passes on the wire is exact; a hang-up by the caller is noted late.
        """
        end = self.call.first("hangup")
        if end is None or end.who == "resident" or self.ended_at != end.at:
            return self.ended_at
        return max(self.began_at, self.ended_at - slack)

    def confirmed(self) -> Iterator[tuple[str, datetime]]:
        """Yield each key that was thanked, and when the thanks began to be heard.

        A key counts as thanked once something said after it was heard to its end.
        """
        key: str | None = None
        answers, is_question = "", False
        for event in self.call.events:
            if event.what == "key":
                key = event.key if event.key in _THANKED + answers else None
                is_question = event.key == _ASKED_TWICE and key is None
                answers = _ASKED_TWICE if is_question else ""
            elif event.what == "heard":
                if key:
                    yield key, event.at - timedelta(seconds=event.seconds or 0)
                # The question itself; what is said after it takes it back.
                answers = answers if is_question else ""
                key, is_question = None, False


@dataclass(frozen=True)
class History:
    """Everything that is judged. `lives` in the order of their INVITEs.

    `down`: where anything was down; `held`: where orders may have been held back;
    `blind`: where what happened to calls may have been lost; `deaf`: where Asterisk
    may have heard of an answer too late.
    """

    homes: Sequence[Home]
    lives: Sequence[Life]
    rules: HistoryRules
    down: Spans
    held: Spans
    blind: Spans
    deaf: Spans

    @cached_property
    def by_number(self) -> Mapping[str, list[Life]]:
        """Return the calls of each number."""
        found: defaultdict[str, list[Life]] = defaultdict(list)
        for life in self.lives:
            found[life.number].append(life)
        return found

    @cached_property
    def by_trunk(self) -> Mapping[str, list[Life]]:
        """Return the calls of each trunk."""
        found: defaultdict[str, list[Life]] = defaultdict(list)
        for life in self.lives:
            found[life.trunk].append(life)
        return found


def history(
    records: Iterable[Row],
    logs: Mapping[str, Iterable[Event]],
    rules: HistoryRules,
    outages: Iterable[Outage],
) -> History:
    """Return records and logs side by side."""
    outages = list(outages)
    down = Spans(outages)
    held = Spans(outage for outage in outages if outage.holds_orders)
    lives = sorted(_lives(logs, down), key=lambda life: life.began_at)
    homes = [_home(row) for row in records]
    blind = Spans(outage for outage in outages if outage.hides_calls)
    deaf = Spans(outage for outage in outages if outage.is_deaf)
    told = History(homes, lives, rules, down, held, blind, deaf)
    _match(told)
    for life in lives:
        if life.home is not None:
            life.home.calls.append(life)
    return told


def violation(invariant: str, life: Life, text: str) -> Violation:
    """Return the break of an invariant by a call; its home is told where known."""
    told = f"{life.home.name}: {text}" if life.home else text
    return Violation(invariant, life.number, life.began_at.timestamp(), told)


def moment(told: Any) -> datetime | None:
    """Return a moment of a record, None where there is none."""
    return datetime.fromisoformat(told) if told else None


def _lives(logs: Mapping[str, Iterable[Event]], down: Spans) -> Iterator[Life]:
    for trunk, log in logs.items():
        for calls in calls_of(log).values():
            for call in calls:
                # For its caller, a call is over when Asterisk is killed.
                ends = (call.ended_at, down.death_of(call.invite.at), FOREVER)
                yield Life(call, trunk, min(end for end in ends if end is not None))


def _home(row: Row) -> Home:
    home = Home(row)
    for attempt in row.get("attempts", ()):
        if _has_left(attempt):
            number = as_dialled(attempt["number"])
            told = _named(attempt)
            home.tries.append(Try(number, told, home, moment(told["claimed"])))
    own = [as_dialled(number) for number in row.get("numbers", ())]
    home.numbers = tuple(dict.fromkeys([*own, *(one.number for one in home.tries)]))
    return home


def _named(attempt: Row) -> Row:
    """Return an attempt under the judge's names, whichever it came under."""
    words = {new: attempt.get(new, attempt.get(old)) for new, old in _NAMES.items()}
    return {**attempt, **words}


def _has_left(attempt: Row) -> bool:
    """Tell whether an attempt on record can have come to the town at all.

    Not so: planned only; withdrawn before it was claimed.
    """
    if attempt.get("claimed") or attempt.get("claimed_at"):
        return True
    return attempt.get("outcome") not in (None, "cancelled", "local_failure")


def _match(told: History) -> None:
    """Give each call its attempt on record, and its home."""
    tries: defaultdict[str, list[Try]] = defaultdict(list)
    living: defaultdict[str, list[Home]] = defaultdict(list)
    for home in told.homes:
        for number in home.numbers:
            living[number].append(home)
        for one in home.tries:
            tries[one.number].append(one)
    for number, lives in told.by_number.items():
        _pair(lives, tries.get(number, []))
        homes = living.get(number, [])
        for life in lives:
            if life.on_record is not None:
                life.home = life.on_record.home
            elif len(homes) == 1:
                life.home = homes[0]


def _pair(lives: Sequence[Life], tries: Sequence[Try]) -> None:
    """Pair the calls of one number with its attempts: each came after its claim.

    Records that do not tell when they were claimed are paired in their order.
    """
    if any(one.claimed_at is None for one in tries):
        for life, one in zip(lives, tries, strict=False):
            life.on_record, one.call = one, life
        return
    waiting = sorted(tries, key=lambda one: one.claimed_at or FOREVER)
    index = -1
    for life in lives:
        last = index
        while index + 1 < len(waiting) and _may_be(waiting[index + 1], life):
            index += 1
        if index > last:
            life.on_record, waiting[index].call = waiting[index], life


def _may_be(one: Try, life: Life) -> bool:
    return one.claimed_at is not None and one.claimed_at <= life.began_at + _SKEW
