"""What alembic runs: the migrations, on the connection that `schema.py` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from automaton.store.columns import WORD_LENGTH, Moment, Word
from automaton.store.policies import PolicyText
from automaton.store.tables import metadata


def written(kind: str, item: Any, api: AutogenContext) -> str | Literal[False]:
    """Return how our own column kinds are written in a migration."""
    if kind != "type":
        return False
    if isinstance(item, Moment):
        api.imports.add("from automaton.store.columns import Moment")
        return "Moment()"
    if isinstance(item, Word):
        return f"sa.String({WORD_LENGTH})"
    return "sa.Text()" if isinstance(item, PolicyText) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=written,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
