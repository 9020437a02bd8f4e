"""Calls for help in the database: opened with the key, taken, closed, opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    bindparam,
    case,
    exists,
    func,
    select,
    update,
)

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import CampaignClass
from automaton.domain.collectivity import Act
from automaton.domain.help import HelpAlarm, HelpState, asks_for_help
from automaton.domain.menu import CONFIRM
from automaton.ids import new_id
from automaton.ports import JournalledKey
from automaton.store.chain import append
from automaton.store.claims import keep_first
from automaton.store.engine import reading
from automaton.store.rows import chunks
from automaton.store.tables import (
    alarms,
    attempts,
    campaigns,
    duty_entries,
    recipients,
)

_OWN = (
    *("id", "collectivity_id", "campaign_id", "recipient_id", "attempt_id"),
    *("opened_at", "rounds", "taken_by", "taken_name", "taken_at"),
    *("closed_by", "closed_at", "note"),
)
AT_ONCE = 50  # of one collectivity: those on duty are told of one after another
_IS_OPEN = alarms.c.closed_at.is_(None)
_IS_UNTAKEN = alarms.c.taken_at.is_(None)


def open_for(connection: Connection, saved: Sequence[Attempt]) -> list[str]:
    """Open an alarm for each attempt that asks for help; return whose are new.

    The same key told twice, and another one of a home whose alarm is open, open none.
    """
    asking = [one for one in saved if asks_for_help(one.keys)]
    if not asking:
        return []
    ids = sorted({one.campaign_id for one in asking})
    asked = select(campaigns.c.id, campaigns.c.collectivity_id)
    owners = dict(connection.execute(asked.where(campaigns.c.id.in_(ids))).all())
    new = keep_first(connection, alarms).returning(alarms.c.recipient_id)
    rows = [_row(one, owners[one.campaign_id]) for one in asking]
    return list(connection.execute(new, rows).scalars())


def take(connection: Connection, alarm_id: str, entry_id: str, at: datetime) -> bool:
    """Write down who of the duty list took an alarm; False where somebody had."""
    asked = select(duty_entries.c.name).where(duty_entries.c.id == entry_id)
    name = connection.execute(asked).scalar() or ""
    told = {"taken_by": entry_id, "taken_name": name, "taken_at": at}
    mine = update(alarms).where(alarms.c.id == alarm_id, _IS_UNTAKEN)
    return bool(connection.execute(mine.values(told)).rowcount)


def taken_in_journal(
    connection: Connection, keys: Sequence[JournalledKey]
) -> list[JournalledKey]:
    """Return the keys by which somebody on duty took a call for help.

    Their calls bear its id in the place of a campaign's, and their own entry's.
    """
    pressed = [key for key in keys if key.key == CONFIRM]
    known: set[str] = set()
    for some in chunks(sorted({key.campaign_id for key in pressed})):
        asked = select(alarms.c.id).where(alarms.c.id.in_(some), _IS_UNTAKEN)
        known.update(connection.execute(asked).scalars())
    return [key for key in pressed if key.campaign_id in known]


def note_round(connection: Connection, alarm_id: str) -> None:
    """Count a round of the duty list in which nobody took an alarm."""
    is_it = alarms.c.id == alarm_id
    counted = update(alarms).where(is_it).values(rounds=alarms.c.rounds + 1)
    connection.execute(counted)


def untaken(connection: Connection) -> list[HelpAlarm]:
    """Return the open alarms that nobody has taken, the oldest first.

    Of each collectivity only so many as can be told of soon: those that were least.
    """
    return [_alarm(row) for row in connection.execute(_UNTAKEN)]


def alarms_of(connection: Connection, campaign_id: str) -> list[HelpAlarm]:
    """Return every alarm of a campaign, the open ones first."""
    rows = connection.execute(_OF_CAMPAIGN, {"campaign": campaign_id})
    return sorted(map(_alarm, rows), key=lambda one: (not one.is_open, one.opened_at))


def states_of(connection: Connection, campaign_id: str) -> Mapping[str, HelpState]:
    """Return how the alarms of a campaign stand, by recipient; an open one wins."""
    rows = connection.execute(_OF_CAMPAIGN, {"campaign": campaign_id})
    found = sorted(map(_alarm, rows), key=lambda one: one.is_open)
    return {one.recipient_id: one.state for one in found}


def count_open(connection: Connection, campaign_id: str) -> tuple[int, int]:
    """Count the open alarms of a campaign, and those that nobody has taken."""
    row = connection.execute(_COUNT_OF_CAMPAIGN, {"campaign": campaign_id}).one()
    return int(row[0]), int(row[1] or 0)


def oldest_open(connection: Connection) -> tuple[int, int, datetime | None]:
    """Count all open alarms and those that nobody has taken; and since when."""
    row = connection.execute(_COUNT_ALL).one()
    return int(row[0]), int(row[1] or 0), row[2]


def all_alarms(engine: Engine, *, closed: bool) -> list[HelpAlarm]:
    """Return all open alarms, with `closed` the others too, the oldest first."""
    asked = _ALARMS if closed else _ALARMS.where(_IS_OPEN)
    with reading(engine) as connection:
        return [_alarm(row) for row in connection.execute(asked)]


def told_no_more(engine: Engine, since: datetime, before: datetime) -> list[HelpAlarm]:
    """Return the alarms that were taken or closed between two moments."""
    over_at = func.coalesce(alarms.c.closed_at, alarms.c.taken_at)
    asked = _ALARMS.where(over_at >= since, over_at < before)
    with reading(engine) as connection:
        return [_alarm(row) for row in connection.execute(asked)]


def close(connection: Connection, alarm_id: str, told: str, act: Act) -> bool:
    """Close an alarm by name, with what was done; False where it is closed."""
    values = {"closed_by": act.by, "closed_at": act.at, "note": told}
    is_it = update(alarms).where(alarms.c.id == alarm_id, _IS_OPEN)
    return _done(connection, is_it.values(values), act)


def reopen(connection: Connection, alarm_id: str, act: Act) -> bool:
    """Open an alarm again as it was before it was closed; what was noted stays.

    False where it is open, or where its home has another open one.
    """
    another = alarms.alias()
    has_one = exists().where(
        another.c.recipient_id == alarms.c.recipient_id, another.c.closed_at.is_(None)
    )
    is_it = update(alarms).where(alarms.c.id == alarm_id, ~_IS_OPEN, ~has_one)
    return _done(connection, is_it.values(closed_by=None, closed_at=None), act)


def _done(connection: Connection, change: Any, act: Act) -> bool:
    is_done = bool(connection.execute(change).rowcount)
    if is_done:
        append(connection, act)
    return is_done


def _row(attempt: Attempt, collectivity_id: str) -> dict[str, Any]:
    at = attempt.key_at or attempt.ended_at or attempt.due_at
    return {
        "id": new_id(),
        "collectivity_id": collectivity_id,
        "campaign_id": attempt.campaign_id,
        "recipient_id": attempt.recipient_id,
        "attempt_id": attempt.id,
        "opened_at": at,
    }


# What was rung; of a call that a restore forgot, the first number of the home.
_ALARMS = (
    select(
        *(alarms.c[name] for name in _OWN),
        campaigns.c.name.label("campaign"),
        campaigns.c.campaign_class,
        recipients.c.name,
        recipients.c.address,
        recipients.c.points,
        attempts.c.e164,
    )
    .join(campaigns, campaigns.c.id == alarms.c.campaign_id)
    .join(recipients, recipients.c.id == alarms.c.recipient_id)
    .outerjoin(attempts, attempts.c.id == alarms.c.attempt_id)
    .order_by(alarms.c.opened_at, alarms.c.id)
)
_TURN = func.row_number().over(
    partition_by=alarms.c.collectivity_id,
    order_by=(alarms.c.rounds, alarms.c.opened_at, alarms.c.id),
)
_TURNS = select(alarms.c.id, _TURN.label("turn")).where(_IS_OPEN, _IS_UNTAKEN)
_TOLD = _TURNS.subquery()
_UNTAKEN = _ALARMS.where(
    alarms.c.id.in_(select(_TOLD.c.id).where(_TOLD.c.turn <= AT_ONCE))
)
_OF_CAMPAIGN = _ALARMS.where(alarms.c.campaign_id == bindparam("campaign"))
_NOBODY = func.sum(case((_IS_UNTAKEN, 1), else_=0))
_COUNT_OF_CAMPAIGN = select(func.count(), _NOBODY).where(
    alarms.c.campaign_id == bindparam("campaign"), _IS_OPEN
)
_COUNT_ALL = select(func.count(), _NOBODY, func.min(alarms.c.opened_at)).where(_IS_OPEN)


def _alarm(row: Row[*tuple[Any, ...]]) -> HelpAlarm:
    own = {name: getattr(row, name) for name in _OWN}
    first = row.points[0][1] if row.points else ""
    return HelpAlarm(
        **own,
        campaign=row.campaign,
        is_exercise=row.campaign_class is CampaignClass.EXERCISE,
        name=row.name,
        address=row.address,
        number=row.e164 or first,
    )
