"""What the daemon writes down beside the calls: duty, trunks, nodes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Delete, delete, insert, select, update

from automaton.ports import DutyCall, TrunkCondition
from automaton.store import tables
from automaton.store.calls import IS_TAKEN
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


def note_trunk(connection: Connection, condition: TrunkCondition, node: str) -> None:
    """Write down what a node thinks of a trunk, in place of what it thought."""
    connection.execute(_its_conditions([condition.name], node))
    connection.execute(
        insert(trunk_states),
        {
            "name": condition.name,
            "node": node,
            "rate": condition.rate,
            "broken_until": condition.broken_until,
            "reason": condition.reason,
            "changed_at": condition.at,
        },
    )


def trunk_conditions(connection: Connection) -> list[TrunkCondition]:
    """Return the last condition of every trunk that ever had one, of every node."""
    return [condition for condition, _ in conditions_by_node(connection)]


def conditions_by_node(connection: Connection) -> list[tuple[TrunkCondition, str]]:
    """Return every condition with the node that thinks so, by trunk."""
    columns = trunk_states.c
    rows = connection.execute(
        select(
            columns.name,
            columns.rate,
            columns.broken_until,
            columns.reason,
            columns.changed_at,
            columns.node,
        ).order_by(columns.name, columns.node)
    )
    return [(TrunkCondition(*row[:-1]), row.node) for row in rows]


def unsound_trunks(connection: Connection) -> list[TrunkCondition]:
    """Return the trunks that are slowed or left, each as it is at the worst."""
    worst: dict[str, TrunkCondition] = {}
    for one in trunk_conditions(connection):
        known = worst.get(one.name)
        is_worse = known is None or known.is_sound or one.broken_until is not None
        if is_worse and not one.is_sound:
            worst[one.name] = one
    return list(worst.values())


def forget_trunks(connection: Connection, names: Sequence[str], node: str) -> None:
    """Forget conditions: a node that starts takes all of its trunks for sound."""
    connection.execute(_its_conditions(names, node))


def _its_conditions(names: Sequence[str], node: str) -> Delete:
    """Return what forgets a node's conditions, and those of nobody in particular."""
    columns = trunk_states.c
    is_its = columns.node.in_((node, ""))
    return delete(trunk_states).where(columns.name.in_(names), is_its)


def begin_node(connection: Connection, name: str, pid: int, now: datetime) -> int:
    """Note that a node starts; return its epoch, one more than the last time.

    Whatever still runs of an earlier life is waited for, and writes nothing afterwards.
    Its duty calls may live: they keep their numbers until they are over (duty/left.py).
    """
    is_this = nodes.c.name == name
    connection.execute(select(nodes.c.name).where(is_this).with_for_update())
    connection.execute(keep_first(connection, nodes), {"name": name, "epoch": 0})
    started = {"epoch": nodes.c.epoch + 1, "pid": pid, "started_at": now}
    alive = {"beat_at": now, "fenced_at": None, "stopped_at": None}
    connection.execute(update(nodes).where(is_this).values(**alive, **started))
    epoch: int = connection.execute(select(nodes.c.epoch).where(is_this)).scalar_one()
    return epoch


def take_over_all(connection: Connection, name: str) -> None:
    """Give a node all that is open: where it is alone, nobody else can have it.

    It may have had another name.
    """
    others = update(attempts).where(*IS_TAKEN, attempts.c.node != name)
    connection.execute(others.values(node=name))
    held = update(live_numbers).where(live_numbers.c.node != name)
    connection.execute(held.values(node=name, epoch=0))


def end_node(connection: Connection, name: str, epoch: int, now: datetime) -> None:
    """Note that a node that is alone was stopped, in order, in this life."""
    is_this = nodes.c.name == name, nodes.c.epoch == epoch
    over = {"stopped_at": now, "fenced_at": now}
    connection.execute(update(nodes).where(*is_this).values(**over))
