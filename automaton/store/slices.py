"""What each node holds of what all share: lines of a trunk, lines of a campaign.

Who changes a slice holds its scope. The slice of a node that is dead is lowered with
its calls (`dead`); a node that comes back finds what it uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    select,
    update,
)

from automaton.domain.slices import CAMPAIGN, Slice, raised, target
from automaton.ports import DayShare, DayWish, SliceWish
from automaton.store.calls import IS_TAKEN
from automaton.store.claims import keep_first
from automaton.store.tables import (
    attempts,
    campaigns,
    nodes,
    scopes,
    slices,
    trunk_days,
)
from automaton.store.tenure import Tenure


def share(
    connection: Connection, tenure: Tenure, wishes: Sequence[SliceWish]
) -> Mapping[str, Sequence[Slice]]:
    """Hold what is wished for as far as it is free; return all slices of each scope."""
    connection.execute(_FORGET_EARLIER, tenure._asdict())
    ordered = sorted(wishes, key=lambda wish: wish.scope)
    return {wish.scope: _shared(connection, tenure, wish) for wish in ordered}


def spend(connection: Connection, wishes: Sequence[DayWish]) -> Mapping[str, DayShare]:
    """Take calls of trunks' days, as far as there are any; note what was talked."""
    ordered = sorted(wishes, key=lambda wish: wish.trunk)
    return {wish.trunk: _spent(connection, wish) for wish in ordered}


def _spent(connection: Connection, wish: DayWish) -> DayShare:
    begun = {"calls": wish.begun.calls, "talked": wish.begun.talked.total_seconds()}
    named = {"trunk": wish.trunk, "day": wish.day}
    connection.execute(keep_first(connection, trunk_days), named | begun)
    is_it = and_(trunk_days.c.trunk == wish.trunk, trunk_days.c.day == wish.day)
    held = select(trunk_days).where(is_it).with_for_update()
    row = connection.execute(held).one()
    left = wish.calls if wish.total is None else max(0, wish.total - row.calls)
    calls, talked = min(wish.calls, left), row.talked + wish.talked.total_seconds()
    after = {"calls": row.calls + calls, "talked": talked}
    connection.execute(update(trunk_days).where(is_it).values(**after))
    return DayShare(wish.day, calls, timedelta(seconds=talked))


def leave_unused(connection: Connection, tenure: Tenure) -> None:
    """Hold no more than the calls that still go on."""
    is_its = and_(slices.c.node == tenure.node, slices.c.epoch == tenure.epoch)
    connection.execute(delete(slices).where(is_its, slices.c.in_use == 0))
    connection.execute(update(slices).where(is_its).values(wants=0))
    unused = update(slices).where(is_its, slices.c.held > slices.c.in_use)
    connection.execute(unused.values(held=slices.c.in_use))


def forget_ended(connection: Connection, before: datetime) -> None:
    """Delete what was shared of campaigns that ended before a moment.

    Long enough ago that no node has a call of one: who asks again finds its scope.
    """
    over = select(literal(CAMPAIGN) + campaigns.c.id).where(
        campaigns.c.finished_at < before
    )
    connection.execute(delete(slices).where(slices.c.scope.in_(over)))
    connection.execute(delete(scopes).where(scopes.c.name.in_(over)))


# What an earlier life of the node held, and this one does not ask for: a trunk that the
# settings name no more. It is free once no call from before this start goes on.
_GOES_ON = exists().where(
    attempts.c.node == slices.c.node,
    *IS_TAKEN,
    attempts.c.claimed_at < nodes.c.started_at,
    nodes.c.name == slices.c.node,
)
_FORGET_EARLIER = delete(slices).where(
    slices.c.node == bindparam("node"), slices.c.epoch < bindparam("epoch"), ~_GOES_ON
)


def _shared(connection: Connection, tenure: Tenure, wish: SliceWish) -> Sequence[Slice]:
    _hold(connection, wish.scope)
    rows = connection.execute(select(slices).where(slices.c.scope == wish.scope))
    others = [_slice(row) for row in rows if row.node != tenure.node]
    mine = Slice((tenure.node, tenure.epoch), wish.cap, wish.in_use, wish.wants)
    aim = target(mine, others, wish.total)
    held = raised(wish.cap, aim, others, wish.total)
    is_mine = and_(slices.c.scope == wish.scope, slices.c.node == tenure.node)
    connection.execute(delete(slices).where(is_mine))
    if held or wish.in_use or wish.wants:
        row = {"held": held, "in_use": wish.in_use, "wants": wish.wants}
        named = {"scope": wish.scope, "node": tenure.node, "epoch": tenure.epoch}
        connection.execute(insert(slices), named | row)
    return [*others, Slice(mine.life, held, wish.in_use, wish.wants)]


def _hold(connection: Connection, scope: str) -> None:
    """Keep other nodes from this scope until the transaction ends."""
    connection.execute(keep_first(connection, scopes), {"name": scope})
    held = select(scopes.c.name).where(scopes.c.name == scope).with_for_update()
    connection.execute(held).one()


def _slice(row: Any) -> Slice:
    return Slice((row.node, row.epoch), row.held, row.in_use, row.wants)
