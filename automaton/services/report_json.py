"""A report for programs: moments in UTC (ISO 8601), durations in seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from automaton.domain.attempt import Attempt
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
NAME_OF = {"e164": "number"}


def json_pieces(report: Report) -> Iterator[str]:
    """Yield a report as one JSON object, a recipient at a time."""
    yield _text({"format": FORMAT} | summary(report)).removesuffix("}")
    yield ', "recipients": ['
    for index, recipient in enumerate(report.recipients):
        yield (",\n" if index else "\n") + _text(_recipient(recipient))
    yield "\n]}\n"


def summary(report: Report) -> dict[str, Any]:
    """Return everything but the recipients, ready for JSON."""
    return {
        "campaign": _campaign(report),
        "figures": figures(report),
        "linked": [_linked(one) for one in report.linked],
        "duty_calls": [_duty(one) for one in report.duty],
        "orders": [_order(one) for one in report.orders],
        "help_asked": [one.id for one in report.help_asked],
        "not_reached": [_visit(one) for one in report.not_reached],
    }


def figures(report: Report) -> dict[str, Any]:
    """Return the figures of a report."""
    return {
        "recipients": len(report.recipients),
        "reachable": report.reachable,
        "acknowledged": report.acknowledged,
        "by_state": report.by_state,
        "attempts": len(report.attempts),
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
        "lines": report.lines,
        "peak_lines": report.peak_lines,
        "line_utilisation": report.line_utilisation,
        "trunks": [_trunk(one) for one in report.trunks],
    }


def _campaign(report: Report) -> dict[str, Any]:
    head = report.head
    names = [name for name in head.__slots__ if name != "texts"]
    texts = [{n: getattr(t, n) for n in t.__slots__} for t in head.texts]
    told = {name: getattr(head, name) for name in names}
    made = {"made_at": report.made_at, "audit_head": report.audit_head}
    return told | {"message": texts} | made


def _recipient(recipient: RecipientRecord) -> dict[str, Any]:
    names = [name for name in recipient.__slots__ if name != "attempts"]
    told = {name: getattr(recipient, name) for name in names}
    return told | {"attempts": [_attempt(a) for a in recipient.attempts]}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {NAME_OF.get(n, n): getattr(attempt, n) for n in ATTEMPT_FIELDS}


def _visit(recipient: RecipientRecord) -> dict[str, Any]:
    names = ("id", "name", "address", "state", "proof", "numbers")
    told = {name: getattr(recipient, name) for name in names}
    return told | {"last_outcome": recipient.last_outcome}


def _linked(linked: LinkedCampaign) -> dict[str, Any]:
    return {name: getattr(linked, name) for name in linked.__slots__}


def _order(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__slots__}


def _duty(ring: DutyRing) -> dict[str, Any]:
    told = {name: getattr(ring, name) for name in ring.__slots__}
    return {NAME_OF.get(name, name): value for name, value in told.items()}


def _trunk(trunk: TrunkFigures) -> dict[str, Any]:
    return {name: getattr(trunk, name) for name in trunk.__slots__}


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{value!r} has no place in a report")
