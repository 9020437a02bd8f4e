"""I3, I5 and I8: what is on record is what happened, whole and in its final form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from automaton.lab.compare import call_faults, count_faults, state_faults
from automaton.lab.history_lives import (
    FOREVER,
    History,
    Home,
    Life,
    Try,
    violation,
)
from automaton.lab.history_owed import owed_tries
from automaton.lab.history_rules import Violation

# The closed list of the project's page on calls, without those that go on.
FINAL_STATES = frozenset(
    {
        "acknowledged",
        "reached_unconfirmed",
        "exhausted",
        "bad_data",
        "refused",
        "excluded",
        "cancelled",
        "expired",
        "not_served",
    }
)
# What a key that was thanked has made of its home; who refuses may have confirmed, and
# a campaign that was ended has ended for them too.
_MADE_BY = {
    "1": {"acknowledged"},
    "9": {"refused", "acknowledged", "cancelled", "expired"},
}
# Outcomes of attempts that may never have come to the town.
NEVER_CAME = frozenset({"local_failure", "cancelled"})
LOST = "unknown"
# From the claim to the INVITE, and from an end to its record, while nothing is down.
_ON_ITS_WAY = timedelta(seconds=2)
_BEING_WRITTEN = timedelta(seconds=1)


def keys_kept(told: History) -> Iterator[Violation]:
    """I3: each key that was thanked is on record; 1 has acknowledged, 9 refused."""
    for life in told.lives:
        if life.number in told.rules.others:
            continue
        for key, _ in life.confirmed():
            fault = _key_fault(life, key)
            if fault:
                yield violation("I3", life, fault)


def final_states(told: History) -> Iterator[Violation]:
    """I5: when a campaign is over, every recipient is in a final state."""
    if not told.rules.has_ended:
        return
    for home in told.homes:
        number = home.numbers[0] if home.numbers else ""
        if home.state not in FINAL_STATES:
            text = f"{home.name}: {home.state} though the campaign is over."
            yield Violation("I5", number, None, text)
        for one in home.tries:
            if one.row.get("outcome") is None:
                text = f"{home.name}: an attempt has no end on record."
                yield Violation("I5", one.number, _seconds(one.claimed_at), text)
    yield from _never_planned(told)


def outcomes(told: History) -> Iterator[Violation]:
    """I8: every outcome, code, key and moment on record is what the town lived.

    A call in which something was down may lack moments, code and keys; its outcome may
    be `unknown` where its end came meanwhile or Asterisk stood still during it,
    `answered_no_key` where what came after the answer could not be learnt, `no_answer`
    where Asterisk stood still when it was answered, until its ring time was over. A
    home that was touched has all its tries.
    """
    for life in told.lives:
        if life.number not in told.rules.others:
            yield from _of_call(told, life)
    for home in told.homes:
        for one in home.tries:
            if one.call is None and not _may_be_missing(told, one):
                told_as = one.row.get("outcome")
                text = f"{home.name}: on record as {told_as}, but no call came."
                yield Violation("I8", one.number, _seconds(one.claimed_at), text)
    yield from _of_homes(told)


def _key_fault(life: Life, key: str) -> str | None:
    if life.on_record is None or life.home is None:
        return f"key {key} was thanked, but the call is not on record."
    row, state = life.on_record.row, life.home.state
    on_record = "".join(row.get("keys") or "")
    if key not in on_record and not (key == "9" and row.get("outcome") == "opted_out"):
        return f"key {key} was thanked, but is not on record."
    if state not in _MADE_BY.get(key, {state}):
        return f"key {key} was thanked, but on record it is {state}."
    return None


def _never_planned(told: History) -> Iterator[Violation]:
    on_record = {number for home in told.homes for number in home.numbers}
    for expected in told.rules.expectations:
        if on_record.isdisjoint(expected.numbers):
            text = f"{expected.name}: not on record at all."
            yield Violation("I5", expected.numbers[0], None, text)


def _of_call(told: History, life: Life) -> Iterator[Violation]:
    if life.on_record is None:
        yield violation("I8", life, "a call came, but no attempt is on record.")
    elif told.blind.touch(*_span(life)):
        for fault in _faults_of_touched(told, life, life.on_record):
            yield violation("I8", life, fault)
    elif life.ended_at != FOREVER:
        for fault in call_faults(life.on_record.row, life.call):
            yield violation("I8", life, fault)


def _faults_of_touched(told: History, life: Life, one: Try) -> Iterator[str]:
    """Yield what cannot be true of a call in which something was down."""
    outcome, right = one.row.get("outcome"), set(life.call.outcomes)
    if (answered := life.answered_at) is not None:
        right.add("answered_no_key")
        if told.deaf.touch(answered, answered):
            right.add("no_answer")
    if told.blind.touch(*_end(life)) or told.deaf.touch(*_span(life)):
        right.add(LOST)
    if outcome not in right:
        words = " or ".join(sorted(right))
        yield f"on record as {outcome}, but it was {words} at the most."
    pressed = iter(life.call.keys)
    keys = "".join(one.row.get("keys") or "")
    if not all(key in pressed for key in keys):
        yield f"keys on record “{keys}”, but pressed “{life.call.keys}”."


def _may_be_missing(told: History, one: Try) -> bool:
    """Tell whether an attempt on record is right though no call came to the town."""
    outcome, begun = one.row.get("outcome"), one.claimed_at
    if outcome in NEVER_CAME:
        return True
    if outcome != LOST or begun is None:
        return False
    return told.down.touch(begun, begun + _ON_ITS_WAY)


def _of_homes(told: History) -> Iterator[Violation]:
    """Judge homes against the script; of those that an outage touched, their tries."""
    homes = {number: home for home in told.homes for number in home.numbers}
    for expected in told.rules.expectations:
        home = homes.get(expected.numbers[0])
        if home is None or not told.rules.has_ended:
            continue
        if _is_touched(told, home):
            for fault in owed_tries(home, expected, told.rules):
                yield Violation("I8", expected.numbers[0], None, fault)
            continue
        calls = {
            number: [life.call for life in told.by_number.get(number, ())]
            for number in expected.numbers
        }
        faults = [*state_faults(expected, home.state), *count_faults(expected, calls)]
        for fault in faults:
            yield Violation("I8", expected.numbers[0], None, fault)


def _is_touched(told: History, home: Home) -> bool:
    """Tell whether something that a fault hid may have changed how a home was rung."""
    if any(told.blind.touch(*_span(life)) for life in home.calls):
        return True
    if any(one.call and one.row.get("outcome") == "cancelled" for one in home.tries):
        return True  # a call that was taken back for an alert: its turn in the script
    claims = [one.claimed_at for one in home.tries if one.claimed_at and not one.call]
    return any(told.down.touch(at, at + _ON_ITS_WAY) for at in claims)


def _span(life: Life) -> tuple[datetime, datetime]:
    """Return from when to when a call went on and was written down."""
    return life.began_at, _end(life)[1]


def _end(life: Life) -> tuple[datetime, datetime]:
    """Return when a call ended, and by when its end was written down."""
    end = min(life.ended_at, FOREVER - _BEING_WRITTEN)
    return end, end + _BEING_WRITTEN


def _seconds(at: datetime | None) -> float | None:
    return at.timestamp() if at else None
