"""One transaction for a restore: all of it is kept, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from automaton.domain.audit import Seal
from automaton.settings import Settings
from automaton.store.chain import open_sealed
from automaton.store.engine import writing
from automaton.store.landing import Landing


class _OnlyALookError(Exception):
    """Undoes the transaction of a preview."""


@contextmanager
def landing(
    settings: Settings, seals: Sequence[Seal], now: datetime, *, keep: bool
) -> Iterator[Landing]:
    """Give a landing on the node's database; without `keep` it is undone."""
    engine = open_sealed(settings)
    try:
        with suppress(_OnlyALookError), writing(engine) as connection:
            yield Landing(connection, settings.server.node, seals, now)
            if not keep:
                raise _OnlyALookError
    finally:
        engine.dispose()
