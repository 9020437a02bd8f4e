"""Who is in the fleet, for people: read alone, nothing is held, nobody waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from automaton.store.calls import IS_TAKEN
from automaton.store.dead import BURIED
from automaton.store.engine import reading
from automaton.store.living import clock_of_the_database, terms_of
from automaton.store.tables import attempts, nodes, roles, slices
from automaton.store.tenure import CHAIR


class NodeState(StrEnum):
    """What became of a node's last start.

    An alone one holds no lease (SQLite); a silent one has let it lapse, and nobody has
    told it dead yet.
    """

    ALIVE = "alive"
    ALONE = "alone"
    SILENT = "silent"
    DEAD = "dead"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Share:
    """What a node holds of a thing that all share: lines of a trunk, or a campaign."""

    scope: str
    held: int
    in_use: int
    wants: int


@dataclass(frozen=True, slots=True)
class NodeCard:
    """One node as people see it.

    `epoch` counts its starts; `lease_left` by the database's clock, None where it has
    none; `ready`: it reaches its Asterisk; `ended_at`: since then it is none of the
    fleet; `calls` may still go on; `leads`: it has the chair; `terms`: what its
    settings say of each trunk.
    """

    name: str
    state: NodeState
    leads: bool
    ready: bool
    epoch: int
    started_at: datetime | None
    last_sign_at: datetime | None
    lease_left: timedelta | None
    ended_at: datetime | None
    calls: int
    slices: tuple[Share, ...]
    trunks: tuple[str, ...]
    host: str | None
    version: str | None
    terms: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_one_of_us(self) -> bool:
        """Whether it takes part in the work, as far as anybody knows."""
        return self.state in (NodeState.ALIVE, NodeState.ALONE, NodeState.SILENT)


def roster(engine: Engine) -> list[NodeCard]:
    """Return every node by name; those whose name is another's while calls are left."""
    with reading(engine) as connection:
        alone = engine.dialect.name == "sqlite"
        now = datetime.now(UTC) if alone else clock_of_the_database(connection)
        chair = connection.execute(select(roles).where(roles.c.name == CHAIR)).first()
        calls, shares = _calls(connection), _shares(connection)
        cards = [
            _card(row, now, chair, calls.get(row.name, 0), tuple(shares[row.name]))
            for row in connection.execute(select(nodes).order_by(nodes.c.name))
        ]
    return [card for card in cards if card.calls or BURIED not in card.name]


def _card(
    row: Any, now: datetime, chair: Any, calls: int, shares: tuple[Share, ...]
) -> NodeCard:
    state = _state(row, now)
    left = None if row.lease_until is None else max(timedelta(), row.lease_until - now)
    lives = state in (NodeState.ALIVE, NodeState.SILENT)
    held = None if chair is None else (chair.node, chair.epoch)
    return NodeCard(
        name=row.name,
        state=state,
        leads=state is NodeState.ALONE or (lives and held == (row.name, row.epoch)),
        ready=lives and bool(row.ready),
        epoch=row.epoch,
        started_at=row.started_at,
        last_sign_at=row.beat_at,
        lease_left=left if lives else None,
        ended_at=row.fenced_at,
        calls=calls,
        slices=shares,
        trunks=tuple(row.trunks or ()),
        host=row.host,
        version=row.version,
        terms=terms_of(row.trunks),
    )


def _state(row: Any, now: datetime) -> NodeState:
    if row.fenced_at is not None:
        return NodeState.DEAD if row.stopped_at is None else NodeState.STOPPED
    if row.lease_until is None:
        return NodeState.ALONE
    return NodeState.ALIVE if row.lease_until >= now else NodeState.SILENT


def _calls(connection: Connection) -> dict[str, int]:
    asked = select(attempts.c.node, func.count()).where(*IS_TAKEN)
    rows = connection.execute(asked.group_by(attempts.c.node))
    return {node: count for node, count in rows if node is not None}


def _shares(connection: Connection) -> defaultdict[str, list[Share]]:
    found: defaultdict[str, list[Share]] = defaultdict(list)
    for row in connection.execute(select(slices).order_by(slices.c.scope)):
        found[row.node].append(Share(row.scope, row.held, row.in_use, row.wants))
    return found
