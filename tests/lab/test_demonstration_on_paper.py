"""The product's own tables against the town's oracle, without a telephone.

Each home of the demonstration is rung on paper: the town's facts are classified and
settled by the product's tables, and the judge reads the result. As the tables stand it
finds nothing; with any row changed that the demonstration touches, it contradicts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automaton.domain import outcome as outcomes
from automaton.domain import retry
from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.outcome import Outcome, classify
from automaton.domain.policy import CallPolicy
from automaton.domain.recipient import Point, Recipient, RecipientState
from automaton.domain.retry import RULES, Counted, RetryPolicy
from automaton.domain.settlement import settle
from automaton.lab import compare, load_mix, plan_from_mix
from automaton.lab.log import Event
from automaton.lab.oracle import oracle

PLAN = plan_from_mix(120, 7, load_mix("demo"))
START = datetime(2030, 1, 15, 10, tzinfo=UTC)
POLICY = CallPolicy(retry=RetryPolicy(every=timedelta(seconds=10)))
MOST_CALLS = 45

PRESSED = {"heard_times": 1}
# What Asterisk tells the product of each behaviour (seen): TechCause, Cause, and so on.
TOLD: dict[str, dict[str, Any]] = {
    "press_1": {"keys": "1", **PRESSED},
    "listens_twice": {"keys": "1", "heard_times": 2},
    "wrong_key_first": {"keys": "1", **PRESSED},
    "third_time": {"keys": "1", "heard_times": 3},
    "no_key": {"heard_times": 3},
    "hangs_up": {},
    "machine": {"machine": True},
    "rings_out": {"sip": 480, "q850": 19, "timed_out": True},
    "busy": {"sip": 486, "q850": 17},
    "rejects": {"sip": 603, "q850": 21},
    "unallocated": {"sip": 404, "q850": 1},
    "announcement": {"sip": 480, "q850": 19},
    "congested": {"sip": 503, "q850": 34, "retry_after": 3},
}
PRESSES = {"press_1": "1", "listens_twice": "21", "wrong_key_first": "71"}
WIRE = {"busy": 486, "rejects": 603, "unallocated": 404, "congested": 503}
RINGS = {"rejects", "rings_out"}


def lived(number, ordinal, behaviour, began):
    """Return what the town notes of one call that begins at that moment."""
    facts: list[tuple[str, dict[str, Any]]] = [("invite", {"behaviour": behaviour})]
    if behaviour == "announcement":
        facts += [("progress", {}), ("refused", {"sip": 480})]
    elif behaviour in WIRE:
        facts += [("ringing", {})] if behaviour in RINGS else []
        facts.append(("refused", {"sip": WIRE[behaviour]}))
    elif behaviour == "rings_out":
        facts += [("ringing", {}), ("cancelled", {})]
    else:
        facts += [("ringing", {}), ("answered", {"sip": 200})]
        keys = "1" if behaviour == "third_time" else PRESSES.get(behaviour, "")
        facts += [("key", {"key": key}) for key in keys]
        facts.append(("hangup", {"who": "caller"}))
    call = f"{number}-{ordinal}"
    return [
        Event(began + timedelta(milliseconds=step), call, number, ordinal, what, **more)
        for step, (what, more) in enumerate(facts)
    ]


def ended(point, ordinal, behaviour, events):
    """Return the attempt as the product keeps it."""
    at = {event.what: event.at for event in events}
    attempt = Attempt(
        id=f"{point.e164}-{ordinal}",
        campaign_id="c",
        recipient_id="r",
        contact_point_id=point.id,
        e164=point.e164,
        due_at=events[0].at,
        state=AttemptState.ENDED,
        claimed_at=events[0].at,
        rang_at=at.get("ringing"),
        announced_at=at.get("progress"),
        answered_at=at.get("answered"),
        ended_at=events[-1].at,
        **TOLD[behaviour],
    )
    return replace(attempt, outcome=classify(attempt.ending()))


def ring(home):
    """Ring one home until the product has had enough; return its record and the log."""
    points = tuple(Point(p.number, p.number, n) for n, p in enumerate(home.phones))
    phones = {phone.number: phone for phone in home.phones}
    recipient = Recipient("r", "c", RecipientState.WAITING, points)
    attempts: list[Attempt] = []
    log: list[Event] = []
    now = START
    for _ in range(MOST_CALLS):
        settled = settle(recipient, attempts, POLICY, now)
        if settled.next_try is None:
            break
        point = settled.next_try.point
        now = max(now, settled.next_try.due_at) + timedelta(seconds=1)
        ordinal = 1 + sum(attempt.e164 == point.e164 for attempt in attempts)
        behaviour = phones[point.e164].turn(ordinal).behaviour
        events = lived(point.e164, ordinal, behaviour, now)
        attempts.append(ended(point, ordinal, behaviour, events))
        log += events
    return {"state": settled.state.value, "attempts": [*map(row, attempts)]}, log


def row(attempt):
    """Return one attempt as the report tells it."""
    moments = {"claimed": attempt.claimed_at, "rang": attempt.rang_at}
    moments["answered"] = attempt.answered_at
    told = {name: at.isoformat() if at else None for name, at in moments.items()}
    told |= {"number": attempt.e164, "outcome": attempt.outcome.value}
    return told | {"sip_code": attempt.sip, "keys": attempt.keys}


def judged():
    rung = [ring(home) for home in PLAN.residents()]
    log = [event for _, events in rung for event in events]
    return compare([record for record, _ in rung], log, oracle(PLAN))


def test_the_tables_as_they_stand_are_not_contradicted():
    assert judged() == []


@pytest.mark.parametrize("code", [404, 486, 603])
def test_a_changed_row_of_the_sip_table_is_contradicted(monkeypatch, code):
    monkeypatch.setitem(outcomes.BY_SIP, code, Outcome.NO_ANSWER)
    for cause in (1, 17):
        monkeypatch.delitem(outcomes.BY_TELLING_CAUSE, cause)
    assert any(f"SIP {code}" in word or "no_answer" in word for word in judged())


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.ANSWERED_NO_KEY,
        Outcome.MACHINE,
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.REJECTED,
        Outcome.UNALLOCATED,
        Outcome.ANNOUNCEMENT,
        Outcome.CONGESTION,
    ],
)
def test_a_changed_row_of_the_retry_table_is_contradicted(monkeypatch, outcome):
    rule = RULES[outcome]
    other = Counted.NO if rule.counted is Counted.YES else Counted.YES
    limit = 1 if rule.limit else None
    monkeypatch.setitem(retry.RULES, outcome, replace(rule, counted=other, limit=limit))
    assert judged() != []
