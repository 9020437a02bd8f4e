"""The columns of a report, once for all: what a sheet writes, and what a page shows.

A sheet has moments as ISO 8601 in the place's own time, a page as people write them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from automaton.domain.attempt import Attempt
from automaton.domain.record import RecipientRecord, told_outcome
from automaton.services.report_words import Words

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Column(Generic[_T]):
    """One column: its heading's key, its cell in a sheet, its cell on a page, if any.

    A page without a cell of its own shows that of the sheet.
    """

    name: str
    sheet: Callable[[_T, Words], object]
    page: Callable[[_T, Words], object] | None = None
    is_on_page: bool = True

    def shown(self, row: _T, words: Words) -> object:
        """Return the cell as a page shows it; nothing rather than None."""
        cell = (self.page or self.sheet)(row, words)
        return "" if cell is None else cell


def iso(at: datetime | None, words: Words) -> str:
    """Return a moment in the place's own time, empty where there is none."""
    if at is None:
        return ""
    return words.iso(at)


def _outcome(attempt: Attempt, words: Words) -> str:
    return words("outcome", told_outcome(attempt))


def _alarm(recipient: RecipientRecord, words: Words) -> str:
    """Return how a call for help stands, empty where there was none."""
    return "" if recipient.alarm is None else words("alarm", recipient.alarm.value)


def _last_outcome(recipient: RecipientRecord, words: Words) -> str:
    return words("outcome", recipient.last_told)


CALL_COLUMNS: tuple[Column[Attempt], ...] = (
    Column("attempt_id", lambda a, _: a.id),
    Column("number", lambda a, _: a.e164),
    Column("trunk", lambda a, _: a.trunk),
    Column(
        "claimed_at",
        lambda a, words: iso(a.claimed_at, words),
        lambda a, words: words.moment(a.claimed_at),
    ),
    Column(
        "rang_at",
        lambda a, words: iso(a.rang_at, words),
        lambda a, words: words.hour(a.rang_at),
    ),
    Column(
        "answered_at",
        lambda a, words: iso(a.answered_at, words),
        lambda a, words: words.hour(a.answered_at),
    ),
    Column(
        "ended_at",
        lambda a, words: iso(a.ended_at, words),
        lambda a, words: words.hour(a.ended_at),
    ),
    Column("outcome", _outcome),
    Column("sip", lambda a, _: a.sip),
    Column("q850", lambda a, _: a.q850),
    Column("keys", lambda a, _: a.keys),
    Column("heard_seconds", lambda a, _: f"{a.heard_seconds:.1f}"),
    Column("heard_times", lambda a, _: a.heard_times, is_on_page=False),
    Column(
        "machine",
        lambda a, words: words("text", "yes" if a.machine else "no"),
        is_on_page=False,
    ),
)
RECIPIENT_COLUMNS: tuple[Column[RecipientRecord], ...] = (
    Column("recipient_id", lambda r, _: r.id),
    Column("name", lambda r, _: r.name),
    Column("address", lambda r, _: r.address),
    Column("state", lambda r, words: words("state", r.state.value)),
    Column("proof", lambda r, words: words("proof", r.proof)),
    Column("acknowledged_at", lambda r, words: iso(r.acknowledged_at, words)),
    Column("alarm", _alarm),
)
# `seen` is written by hand by whoever goes from door to door.
VISIT_COLUMNS: tuple[Column[RecipientRecord], ...] = (
    Column("address", lambda r, _: r.address),
    Column("name", lambda r, _: r.name),
    Column("numbers", lambda r, _: ", ".join(r.numbers)),
    Column("state", lambda r, words: words("state", r.state.value)),
    Column("proof", lambda r, words: words("proof", r.proof), is_on_page=False),
    Column("outcome", _last_outcome),
    Column("alarm", _alarm),
    Column("seen", lambda _, __: "", lambda _, __: "☐"),
)
CALLS_ON_PAGE = tuple(column for column in CALL_COLUMNS if column.is_on_page)
VISITS_ON_PAGE = tuple(column for column in VISIT_COLUMNS if column.is_on_page)
