"""A report for spreadsheets: a row for each call, or for each home to visit.

Semicolons, CRLF, UTF-8 with a byte order mark. A cell that a spreadsheet would take
for a formula (= + - @, tab, carriage return in front) begins with an apostrophe, so
every number reads '+33…; moments are ISO 8601 in the place's own time.
The last line is one cell: the head of the audit.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from automaton.domain.attempt import Attempt
from automaton.domain.report import RecipientRecord, Report
from automaton.services.report_words import Words
from automaton.services.sheets import harmless

BOM = "\ufeff"
RECIPIENT_COLUMNS = (
    "recipient_id",
    "name",
    "address",
    "state",
    "proof",
    "acknowledged_at",
)
CALL_COLUMNS = (
    "attempt_id",
    "number",
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
)
VISIT_COLUMNS = ("address", "name", "numbers", "state", "proof", "outcome", "seen")


def csv_pieces(report: Report, words: Words) -> Iterator[str]:
    """Yield a row for every call; who was never called has one row without a call."""
    columns = (*RECIPIENT_COLUMNS, *CALL_COLUMNS)
    yield from _sheet(columns, _calls(report, words), words)
    yield from _last_line(report, words)


def visits_pieces(report: Report, words: Words) -> Iterator[str]:
    """Yield the list for the door-to-door, street by street."""
    rows = (_visit(recipient, words) for recipient in report.not_reached)
    yield from _sheet(VISIT_COLUMNS, rows, words)
    yield from _last_line(report, words)


def _sheet(
    columns: Sequence[str], rows: Iterable[Sequence[object]], words: Words
) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    yield BOM
    titles = [words("column", column) for column in columns]
    writer.writerow(titles)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        if buffer.tell() > 65_536:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _last_line(report: Report, words: Words) -> Iterator[str]:
    """Yield one cell under the rows: the head of the audit, where there is one."""
    if report.audit_head:
        yield f"{words('text', 'audit_head')} {report.audit_head}\r\n"


def _calls(report: Report, words: Words) -> Iterator[Sequence[object]]:
    for recipient in report.recipients:
        who = (
            recipient.id,
            recipient.name,
            recipient.address,
            words("state", recipient.state.value),
            words("proof", recipient.proof),
            _iso(recipient.acknowledged_at, words),
        )
        left = [attempt for attempt in recipient.attempts if attempt.claimed_at]
        for attempt in left:
            yield (*who, *_call(attempt, words))
        if not left:
            yield (*who, *("" for _ in CALL_COLUMNS))


def _call(attempt: Attempt, words: Words) -> Sequence[object]:
    outcome = "" if attempt.outcome is None else words("outcome", attempt.outcome.value)
    return (
        attempt.id,
        attempt.e164,
        attempt.trunk,
        _iso(attempt.claimed_at, words),
        _iso(attempt.rang_at, words),
        _iso(attempt.answered_at, words),
        _iso(attempt.ended_at, words),
        outcome,
        attempt.sip,
        attempt.q850,
        attempt.keys,
        f"{attempt.heard_seconds:.1f}",
        attempt.heard_times,
        words("text", "yes" if attempt.machine else "no"),
    )


def _visit(recipient: RecipientRecord, words: Words) -> Sequence[object]:
    last = recipient.last_outcome
    return (
        recipient.address,
        recipient.name,
        ", ".join(recipient.numbers),
        words("state", recipient.state.value),
        words("proof", recipient.proof),
        "" if last is None else words("outcome", last.value),
        "",
    )


def _iso(at: datetime | None, words: Words) -> str:
    if at is None:
        return ""
    return at.astimezone(words.zone).isoformat(timespec="seconds")
