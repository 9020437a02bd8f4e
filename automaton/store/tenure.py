"""Whether this start of a node still counts: asked at the head of every transaction.

Rows that are only kept from changing are locked as foreign keys lock them, so that no
two nodes ever wait for each other here; who fences passes by what is under way.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from automaton.errors import NodeLostError
from automaton.store.tables import nodes, roles

CHAIR = "chief"


class Tenure(NamedTuple):
    """One start of a node; `epoch` counts them."""

    node: str
    epoch: int


def hold_tenure(connection: Connection, tenure: Tenure) -> None:
    """Keep this start from being fenced until the transaction ends.

    `NodeLostError` where it was: nothing that it writes counts any more.
    """
    if connection.execute(_HELD, tenure._asdict()).first() is None:
        raise NodeLostError("its lease was over")


def holds_chair(connection: Connection, tenure: Tenure) -> bool:
    """Tell whether this node leads; then it does until the transaction ends."""
    return connection.execute(_LEADS, tenure._asdict()).first() is not None


_HELD = (
    select(nodes.c.epoch)
    .where(
        nodes.c.name == bindparam("node"),
        nodes.c.epoch == bindparam("epoch"),
        nodes.c.fenced_at.is_(None),
    )
    .with_for_update(read=True, key_share=True)
)
_LEADS = (
    select(roles.c.epoch)
    .where(
        roles.c.name == CHAIR,
        roles.c.node == bindparam("node"),
        roles.c.epoch == bindparam("epoch"),
    )
    .with_for_update(read=True, key_share=True)
)
