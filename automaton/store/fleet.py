"""The leases of all nodes, by the database's clock, and who holds the chair.

Comes in: renewals, suspicions, a wish to lead. Goes out: who lives, and who leads. A
lease is renewed in a transaction of its own, which waits for nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Connection,
    Engine,
    and_,
    delete,
    or_,
    select,
    update,
)

from automaton.domain.slices import Slice
from automaton.errors import NodeLostError
from automaton.ports import DayShare, DayWish, NodeSeen, SliceWish, Standing
from automaton.private import make_private_folder
from automaton.store.claims import keep_first
from automaton.store.columns import EPOCH
from automaton.store.ears import listen
from automaton.store.engine import writing
from automaton.store.living import clock_of_the_database
from automaton.store.news import tell
from automaton.store.slices import leave_unused, share, spend
from automaton.store.tables import nodes, roles
from automaton.store.tenure import CHAIR, Tenure, hold_tenure, holds_chair

Now = Callable[[Connection], datetime]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks for a lease: this machine, with these trunks.

    `trunks`: by name, the terms of each that all nodes which have it must agree on.
    """

    instance: str
    host: str
    version: str
    trunks: Mapping[str, str]
    lease: timedelta


def instance_in(folder: Path) -> str:
    """Return what tells this machine from others of its name; made at the first use."""
    file = folder / "node.id"
    if not file.exists():
        make_private_folder(folder)
        file.write_text(f"{uuid4()}\n", "ascii")
    return file.read_text("ascii").strip()


def take_lease(
    connection: Connection, tenure: Tenure, holder: Holder, now: datetime
) -> None:
    """Give a node that has just begun its first lease."""
    connection.execute(
        update(nodes)
        .where(_is(tenure))
        .values(
            instance=holder.instance,
            host=holder.host,
            version=holder.version,
            trunks=dict(holder.trunks),
            lease=holder.lease.total_seconds(),
            lease_until=now + holder.lease,
            ready=False,
            beats=nodes.c.beats + 1,
        )
    )


class SqlFleet:
    """The fleet in SQL; `now` reads the clock by which leases are counted."""

    def __init__(
        self,
        engine: Engine,
        tenure: Tenure,
        lease: timedelta,
        now: Now = clock_of_the_database,
    ) -> None:
        self.name, self.epoch, self.lease = tenure.node, tenure.epoch, lease
        self._engine, self._tenure, self._now = engine, tenure, now

    def beat(self, *, ready: bool) -> Standing:
        """Renew the lease; `LineError` where that fails, `NodeLostError` if fenced."""
        with writing(self._engine) as connection:
            now = self._now(connection)
            renewed = connection.execute(
                update(nodes)
                .where(_is(self._tenure), nodes.c.fenced_at.is_(None))
                .values(
                    lease_until=now + self.lease,
                    beats=nodes.c.beats + 1,
                    beat_at=now,
                    ready=ready,
                )
            )
            if not renewed.rowcount:
                raise NodeLostError("its lease was over")
            return _standing(connection, now)

    def fence(self, seen: NodeSeen) -> bool:
        """Declare a node dead that has not renewed since, whose lease is over.

        What it writes at this moment is waited for by passing by: False, as where it
        lives.
        """
        with writing(self._engine) as connection:
            hold_tenure(connection, self._tenure)
            now = self._now(connection)
            is_silent = and_(
                _is(Tenure(*seen.life)),
                nodes.c.beats == seen.beats,
                nodes.c.fenced_at.is_(None),
                _is_lapsed(now, seen.lease),
            )
            asked = select(nodes.c.name).where(is_silent)
            held = asked.with_for_update(skip_locked=True)
            if connection.execute(held).first() is None:
                return False
            end = update(nodes).where(nodes.c.name == seen.name)
            connection.execute(end.values(fenced_at=now))
            tell(connection, "node")
            return True

    def take_chair(self) -> bool:
        """Become the chief where nobody leads, or somebody who cannot."""
        with writing(self._engine) as connection:
            hold_tenure(connection, self._tenure)
            if holds_chair(connection, self._tenure):
                return True
            mine = {"node": self.name, "epoch": self.epoch}
            since = self._now(connection)
            if not _is_vacant(connection):
                return False
            chair = update(roles).where(roles.c.name == CHAIR)
            connection.execute(chair.values(since=since, **mine))
            return True

    def share(self, wishes: Sequence[SliceWish]) -> Mapping[str, Sequence[Slice]]:
        """Return what every node holds of each scope, after what we asked for."""
        with writing(self._engine) as connection:
            hold_tenure(connection, self._tenure)
            return share(connection, self._tenure, wishes)

    def spend(self, wishes: Sequence[DayWish]) -> Mapping[str, DayShare]:
        """Take calls of trunks' days for ourselves, as far as there are any left."""
        with writing(self._engine) as connection:
            hold_tenure(connection, self._tenure)
            return spend(connection, wishes)

    def listen(self, heard: Callable[[], None], stop: threading.Event) -> None:
        """Call `heard` at the news of other nodes until `stop` is set."""
        listen(self._engine, heard, stop)

    def leave(self) -> None:
        """Give up the lease and the chair; what is open waits as the dead's does."""
        with writing(self._engine) as connection:
            now = self._now(connection)
            is_mine = and_(_is(self._tenure), nodes.c.fenced_at.is_(None))
            over = {"lease_until": now, "stopped_at": now, "fenced_at": now}
            connection.execute(update(nodes).where(is_mine).values(ready=False, **over))
            chair = and_(roles.c.node == self.name, roles.c.epoch == self.epoch)
            connection.execute(delete(roles).where(chair))
            leave_unused(connection, self._tenure)

    def close(self) -> None:
        """Close its connection."""
        self._engine.dispose()


def _is(tenure: Tenure) -> Any:
    return and_(nodes.c.name == tenure.node, nodes.c.epoch == tenure.epoch)


def _is_lapsed(now: datetime, lease: timedelta) -> Any:
    """Return what is true of a lease that is over, or was given by another clock.

    None lasts for longer than it is long: then the clock was set back, and only the
    observer's own seconds tell who is silent. One without any is from before leases.
    """
    until = nodes.c.lease_until
    return or_(until.is_(None), until < now, until > now + lease)


def _is_vacant(connection: Connection) -> bool:
    """Hold the chair against others; tell whether whoever has it may be followed.

    Nobody waits: a chair that is being taken, or that a chief's work holds, is taken.
    """
    placeholder = {"name": CHAIR, "node": "", "epoch": 0, "since": EPOCH}
    connection.execute(keep_first(connection, roles), placeholder)
    asked = select(roles).where(roles.c.name == CHAIR)
    held = connection.execute(asked.with_for_update(skip_locked=True)).first()
    if held is None:
        return False
    its = _is(Tenure(held.node, held.epoch))
    holder = connection.execute(select(nodes).where(its)).first()
    return holder is None or holder.fenced_at is not None or not holder.ready


def _standing(connection: Connection, now: datetime) -> Standing:
    chair = connection.execute(select(roles).where(roles.c.name == CHAIR)).first()
    rows = connection.execute(select(nodes).order_by(nodes.c.name))
    return Standing(
        now,
        tuple(_seen(row, now) for row in rows),
        None if chair is None or not chair.node else (chair.node, chair.epoch),
    )


def _seen(row: Any, now: datetime) -> NodeSeen:
    lease, until = timedelta(seconds=row.lease or 0.0), row.lease_until
    return NodeSeen(
        name=row.name,
        epoch=row.epoch,
        beats=row.beats,
        lease=lease,
        lapsed=until is None or not now <= until <= now + lease,
        ready=bool(row.ready),
        trunks=frozenset(row.trunks or ()),
        fenced_at=row.fenced_at,
        has_left=row.stopped_at is not None,
    )
