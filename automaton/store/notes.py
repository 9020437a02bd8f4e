"""What the daemon writes down beside the calls: duty, trunks, nodes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, exists, insert, select, update

from automaton.ports import DutyCall, TrunkCondition
from automaton.store import tables
from automaton.store.claims import keep_first
from automaton.store.tables import (
    attempts,
    duty_calls,
    live_numbers,
    nodes,
    trunk_states,
)


def collectivities(connection: Connection) -> list[str]:
    """Return the ids of all collectivities that were not removed."""
    is_there = tables.collectivities.c.removed_at.is_(None)
    asked = select(tables.collectivities.c.id).where(is_there)
    return sorted(connection.execute(asked).scalars())


def note_duty_call(connection: Connection, call: DutyCall) -> None:
    """Write down one ring of a duty list."""
    connection.execute(
        keep_first(connection, duty_calls),
        {
            "id": call.attempt_id,
            "collectivity_id": call.collectivity_id,
            "campaign_id": call.campaign_id,
            "reason": call.reason,
            "e164": call.e164,
            "trunk": call.trunk,
            "at": call.at,
            "outcome": call.outcome,
            "taken": call.taken,
        },
    )


def note_trunk(connection: Connection, condition: TrunkCondition) -> None:
    """Write down what the safeguard thinks of a trunk, in place of what it thought."""
    is_this = trunk_states.c.name == condition.name
    connection.execute(delete(trunk_states).where(is_this))
    connection.execute(
        insert(trunk_states),
        {
            "name": condition.name,
            "rate": condition.rate,
            "broken_until": condition.broken_until,
            "reason": condition.reason,
            "changed_at": condition.at,
        },
    )


def trunk_conditions(connection: Connection) -> list[TrunkCondition]:
    """Return the last condition of every trunk that ever had one."""
    columns = trunk_states.c
    rows = connection.execute(
        select(
            columns.name,
            columns.rate,
            columns.broken_until,
            columns.reason,
            columns.changed_at,
        ).order_by(columns.name)
    )
    return [TrunkCondition(*row) for row in rows]


def unsound_trunks(connection: Connection) -> list[TrunkCondition]:
    """Return the trunks that are slowed or left."""
    return [one for one in trunk_conditions(connection) if not one.is_sound]


def forget_trunks(connection: Connection, names: Sequence[str]) -> None:
    """Forget conditions: a daemon that starts takes all of its trunks for sound."""
    connection.execute(delete(trunk_states).where(trunk_states.c.name.in_(names)))


def begin_node(connection: Connection, name: str, pid: int, now: datetime) -> int:
    """Note that a node starts; return its epoch, one more than the last time.

    Its duty calls of an earlier life are over and hold no number any more.
    """
    is_attempt = exists().where(attempts.c.id == live_numbers.c.attempt_id)
    connection.execute(
        delete(live_numbers).where(live_numbers.c.node == name, ~is_attempt)
    )
    connection.execute(keep_first(connection, nodes), {"name": name, "epoch": 0})
    started = {"epoch": nodes.c.epoch + 1, "pid": pid, "started_at": now}
    is_this = nodes.c.name == name
    connection.execute(update(nodes).where(is_this).values(beat_at=now, **started))
    epoch: int = connection.execute(select(nodes.c.epoch).where(is_this)).scalar_one()
    return epoch


def beat_node(connection: Connection, name: str, now: datetime) -> None:
    """Note that a node is alive."""
    connection.execute(update(nodes).where(nodes.c.name == name).values(beat_at=now))
