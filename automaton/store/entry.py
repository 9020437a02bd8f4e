"""How a node enters its fleet: under its own name, or under one that is free again.

A name belongs to one machine, which a file in its data folder tells from others, and
its host name where that file was copied with all the rest. Where another one had it,
and has shown no sign of life for a whole lease, what that one left open is kept under a
name of its own: our telephone knows nothing of those calls, so they are for whoever
looks after the dead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from automaton.clock import Clock
from automaton.errors import ConfigurationError
from automaton.store.calls import OPEN_OF_NODE
from automaton.store.engine import writing
from automaton.store.fleet import Holder, Now, take_lease
from automaton.store.living import terms_of
from automaton.store.notes import begin_node
from automaton.store.tables import live_numbers, nodes, slices
from automaton.store.tenure import Tenure

LOOK_SECONDS = 0.5
FASTER = 1.01  # as long as anybody waits who fences
Pause = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who wants in; `now` reads the clock by which leases are counted."""

    name: str
    pid: int
    holder: Holder
    now: Now


def enter(
    engine: Engine, entrant: Entrant, clock: Clock, pause: Pause = time.sleep
) -> Tenure:
    """Begin a new life of a node, with a lease; `clock` counts the seconds.

    `ConfigurationError` where another machine of that name lives, or a node that has a
    trunk of ours on other terms.
    """
    silent = _silent_namesake(engine, entrant, clock, pause)
    with writing(engine) as connection:
        now = entrant.now(connection)
        there = _namesake(connection, entrant)
        if there is not None:
            if there.fenced_at is None and there.beats != silent:
                raise _taken(entrant, there)
            _bury(connection, there, now)
        _agree(connection, entrant, now)
        epoch = begin_node(connection, entrant.name, entrant.pid, now)
        tenure = Tenure(entrant.name, epoch if there is None else there.epoch + 1)
        is_it = nodes.c.name == entrant.name
        connection.execute(update(nodes).where(is_it).values(epoch=tenure.epoch))
        take_lease(connection, tenure, entrant.holder, now)
        return tenure


def _silent_namesake(
    engine: Engine, entrant: Entrant, clock: Clock, pause: Pause
) -> int | None:
    """Return the last sign of a living namesake, after a lease without another one."""
    first: int | None = None
    began = clock.boottime()
    while True:
        with writing(engine) as connection:
            there = _namesake(connection, entrant)
        if there is None or there.fenced_at is not None:
            return None
        first = there.beats if first is None else first
        if there.beats != first:
            raise _taken(entrant, there)
        if clock.boottime() - began >= (there.lease or 0.0) * FASTER:
            return first
        pause(LOOK_SECONDS)


def _namesake(connection: Connection, entrant: Entrant) -> Any:
    """Return another machine's row of the same name, and hold it."""
    asked = select(nodes).where(nodes.c.name == entrant.name).with_for_update()
    row = connection.execute(asked).first()
    holder = entrant.holder
    is_ours = row is None or (
        row.instance in (None, holder.instance) and row.host in (None, holder.host)
    )
    return None if is_ours else row


def _bury(connection: Connection, there: Any, now: datetime) -> None:
    """Keep what another machine left under a name that nobody else will have."""
    name = f"{there.name[:48]}~{there.epoch}"
    is_it = nodes.c.name == there.name
    end = {"fenced_at": there.fenced_at or now, "name": name}
    connection.execute(update(nodes).where(is_it).values(**end))
    connection.execute(OPEN_OF_NODE, {"name": there.name, "new_name": name})
    for table in (live_numbers, slices):
        held = update(table).where(table.c.node == there.name)
        connection.execute(held.values(node=name))


def _agree(connection: Connection, entrant: Entrant, now: datetime) -> None:
    """Raise `ConfigurationError` where a living node has other terms for a trunk.

    Each would take its part of another whole: together more than the operator allows.
    """
    lives = nodes.c.fenced_at.is_(None), nodes.c.lease_until >= now
    others = select(nodes).where(*lives, nodes.c.name != entrant.name)
    for other in connection.execute(others.order_by(nodes.c.name)):
        for trunk, theirs in terms_of(other.trunks).items():
            ours = entrant.holder.trunks.get(trunk, theirs)
            if ours != theirs:
                raise ConfigurationError(
                    f"The node {other.name} has other settings for the trunk {trunk}"
                    f" ({theirs}) than this one ({ours}): write the same on both; to"
                    " change them, stop the others first",
                    error_id="trunk-terms-differ",
                )


def _taken(entrant: Entrant, there: Any) -> ConfigurationError:
    if there.instance == entrant.holder.instance:
        return ConfigurationError(
            f"The node {entrant.name} lives on {there.host}, and this machine is a copy"
            " of it: delete node.id in its data folder, and choose another server.node",
            error_id="node-copied",
        )
    return ConfigurationError(
        f"Another machine ({there.host}) is the node {entrant.name} of this database:"
        " choose another server.node",
        error_id="node-name-taken",
    )
