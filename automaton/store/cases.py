"""Recipients with their attempts: what a beat concludes of them, and what follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    exists,
    func,
    select,
    update,
)

from automaton.domain.attempt import LIVE_STATES, Attempt, AttemptState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import (
    FINAL_RECIPIENT_STATES,
    RecipientState,
)
from automaton.ports import Case, PlannedTry, RecipientChange
from automaton.store.claims import (
    IS_PLANNED,
    OPEN_RECIPIENTS,
    keep_first,
)
from automaton.store.columns import MICROSECOND, Moment
from automaton.store.rows import (
    ATTEMPT_COLUMNS,
    RECIPIENT_COLUMNS,
    attempt_of,
    chunks,
    recipient_of,
)
from automaton.store.tables import (
    attempts,
    campaigns,
    contact_points,
    recipients,
)

_IDS: BindParameter[str] = bindparam("ids", expanding=True)


def cases(
    connection: Connection, recipient_ids: Sequence[str], *, hold: bool = False
) -> list[Case]:
    """Return recipients with their attempts, oldest first.

    `hold` keeps other nodes from concluding anything of them until we have.
    """
    ids = sorted(recipient_ids) if hold else recipient_ids
    return [case for chunk in chunks(ids) for case in _cases(connection, chunk, hold)]


def conclude(
    connection: Connection, changes: Sequence[RecipientChange], now: datetime
) -> None:
    """Write what was concluded; a second time changes nothing."""
    if not changes:
        return
    final = [c for c in changes if c.state in FINAL_RECIPIENT_STATES]
    going_on = [c for c in changes if c.state not in FINAL_RECIPIENT_STATES]
    for chunk in chunks([change.recipient_id for change in final]):
        _cancel_planned(connection, chunk, now)
    _write(connection, final, going_on, now)
    _plan(connection, [c.next_try for c in going_on if c.next_try is not None], now)
    _flag(connection, [c for c in changes if c.flagged], now)


def close_recipients(
    connection: Connection,
    campaign_id: str,
    state: RecipientState,
    now: datetime,
    limit: int,
) -> int:
    """Give recipients that are on no line a final state; return how many."""
    asked = {"campaign": campaign_id, "limit": limit}
    ids = list(connection.execute(_IDLE, asked).scalars())
    for chunk in chunks(ids):
        _cancel_planned(connection, chunk, now)
        closed = {"ids": chunk, "new_state": state, "now": now}
        connection.execute(_CLOSE, closed)
    return len(ids)  # whose call was claimed meanwhile is closed when it ends


def next_dues(
    connection: Connection, campaign_ids: Sequence[str]
) -> Mapping[str, datetime | None]:
    """Return when the next planned attempt of each campaign is due."""
    asked = {"ids": campaign_ids}
    found = {row.id: row.at for row in connection.execute(_NEXT_DUES, asked)}
    return {id_: found.get(id_) for id_ in campaign_ids}


def count_due(
    connection: Connection, campaign_ids: Sequence[str], now: datetime, most: int
) -> Mapping[str, int]:
    """Count what is due of some campaigns, each up to `most`: so many index rows."""
    asked = {"now": now, "most": most, "ids": campaign_ids}
    return {row.id: row.due for row in connection.execute(_COUNT_DUE, asked)}


def counts(connection: Connection, campaign_id: str) -> Mapping[str, int]:
    """Return how many recipients are in each state."""
    rows = connection.execute(_COUNTS, {"campaign": campaign_id})
    return {state.value: count for state, count in rows}


def done_campaigns(
    connection: Connection, campaign_ids: Sequence[str]
) -> frozenset[str]:
    """Return the campaigns of which every recipient is final."""
    asked = {"ids": campaign_ids}
    return frozenset(connection.execute(_DONE, asked).scalars())


_RECIPIENTS = (
    select(*RECIPIENT_COLUMNS)
    .where(recipients.c.id.in_(_IDS))
    .order_by(recipients.c.id)
)
_HELD = _RECIPIENTS.with_for_update(key_share=True)
_HISTORY = (
    select(*ATTEMPT_COLUMNS)
    .where(attempts.c.recipient_id.in_(_IDS))
    .order_by(attempts.c.created_at, attempts.c.id)
)
_IS_RUNG = exists().where(
    attempts.c.recipient_id == recipients.c.id,
    attempts.c.state.in_(sorted(LIVE_STATES)),
)
_IDLE = (
    select(recipients.c.id)
    .where(
        recipients.c.campaign_id == bindparam("campaign"),
        recipients.c.state.in_(OPEN_RECIPIENTS),
        ~_IS_RUNG,
    )
    .limit(bindparam("limit"))
)
_CLOSE = (
    update(recipients)
    .where(
        recipients.c.id.in_(_IDS),
        recipients.c.state.in_(OPEN_RECIPIENTS),
        ~_IS_RUNG,
    )
    .values(state=bindparam("new_state"), finished_at=bindparam("now"))
)
# All campaigns in one statement: a region looks at two hundred of them each second.
_OF_CAMPAIGN = attempts.c.campaign_id == campaigns.c.id
_NEXT = (
    select(func.min(attempts.c.due_at))
    .where(_OF_CAMPAIGN, IS_PLANNED)
    .scalar_subquery()
)
_NEXT_DUES = select(campaigns.c.id, _NEXT.label("at")).where(campaigns.c.id.in_(_IDS))
_SOME_DUE = (
    select(attempts.c.id)
    .where(_OF_CAMPAIGN, IS_PLANNED, attempts.c.due_at <= bindparam("now"))
    .limit(bindparam("most"))
    .correlate(campaigns)
    .subquery()
)
_DUE = select(func.count()).select_from(_SOME_DUE).scalar_subquery()
_COUNT_DUE = select(campaigns.c.id, _DUE.label("due")).where(campaigns.c.id.in_(_IDS))
_COUNTS = (
    select(recipients.c.state, func.count())
    .where(recipients.c.campaign_id == bindparam("campaign"))
    .group_by(recipients.c.state)
)
_OPEN = exists().where(
    recipients.c.campaign_id == campaigns.c.id,
    recipients.c.state.in_(OPEN_RECIPIENTS),
)
_DONE = select(campaigns.c.id).where(campaigns.c.id.in_(_IDS), ~_OPEN)


def _cases(connection: Connection, ids: Sequence[str], hold: bool) -> list[Case]:
    """Return cases; what is held is held before its history is read."""
    asked = _HELD if hold else _RECIPIENTS
    found = [recipient_of(row) for row in connection.execute(asked, {"ids": ids})]
    history: defaultdict[str, list[Attempt]] = defaultdict(list)
    for row in connection.execute(_HISTORY, {"ids": ids}):
        attempt = attempt_of(row)
        history[attempt.recipient_id].append(attempt)
    return [Case(one, tuple(history[one.id])) for one in found]


# Inside a function a bound moment does not know by itself that it is one.
_NOW: BindParameter[datetime] = bindparam("now", type_=Moment())
_KEY_AT: BindParameter[datetime] = bindparam("key_at", type_=Moment())
_RECIPIENT = update(recipients).where(recipients.c.id == bindparam("recipient"))
_FINISH = _RECIPIENT.values(
    state=bindparam("new_state"),
    proof=bindparam("new_proof"),
    acknowledged_at=func.coalesce(recipients.c.acknowledged_at, _KEY_AT),
    finished_at=func.coalesce(recipients.c.finished_at, _NOW),
)
_GO_ON = _RECIPIENT.where(recipients.c.state.in_(OPEN_RECIPIENTS)).values(
    state=bindparam("new_state"), proof=bindparam("new_proof")
)


def _write(
    connection: Connection,
    final: Sequence[RecipientChange],
    going_on: Sequence[RecipientChange],
    now: datetime,
) -> None:
    """Write states; one that is final never opens again."""
    if final:
        end = {"now": now}
        rows = [_row(c) | end | {"key_at": c.acknowledged_at} for c in final]
        connection.execute(_FINISH, rows)
    if going_on:
        connection.execute(_GO_ON, [_row(change) for change in going_on])


def _row(change: RecipientChange) -> dict[str, Any]:
    return {
        "recipient": change.recipient_id,
        "new_state": change.state,
        "new_proof": change.proof,
    }


_CANCEL = (
    update(attempts)
    .where(attempts.c.recipient_id.in_(_IDS), IS_PLANNED)
    .values(
        state=AttemptState.ENDED,
        outcome=Outcome.CANCELLED,
        ended_at=bindparam("now"),
    )
)
_LATEST = (
    select(func.max(attempts.c.created_at))
    .where(attempts.c.recipient_id == recipients.c.id)
    .scalar_subquery()
)
_STILL_OPEN = select(recipients.c.id, _LATEST.label("latest")).where(
    recipients.c.id.in_(_IDS), recipients.c.state.in_(OPEN_RECIPIENTS)
)


def _cancel_planned(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    connection.execute(_CANCEL, {"ids": ids, "now": now})


def _plan(connection: Connection, tries: Sequence[PlannedTry], now: datetime) -> None:
    """Write next tries, unless the recipient is final or has an open attempt."""
    if not tries:
        return
    asked = {"ids": [one.recipient_id for one in tries]}
    latest = {row.id: row.latest for row in connection.execute(_STILL_OPEN, asked)}
    rows = [
        _planned(one, _after(latest[one.recipient_id], now))
        for one in tries
        if one.recipient_id in latest
    ]
    if rows:
        connection.execute(keep_first(connection, attempts), rows)


def _after(latest: datetime | None, now: datetime) -> datetime:
    """Return now, or what follows the latest attempt where a clock was set back.

    By this moment the attempts of a recipient stand in the order of their lives.
    """
    return now if latest is None else max(now, latest + MICROSECOND)


def _planned(one: PlannedTry, created_at: datetime) -> dict[str, Any]:
    row = {field.name: getattr(one, field.name) for field in fields(PlannedTry)}
    return row | {"state": AttemptState.PLANNED, "created_at": created_at}


_FLAG = (
    update(contact_points)
    .where(contact_points.c.id == bindparam("point"))
    .where(contact_points.c.flagged_at.is_(None))
    .values(flagged_at=bindparam("now"), flag_reason=bindparam("why"))
)


def _flag(
    connection: Connection, changes: Sequence[RecipientChange], now: datetime
) -> None:
    """Flag contact points for a person's eye, with the outcome that they had last."""
    if not changes:
        return
    history = cases(connection, [change.recipient_id for change in changes])
    last = {
        attempt.contact_point_id: attempt.outcome
        for case in history
        for attempt in case.attempts
        if attempt.outcome is not None
    }
    points = sorted(point for change in changes for point in change.flagged)
    rows = [{"point": p, "now": now, "why": last.get(p, "")} for p in points]
    connection.execute(_FLAG, rows)
