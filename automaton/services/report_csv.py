"""A report for spreadsheets: a row for each call, or for each home to visit.

Semicolons, CRLF, UTF-8 with a byte order mark. A cell that a spreadsheet would take
for a formula (= + - @, tab, carriage return in front) begins with an apostrophe, so
every number reads '+33…; moments are ISO 8601 in the place's own time.
The last lines are one cell each: what was last proven end to end, and the head of the
audit. Where one officer launched without a second one, the first line is one cell that
says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from automaton.domain.report import Report
from automaton.services.report_columns import (
    CALL_COLUMNS,
    RECIPIENT_COLUMNS,
    VISIT_COLUMNS,
)
from automaton.services.report_words import Words
from automaton.services.sheets import harmless

BOM = "\ufeff"


def csv_pieces(report: Report, words: Words) -> Iterator[str]:
    """Yield a row for every call; who was never called has one row without a call."""
    names = [column.name for column in RECIPIENT_COLUMNS]
    names += [column.name for column in CALL_COLUMNS]
    yield BOM
    yield from _first_line(report, words)
    yield from _sheet(names, _calls(report, words), words)
    yield from _last_line(report, words)


def visits_pieces(report: Report, words: Words) -> Iterator[str]:
    """Yield the door-to-door, street by street; open calls for help come first."""
    names = [column.name for column in VISIT_COLUMNS]
    rows = (
        [column.sheet(recipient, words) for column in VISIT_COLUMNS]
        for recipient in report.doors
    )
    yield BOM
    yield from _first_line(report, words)
    yield from _sheet(names, rows, words)
    yield from _last_line(report, words)


def _sheet(
    columns: Sequence[str], rows: Iterable[Sequence[object]], words: Words
) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    titles = [words("column", column) for column in columns]
    writer.writerow(titles)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        if buffer.tell() > 65_536:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _first_line(report: Report, words: Words) -> Iterator[str]:
    """Yield one cell above the columns, where there is what stands first."""
    if report.alone is not None:
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
        writer.writerow([harmless(words.alone(report.alone))])
        yield buffer.getvalue()


def _last_line(report: Report, words: Words) -> Iterator[str]:
    """Yield one cell each under the rows: what was proven, the head of the audit."""
    if report.proven:
        proven = words.proven(report.proven)
        yield f"{harmless(words('text', 'proven'))} {proven}\r\n"
    if report.audit_head:
        yield f"{words('text', 'audit_head')} {report.audit_head}\r\n"


def _calls(report: Report, words: Words) -> Iterator[Sequence[object]]:
    for recipient in report.recipients:
        who = [column.sheet(recipient, words) for column in RECIPIENT_COLUMNS]
        left = [attempt for attempt in recipient.attempts if attempt.claimed_at]
        for attempt in left:
            yield [*who, *(column.sheet(attempt, words) for column in CALL_COLUMNS)]
        if not left:
            yield [*who, *("" for _ in CALL_COLUMNS)]
