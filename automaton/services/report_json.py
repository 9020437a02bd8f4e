"""A report for programs: moments in UTC (ISO 8601), durations in seconds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from automaton.domain.approval import Approval
from automaton.domain.attempt import Attempt
from automaton.domain.foreseen import Expectation
from automaton.domain.help import HelpAlarm
from automaton.domain.record import DutyRing, LinkedCampaign, Order, RecipientRecord
from automaton.domain.report import Report, TrunkFigures

FORMAT = 1
ATTEMPT_FIELDS = (
    "id",
    "e164",
    "trunk",
    "claimed_at",
    "rang_at",
    "answered_at",
    "ended_at",
    "outcome",
    "sip",
    "q850",
    "keys",
    "heard_seconds",
    "heard_times",
    "machine",
    "proof",
)
OF_THE_CAMPAIGN = {"collectivity_id", "campaign_id", "campaign", "is_exercise"}
NAME_OF = {"e164": "number"}
ATTEMPT_NAMES = tuple(NAME_OF.get(name, name) for name in ATTEMPT_FIELDS)
RECIPIENT_FIELDS = tuple(n for n in RecipientRecord.__slots__ if n != "attempts")


def json_pieces(report: Report) -> Iterator[str]:
    """Yield a report as one JSON object, a recipient at a time."""
    yield _text({"format": FORMAT} | summary(report)).removesuffix("}")
    yield from _list("help_asked", (one.id for one in report.help_asked))
    yield from _list("not_reached", map(_visit, report.not_reached))
    yield from _list("recipients", map(_recipient, report.recipients))
    yield "}\n"


def _list(name: str, values: Iterable[Any]) -> Iterator[str]:
    yield f', "{name}": ['
    for index, value in enumerate(values):
        yield (",\n" if index else "\n") + _text(value)
    yield "\n]"


def summary(report: Report) -> dict[str, Any]:
    """Return everything but the lists of recipients, ready for JSON."""
    alone = report.alone
    return {
        "launched_alone": alone and _approval(alone),
        "campaign": _campaign(report),
        "figures": figures(report),
        "linked": [_linked(one) for one in report.linked],
        "duty_calls": [_duty(one) for one in report.duty],
        "alarms": [_alarm(one) for one in report.alarms],
        "orders": [_order(one) for one in report.orders],
        "approvals": [_approval(one) for one in report.approvals],
        "last_proven": dict(report.proven),
    }


def figures(report: Report) -> dict[str, Any]:
    """Return the figures of a report."""
    return {
        "recipients": len(report.recipients),
        "reachable": report.reachable,
        "acknowledged": report.acknowledged,
        "by_state": report.by_state,
        "attempts": report.totals.calls,
        "by_outcome": report.by_outcome,
        "start_at": report.start_at,
        "first_call_at": report.first_call_at,
        "first_ring_at": report.first_ring_at,
        "last_end_at": report.last_end_at,
        "seconds_to_acknowledged": {
            str(time.share): {
                "of_recipients": time.of_recipients,
                "of_reachable": time.of_reachable,
            }
            for time in report.share_times
        },
        "expected_and_come": {
            str(one.share): _expected(one) for one in report.expectations
        },
        "lines": report.lines,
        "peak_lines": report.peak_lines,
        "line_utilisation": report.line_utilisation,
        "trunks": [_trunk(one) for one in report.trunks],
    }


def _expected(one: Expectation) -> dict[str, Any]:
    """Return when a milestone was expected, when it came, and the seconds between."""
    told = {"at_launch": one.at_launch, "at_a_tenth": one.at_a_tenth}
    told["at_half"] = one.at_half
    late = {f"late_{name}": one.error(at) for name, at in told.items()}
    return {"came_at": one.came_at} | told | late


def _campaign(report: Report) -> dict[str, Any]:
    head = report.head
    names = [name for name in head.__slots__ if name != "texts"]
    texts = [{n: getattr(t, n) for n in t.__slots__} for t in head.texts]
    told = {name: getattr(head, name) for name in names}
    made = {"made_at": report.made_at, "audit_head": report.audit_head}
    return told | {"message": texts} | made


def _recipient(recipient: RecipientRecord) -> dict[str, Any]:
    told = dict(zip(RECIPIENT_FIELDS, _OF_RECIPIENT(recipient), strict=True))
    return told | {"attempts": [_attempt(a) for a in recipient.attempts]}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return dict(zip(ATTEMPT_NAMES, _OF_ATTEMPT(attempt), strict=True))


def _visit(recipient: RecipientRecord) -> dict[str, Any]:
    names = ("id", "name", "address", "state", "proof", "numbers", "alarm")
    told = {name: getattr(recipient, name) for name in names}
    return told | {"last_outcome": recipient.last_outcome}


def _linked(linked: LinkedCampaign) -> dict[str, Any]:
    return {name: getattr(linked, name) for name in linked.__slots__}


def _order(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__slots__}


def _approval(approval: Approval) -> dict[str, Any]:
    names = [name for name in approval.__slots__ if name != "campaign_id"]
    return {name: getattr(approval, name) for name in names}


def _duty(ring: DutyRing) -> dict[str, Any]:
    told = {name: getattr(ring, name) for name in ring.__slots__}
    return {NAME_OF.get(name, name): value for name, value in told.items()}


def _alarm(alarm: HelpAlarm) -> dict[str, Any]:
    """Return a call for help; of its campaign the report tells elsewhere."""
    names = [n for n in alarm.__slots__ if n not in OF_THE_CAMPAIGN]
    told = {name: getattr(alarm, name) for name in names}
    return told | {"state": alarm.state, "is_open": alarm.is_open}


def _trunk(trunk: TrunkFigures) -> dict[str, Any]:
    return {name: getattr(trunk, name) for name in trunk.__slots__}


def _text(value: Any) -> str:
    return _ENCODER.encode(value)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{value!r} has no place in a report")


_OF_ATTEMPT, _OF_RECIPIENT = attrgetter(*ATTEMPT_FIELDS), attrgetter(*RECIPIENT_FIELDS)
# Nothing of ours holds itself: that is not looked for.
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=_plain)
