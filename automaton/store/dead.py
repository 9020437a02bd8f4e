"""What a fenced node has left open, and what is freed once it is over.

Whoever looks holds the node's row: so its return and its bequest never overlap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from automaton.domain.attempt import Attempt
from automaton.domain.slices import TRUNK, scopes_of
from automaton.store.calls import IS_TAKEN
from automaton.store.rows import ATTEMPT_COLUMNS, attempt_of
from automaton.store.tables import attempts, live_numbers, nodes, slices, trunk_states

Life = tuple[str, int]
UNTOLD = 665  # seconds: a conversation of ten minutes, from its first ring
BURIED = "~"  # in the name of a node whose machine is another's by now


def abandoned(
    connection: Connection, life: Life, *, on_lines: bool, limit: int
) -> list[Attempt]:
    """Return the oldest claims of a fenced node; none where it has begun again."""
    if not _hold(connection, life):
        return []
    asked = _ON_LINES if on_lines else _QUARANTINED
    rows = connection.execute(asked, {"name": life[0], "limit": limit})
    return [attempt_of(row) for row in rows]


def lower_slices(
    connection: Connection, life: Life, goodbyes: Mapping[str, int]
) -> None:
    """Let a fenced node hold no more than the calls that it may still have.

    It claims nothing any more, so that they only become fewer: nobody's lock is asked.
    `goodbyes`: calls of each scope that are settled, and may still talk. Of its duty
    calls nobody knows the trunk: they count for each.
    """
    if not _hold(connection, life):
        return
    name, left = {"name": life[0]}, Counter[str](goodbyes)
    for row in connection.execute(_OPEN, name):
        left.update(dict.fromkeys(scopes_of(row.trunk, row.campaign_id), row.calls))
    duty = connection.execute(_DUTY_CALLS, name).scalar_one()
    is_its = slices.c.node == life[0]
    for row in connection.execute(select(slices).where(is_its)).all():
        in_duty = duty if row.scope.startswith(TRUNK) else 0
        held = min(row.held, left[row.scope] + in_duty)
        if (held, held, 0) != (row.held, row.in_use, row.wants):
            lower = update(slices).where(is_its, slices.c.scope == row.scope)
            connection.execute(lower.values(held=held, in_use=held, wants=0))


def forget(connection: Connection, life: Life, certain: timedelta) -> bool:
    """Free the duty numbers of a fenced node, and its trunks once nothing is open."""
    name, _ = life
    if not _hold(connection, life):
        return True
    is_its = live_numbers.c.node == name, _IS_DUTY
    connection.execute(delete(live_numbers).where(*is_its, _last(certain)))
    asked = {"name": name}
    has_calls = connection.execute(_DUTY_CALLS, asked).scalar_one()
    if has_calls or connection.execute(_ANY, asked).first() is not None:
        return False
    connection.execute(delete(trunk_states).where(trunk_states.c.node == name))
    connection.execute(delete(slices).where(slices.c.node == name))
    if BURIED in name:
        connection.execute(delete(nodes).where(nodes.c.name == name))
    return True


def free_left(
    connection: Connection, life: Life, over: Collection[str], certain: timedelta
) -> frozenset[str]:
    """Free the duty numbers of a node's lives before this one whose calls are over."""
    name, epoch = life
    is_its = live_numbers.c.node == name, live_numbers.c.epoch < epoch, _IS_DUTY
    is_over = or_(_last(certain), live_numbers.c.attempt_id.in_(over))
    connection.execute(delete(live_numbers).where(*is_its, is_over))
    left = connection.execute(select(live_numbers.c.attempt_id).where(*is_its))
    return frozenset(left.scalars())


def _last(certain: timedelta) -> ColumnElement[bool]:
    """Tell which calls last no longer than that; of an older version's, none longer."""
    return func.coalesce(live_numbers.c.lasts, UNTOLD) <= certain.total_seconds()


def _hold(connection: Connection, life: Life) -> bool:
    """Keep a fenced node from beginning again; False where it has."""
    name, epoch = life
    is_it = nodes.c.name == name, nodes.c.epoch == epoch, nodes.c.fenced_at.is_not(None)
    held = select(nodes.c.name).where(*is_it).with_for_update(key_share=True)
    return connection.execute(held).first() is not None


_IS_DUTY = ~exists().where(attempts.c.id == live_numbers.c.attempt_id)
_DUTY_CALLS = select(func.count()).where(
    live_numbers.c.node == bindparam("name"), _IS_DUTY
)
_TAKEN = select(*ATTEMPT_COLUMNS).where(attempts.c.node == bindparam("name"), *IS_TAKEN)
_ANY = _TAKEN.limit(1)
_OPEN = (
    select(attempts.c.trunk, attempts.c.campaign_id, func.count().label("calls"))
    .where(attempts.c.node == bindparam("name"), *IS_TAKEN)
    .group_by(attempts.c.trunk, attempts.c.campaign_id)
)
_SOME = (
    _TAKEN.order_by(attempts.c.claimed_at, attempts.c.id)
    .limit(bindparam("limit"))
    .with_for_update(key_share=True)
)
_ON_LINES = _SOME.where(attempts.c.state != literal_column("'quarantined'"))
_QUARANTINED = _SOME.where(attempts.c.state == literal_column("'quarantined'"))
