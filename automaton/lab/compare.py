"""The judge: a report of the product against what really happened in the town.

In: the report's recipients as plain JSON, the town's log, the oracle. Out: every
contradiction, a sentence each; none means that all agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from automaton.lab.behaviours import BEHAVIOURS
from automaton.lab.choke import CHOKED
from automaton.lab.log import Event
from automaton.lab.numbers import as_dialled
from automaton.lab.oracle import Expectation

Row = Mapping[str, Any]

TOLERANCE_SECONDS = 2.0
# What the caller's side makes of a call that it gave up itself.
GIVEN_UP = {None, 0, 480, 487}
# The keys that mean something in themselves; a report may leave the others out.
TELLING = "139"
WITHOUT_A_PERSON = {
    row.name: row.outcome
    for row in BEHAVIOURS.values()
    if row.outcome in ("machine", "screened")
}
OUTCOME_OF_SIP = {row.sip: row.outcome for row in BEHAVIOURS.values() if row.sip != 200}


@dataclass(slots=True)
class Call:
    """One call as the town lived it."""

    invite: Event
    events: list[Event] = field(default_factory=list)

    def first(self, what: str) -> Event | None:
        """Return the first event of that kind, if there was one."""
        return next((event for event in self.events if event.what == what), None)

    @property
    def keys(self) -> str:
        """Return the keys pressed, in order."""
        return "".join(event.key for event in self.events)

    @property
    def sip(self) -> int | None:
        """Return the final code on the wire, None where the caller gave up."""
        final = self.first("answered") or self.first("refused")
        return final.sip if final else None

    @property
    def outcome(self) -> str:
        """Return the word that the report must use for this call."""
        if self.was_choked:
            return "congestion"
        if self.first("answered") is None:
            return OUTCOME_OF_SIP.get(self.sip, f"SIP {self.sip}")
        if "1" in self.keys or self.invite.behaviour == "press_3":
            return "acknowledged"
        return WITHOUT_A_PERSON.get(self.invite.behaviour, "answered_no_key")

    @property
    def was_choked(self) -> bool:
        """Tell whether its exchange was full: no telephone ever heard of it."""
        return self.invite.behaviour == CHOKED

    @property
    def outcomes(self) -> set[str]:
        """Return every word that is right: the caller may have withdrawn the call."""
        withdrawn = self.sip is None and self.first("cancelled") is not None
        return {self.outcome, "cancelled"} if withdrawn else {self.outcome}

    @property
    def ended_at(self) -> datetime | None:
        """Return when the call was over, None where it still goes on."""
        what = ("refused", "cancelled", "hangup")
        return next((e.at for e in reversed(self.events) if e.what in what), None)


def compare(
    records: Iterable[Row],
    town_log: Iterable[Event],
    oracle: Iterable[Expectation] = (),
) -> list[str]:
    """Return every contradiction between a report and the town, a sentence each.

    `records`: recipients as `{"state": …, "attempts": [{"number", "outcome",
    "sip_code", "keys", "claimed", "rang", "answered"}, …]}`, moments in ISO 8601.
    Without an oracle only what is on record is judged, not what is missing.
    """
    calls = calls_of(town_log)
    rows = list(records)
    found = [word for row in rows for word in _attempts(row, calls)]
    found += _by_home(rows, calls, list(oracle))
    found += [word for row in calls.values() for word in _overlaps(row)]
    return found


def calls_of(town_log: Iterable[Event]) -> dict[str, list[Call]]:
    """Return the calls of each number, oldest first."""
    calls: dict[str, Call] = {}
    for event in town_log:
        if event.what == "invite":
            calls[event.call] = Call(event)
        if event.call in calls:
            calls[event.call].events.append(event)
    by_number: dict[str, list[Call]] = defaultdict(list)
    for call in calls.values():
        by_number[call.invite.number].append(call)
    return by_number


def _attempts(record: Row, calls: Mapping[str, list[Call]]) -> Iterator[str]:
    """Judge every attempt on record against the call that it claims."""
    for number, rows in _rows_by_number(record).items():
        rung = calls.get(number, [])
        if len(rows) != len(rung):
            yield f"{number}: {len(rows)} attempts on record, {len(rung)} calls came."
        for ordinal, (row, call) in enumerate(zip(rows, rung, strict=False), 1):
            for fault in call_faults(row, call):
                yield f"{number}, call {ordinal}: {fault}"


def _rows_by_number(record: Row) -> dict[str, list[Row]]:
    """Return the attempts that left, by number, oldest first."""
    by_number: dict[str, list[Row]] = defaultdict(list)
    for row in record.get("attempts", ()):
        if _has_left(row):
            by_number[as_dialled(row["number"])].append(row)
    for rows in by_number.values():
        rows.sort(key=lambda row: row.get("claimed") or "")
    return by_number


def _has_left(row: Row) -> bool:
    """Tell whether an attempt on record can have come to the town at all.

    Not so: no channel came to be; planned only; withdrawn before it was claimed.
    """
    outcome = row.get("outcome")
    if outcome == "local_failure":
        return False
    return bool(row.get("claimed")) or outcome not in (None, "cancelled")


def call_faults(row: Row, call: Call) -> Iterator[str]:
    """Yield what an attempt on record says wrongly of its call, a sentence each."""
    outcome = row.get("outcome")
    if outcome not in call.outcomes:
        yield f"on record as {outcome}, but it was {call.outcome}."
    keys = "".join(row.get("keys") or "")
    if keys not in (call.keys, "".join(key for key in call.keys if key in TELLING)):
        yield f"keys on record “{keys}”, but pressed “{call.keys}”."
    if not _same_code(row.get("sip_code"), call.sip):
        yield f"SIP {row.get('sip_code')} on record, but {call.sip} was on the wire."
    for word, what in (("rang", "ringing"), ("answered", "answered")):
        fault = _moment_fault(row.get(word), call.first(what), word)
        if fault:
            yield fault


def _same_code(on_record: Any, on_wire: int | None) -> bool:
    """Tell whether two codes agree; no code on record for an answered call is fine."""
    code = int(on_record) if on_record not in (None, "") else None
    if on_wire is None:
        return code in GIVEN_UP
    return code == on_wire or (on_wire == 200 and not code)


def _moment_fault(told: str | None, event: Event | None, word: str) -> str | None:
    """Return what is wrong with one moment on record."""
    if (told is None) != (event is None):
        never = "never" if told is None else "once"
        really = "did" if event is not None else "never did"
        return f"on record it {never} {word}, but the telephone {really}."
    if told is None or event is None:
        return None
    gap = abs((datetime.fromisoformat(told) - event.at).total_seconds())
    if gap <= TOLERANCE_SECONDS:
        return None
    return f"{word} on record {gap:.1f} s away from the town's own clock."


def _by_home(
    rows: list[Row], calls: Mapping[str, list[Call]], oracle: list[Expectation]
) -> Iterator[str]:
    """Judge the final state of every home of the register, and what it went through."""
    homes = {number: home for home in oracle for number in home.numbers}
    states: dict[str, str] = {}
    for row in rows:
        for number in _rows_by_number(row):
            if oracle and number not in homes:
                yield f"{number} is on record, but nobody of the register lives there."
            elif oracle:
                states[homes[number].numbers[0]] = str(row.get("state"))
    for home in oracle:
        yield from state_faults(home, states.get(home.numbers[0]))
        yield from count_faults(home, calls)
        yield from _peace_faults(home, calls)


def state_faults(home: Expectation, state: str | None) -> Iterator[str]:
    """Judge the final state of a home."""
    if state is None:
        yield f"{home.name} ({home.numbers[0]}) has no attempt on record."
    elif state != home.state:
        yield (
            f"{home.name} ({home.numbers[0]}, {home.kind}) is on record as {state}, "
            f"but must be {home.state}."
        )


def count_faults(home: Expectation, calls: Mapping[str, list[Call]]) -> Iterator[str]:
    """Judge how often a home was rung; calls that met a full exchange did not."""
    for number, outcomes in home.outcomes.items():
        rung = sum(not call.was_choked for call in calls.get(number, ()))
        right = len(outcomes)
        if rung > right or (rung < right and len(home.numbers) == 1):
            yield f"{home.name} ({number}) was rung {rung} times, {right} is right."


def _peace_faults(home: Expectation, calls: Mapping[str, list[Call]]) -> Iterator[str]:
    """Judge whether a home was left in peace after it had confirmed."""
    lived = [call for number in home.numbers for call in calls.get(number, ())]
    lived.sort(key=lambda call: call.invite.at)
    for earlier, later in pairwise(lived):
        if "1" in earlier.keys:
            yield (
                f"{home.name} was rung again at {later.invite.number} after having "
                "pressed 1."
            )


def _overlaps(calls: list[Call]) -> Iterator[str]:
    """Find two calls at once to one number."""
    for earlier, later in pairwise(calls):
        ended_at = earlier.ended_at
        if ended_at is None or ended_at > later.invite.at:
            yield f"{later.invite.number} was rung while a call to it was still alive."
