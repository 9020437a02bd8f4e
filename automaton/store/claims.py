"""Takes due attempts and their numbers, so that no number is ever rung twice at once.

Together with `engine.py` the only file in which SQLite and PostgreSQL differ. SQLite
has one writer; PostgreSQL's claimers pass each other's rows and numbers by (SKIP
LOCKED, advisory locks). A transaction frees the numbers of what has ended before it
takes any; those that it took and may not ring go back in the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    literal_column,
    select,
    text,
    update,
)

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import ACTIVE_CAMPAIGN_STATES
from automaton.domain.outcome import Outcome
from automaton.domain.phone import exchange_of
from automaton.domain.policy import NumberCeiling
from automaton.domain.put_off import free_at
from automaton.domain.recipient import (
    OPEN_RECIPIENT_STATES,
    Recipient,
    RecipientState,
)
from automaton.ports import Claim, Want
from automaton.store.rings import Past, past_of
from automaton.store.rows import (
    ATTEMPT_COLUMNS,
    RECIPIENT_COLUMNS,
    attempt_of,
    recipient_of,
)
from automaton.store.tables import attempts, campaigns, live_numbers, recipients
from automaton.store.turns import with_room
from automaton.store.withheld import HEEDS, opted_out, withhold

LOSER_WAITS = timedelta(seconds=2)
# So many attempts of slow exchanges are given their turn in one claim, so that they
# keep nobody else waiting.
AHEAD = 200
# So long a second call still begins with "we called you a little while ago".
A_WHILE = timedelta(days=1)
# Written as a literal: a bound value would hide the partial index from the planner.
IS_PLANNED = attempts.c.state == literal_column("'planned'")
# As literals too: a list of bound values cannot be used for many rows at once.
OPEN_RECIPIENTS: list[ColumnElement[str]] = [
    literal_column(f"'{state}'") for state in sorted(OPEN_RECIPIENT_STATES)
]


@dataclass(frozen=True, slots=True)
class Turn:
    """Who claims, and when. `epoch` counts the starts of the node.

    `lasts`: the longest that a call may last which is no attempt, in seconds.
    """

    node: str
    epoch: int
    now: datetime
    lasts: int | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    attempt: Attempt
    recipient: Recipient
    avoid_trunk: str | None
    heeds: str | None


def claim(connection: Connection, wants: Iterable[Want], turn: Turn) -> list[Claim]:
    """Return the attempts that are now this node's, in the order of the wants.

    One at a number that opted out comes back ended: its recipient is to be settled. One
    without room in its exchange comes back planned: it is due at its turn.
    """
    return [one for want in wants for one in _claim(connection, want, turn)]


def release(connection: Connection, ended: Sequence[Attempt]) -> None:
    """Free the numbers of these attempts; nothing happens to those of others."""
    free_numbers(connection, [(attempt.e164, attempt.id) for attempt in ended])


def free_numbers(connection: Connection, held: Sequence[tuple[str, str]]) -> None:
    """Free numbers, each only where this attempt holds it: (number, attempt id)."""
    if not held:
        return
    hold(connection, [number for number, _ in held])
    connection.execute(_RELEASE, [{"number": n, "attempt": a} for n, a in held])


def take_numbers(
    connection: Connection, wanted: Sequence[tuple[str, str]], turn: Turn
) -> frozenset[str]:
    """Take the numbers that nobody holds; return the attempts that got theirs."""
    free = _unlocked(connection, [number for number, _ in wanted])
    rows = [
        {
            "e164": number,
            "attempt_id": attempt,
            "node": turn.node,
            "epoch": turn.epoch,
            "taken_at": turn.now,
            "lasts": turn.lasts,
        }
        for number, attempt in wanted
        if number in free
    ]
    if not rows:
        return frozenset()
    statement = keep_first(connection, live_numbers)
    taken = connection.execute(statement.returning(live_numbers.c.attempt_id), rows)
    return frozenset(taken.scalars())


def keep_first(connection: Connection, table: Table) -> Any:
    """Return an insert that leaves out rows which a unique key already holds."""
    # The other database's dialect is not imported: 0.03 s of the shell's start.
    dialect: Any = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    return dialect.insert(table).on_conflict_do_nothing()


def _claim(connection: Connection, want: Want, turn: Turn) -> list[Claim]:
    due = _due(connection, want, turn.now)
    may, later = with_room([c.attempt for c in due], want)
    _postpone(connection, later)
    found = [c for c in due if c.attempt.id in may]
    return _taken(connection, found, want, turn) + [
        Claim(c.attempt.having(due_at=at), c.recipient, c.avoid_trunk)
        for c in due
        if (at := later.get(c.attempt.id)) is not None
    ]


def _taken(
    connection: Connection, found: Sequence[_Candidate], want: Want, turn: Turn
) -> list[Claim]:
    """Take attempts and their numbers; who may not be rung now waits elsewhere."""
    if not found:
        return []
    since = turn.now - max((A_WHILE, *(c.within for c in want.ceilings)))
    numbers = {c.attempt.e164 for c in found}
    past = past_of(connection, want.campaign_id, numbers, since)
    held = _held_back(found, past, want.ceilings, turn.now)
    may = [c.attempt for c in found if c.attempt.id not in held]
    taken = take_numbers(connection, [(one.e164, one.id) for one in may], turn)
    lost = turn.now + LOSER_WAITS
    later = {c.attempt.id: held.get(c.attempt.id, lost) for c in found}
    _postpone(connection, {id_: at for id_, at in later.items() if id_ not in taken})
    won = [c for c in found if c.attempt.id in taken]
    withheld = _withheld(connection, won, turn.now)
    won = [c for c in won if c not in withheld]
    _mark(connection, won, turn)
    claims = [_as_claim(c, past[c.attempt.e164].answered_here, turn) for c in won]
    return claims + [_as_withheld(c, turn.now) for c in withheld]


def _withheld(
    connection: Connection, won: Sequence[_Candidate], now: datetime
) -> list[_Candidate]:
    """End what must not be made, and free its numbers; return it.

    Asked once the numbers are held: whose call opts a number out holds it until then.
    """
    heeded = {c.heeds for c in won if c.heeds is not None}
    numbers = [c.attempt.e164 for c in won]
    refused = {
        (owner, e164)
        for owner in heeded
        for e164 in opted_out(connection, owner, numbers)
    }
    withheld = [c for c in won if (c.heeds, c.attempt.e164) in refused]
    withhold(connection, [c.attempt.id for c in withheld], now)
    release(connection, [c.attempt for c in withheld])
    return withheld


_QUEUE = (
    select(*ATTEMPT_COLUMNS, attempts.c.avoid_trunk, HEEDS, *RECIPIENT_COLUMNS)
    .join(recipients, recipients.c.id == attempts.c.recipient_id)
    .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .where(
        attempts.c.campaign_id == bindparam("campaign"),
        IS_PLANNED,
        attempts.c.due_at <= bindparam("now"),
        campaigns.c.state.in_(sorted(ACTIVE_CAMPAIGN_STATES)),
        recipients.c.state.in_(OPEN_RECIPIENTS),
    )
    .order_by(attempts.c.due_at, attempts.c.id)
    .limit(bindparam("limit"))
    .with_for_update(of=[attempts, recipients], skip_locked=True, key_share=True)
)
_RETRIES = _QUEUE.where(attempts.c.ordinal > literal_column("1"))


def _due(connection: Connection, want: Want, now: datetime) -> list[_Candidate]:
    """Return what may be claimed: the retries' share, then what is due longest.

    Who finds no room in a slow exchange makes it read on, behind all of them; where
    nobody may be taken, later turns alone are looked for.
    """
    found = _first_due(connection, want, want.limit or AHEAD, now)
    full = {name for name, room in want.rooms.items() if room.left < want.limit}
    if want.limit and any(exchange_of(one.attempt.e164) in full for one in found):
        found = _first_due(connection, want, want.limit + AHEAD, now)
    return found


def _first_due(
    connection: Connection, want: Want, limit: int, now: datetime
) -> list[_Candidate]:
    asked = {"campaign": want.campaign_id, "now": now, "limit": limit}
    found = {}
    if want.again:
        found = _asked(connection, _RETRIES, asked | {"limit": want.again})
    if len(found) < limit:
        found |= _asked(connection, _QUEUE, asked)
    return list(found.values())[:limit]


def _asked(
    connection: Connection, question: Select[Any], asked: Mapping[str, Any]
) -> dict[str, _Candidate]:
    """Return the answer to a question for attempts, by their ids."""
    width = len(ATTEMPT_COLUMNS)
    found = [
        _Candidate(
            attempt_of(row),
            recipient_of(row[width + 2 :]),
            avoid_trunk=row[width],
            heeds=row[width + 1],
        )
        for row in connection.execute(question, asked)
    ]
    return {one.attempt.id: one for one in found}


def _held_back(
    found: Sequence[_Candidate],
    past: Mapping[str, Past],
    ceilings: Sequence[NumberCeiling],
    now: datetime,
) -> dict[str, datetime]:
    """Return until when attempts wait whose number has rung often enough."""
    held = {}
    for candidate in found:
        at = free_at(past[candidate.attempt.e164].rings, ceilings)
        if at is not None and at > now:
            held[candidate.attempt.id] = at
    return held


# Who takes a number tries its lock and passes by; who frees one waits for it, which is
# short, since a taker never waits. So no two transactions ever wait for each other.
_NUMBERS = "FROM unnest(CAST(:numbers AS text[])) AS number"
_TRY_LOCK = text(
    f"SELECT number {_NUMBERS}"
    " WHERE pg_try_advisory_xact_lock(hashtextextended(number, 0))"
)
_LOCK = text(f"SELECT pg_advisory_xact_lock(hashtextextended(number, 0)) {_NUMBERS}")


def _unlocked(connection: Connection, numbers: Sequence[str]) -> frozenset[str]:
    """Return the numbers that no other transaction is taking or freeing right now."""
    if connection.dialect.name == "sqlite" or not numbers:
        return frozenset(numbers)
    asked = {"numbers": sorted(numbers)}
    return frozenset(connection.execute(_TRY_LOCK, asked).scalars())


def hold(connection: Connection, names: Sequence[str]) -> None:
    """Keep others from these numbers, or names, until the transaction is over."""
    if connection.dialect.name != "sqlite":
        connection.execute(_LOCK, {"numbers": sorted(names)})


_RELEASE = delete(live_numbers).where(
    live_numbers.c.e164 == bindparam("number"),
    live_numbers.c.attempt_id == bindparam("attempt"),
)
_POSTPONE = update(attempts).where(attempts.c.id == bindparam("attempt"), IS_PLANNED)
_MARK = (
    update(attempts)
    .where(attempts.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=AttemptState.CLAIMED,
        claimed_at=bindparam("now"),
        node=bindparam("name"),
    )
)
_TRYING = (
    update(recipients)
    .where(
        recipients.c.id.in_(bindparam("ids", expanding=True)),
        recipients.c.state == RecipientState.WAITING,
    )
    .values(state=RecipientState.TRYING)
)


def _postpone(connection: Connection, later: Mapping[str, datetime]) -> None:
    """Move attempts out of the head of the queue; they have spent nothing."""
    if later:
        rows = [{"attempt": id_, "due_at": at} for id_, at in later.items()]
        connection.execute(_POSTPONE, rows)


def _mark(connection: Connection, won: Sequence[_Candidate], turn: Turn) -> None:
    if not won:
        return
    ids = [c.attempt.id for c in won]
    connection.execute(_MARK, {"ids": ids, "now": turn.now, "name": turn.node})
    connection.execute(_TRYING, {"ids": [c.recipient.id for c in won]})


def _as_claim(candidate: _Candidate, rung_before: bool, turn: Turn) -> Claim:
    return Claim(
        candidate.attempt.having(state=AttemptState.CLAIMED, claimed_at=turn.now),
        replace(candidate.recipient, state=RecipientState.TRYING),
        candidate.avoid_trunk,
        rung_before,
    )


def _as_withheld(candidate: _Candidate, now: datetime) -> Claim:
    over = {"state": AttemptState.ENDED, "outcome": Outcome.OPTED_OUT, "ended_at": now}
    return Claim(candidate.attempt.having(**over), candidate.recipient)
