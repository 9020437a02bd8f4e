"""Commands that move no campaign: somebody is to be rung, and by whom that was asked.

The chief looks at those that wait, and finishes one when it is done: what a daemon that
dies was about is begun anew. A payload tells ids, and names of collectivities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from automaton.domain.errand import DUE, ERRANDS
from automaton.errors import RequestError
from automaton.ports import Command
from automaton.store.engine import reading
from automaton.store.news import tell
from automaton.store.tables import commands


@dataclass(frozen=True, slots=True)
class Errand:
    """Whom the chief shall ring, in its payload, and what for, by its name."""

    name: str
    by: str
    at: datetime
    payload: Mapping[str, str] = field(default_factory=dict)
    campaign_id: str | None = None


def leave_errand(connection: Connection, errand: Errand) -> int:
    """Write an errand for the chief; return its number."""
    row = {
        "name": errand.name,
        "campaign_id": errand.campaign_id,
        "by": errand.by,
        "asked_at": errand.at,
        "payload": dict(errand.payload),
    }
    done = connection.execute(insert(commands).returning(commands.c.id), row)
    tell(connection, "command")
    return int(done.scalar_one())


def waiting_errands(connection: Connection, now: datetime) -> list[Command]:
    """Return the errands that are due and that nobody has done, the oldest first."""
    return [
        Command(row.id, row.name, row.campaign_id, dict(row.payload), row.by)
        for row in connection.execute(_WAITING)
        if DUE not in row.payload or datetime.fromisoformat(row.payload[DUE]) <= now
    ]


def put_off(connection: Connection, errand: Command, due: datetime) -> None:
    """Let nobody be rung for an errand before a moment."""
    is_it = update(commands).where(commands.c.id == errand.id, *_IS_WAITING)
    payload = {**errand.payload, DUE: due.isoformat()}
    connection.execute(is_it.values(payload=payload))


def finish_errand(connection: Connection, errand_id: int, now: datetime) -> None:
    """Note that an errand is done."""
    done = update(commands).where(commands.c.id == errand_id, *_IS_WAITING)
    connection.execute(done.values(taken_at=now, finished_at=now))


def finish_errands_of(connection: Connection, campaign_id: str, now: datetime) -> None:
    """Note that nobody need be rung about a campaign any more."""
    done = update(commands).where(commands.c.campaign_id == campaign_id, *_IS_WAITING)
    connection.execute(done.values(taken_at=now, finished_at=now))


def errands_about(engine: Engine, campaign_id: str) -> list[Command]:
    """Return the errands of a campaign, done or not, the oldest first."""
    mine = (commands.c.campaign_id == campaign_id, commands.c.name.in_(ERRANDS))
    asked = select(commands).where(*mine).order_by(commands.c.id)
    with reading(engine) as connection:
        return [
            Command(row.id, row.name, row.campaign_id, dict(row.payload), row.by)
            for row in connection.execute(asked)
        ]


def read_errand(engine: Engine, errand_id: int) -> Command:
    """Return one errand, done or not; `RequestError` where there is none."""
    asked = select(commands).where(commands.c.id == errand_id)
    with reading(engine) as connection:
        row = connection.execute(asked.where(commands.c.name.in_(ERRANDS))).first()
    if row is None:
        raise RequestError("There is no such errand.", error_id="errand-unknown")
    return Command(row.id, row.name, row.campaign_id, dict(row.payload), row.by)


_IS_WAITING = (commands.c.name.in_(ERRANDS), commands.c.taken_at.is_(None))
_WAITING = select(commands).where(*_IS_WAITING).order_by(commands.c.id)
