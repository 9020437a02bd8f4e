"""The engine's port to the database: one write transaction at a time, and few looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Engine

from automaton.clock import Clock
from automaton.errors import LineError
from automaton.store import cases
from automaton.store.checkpoints import Checkpoints
from automaton.store.engine import reading, writing
from automaton.store.failures import FULL
from automaton.store.reserve import Reserve
from automaton.store.tenure import Tenure, hold_tenure
from automaton.store.transaction import SqlTransaction


class SqlLedger:
    """The ledger in SQL. `epoch` is what `notes.begin_node` gave this node.

    With a `reserve` no attempt is claimed while it had to be given up. With a `tenure`
    other nodes write here too: a transaction of one that was fenced does not begin.
    `checkpoints` look after SQLite's log beside it.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        epoch: int = 0,
        reserve: Reserve | None = None,
        tenure: Tenure | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self._engine, self._clock, self._epoch = engine, clock, epoch
        self._reserve, self._tenure = reserve, tenure
        self._checkpoints = checkpoints

    @property
    def epoch(self) -> int:
        """How often this node was begun."""
        return self._epoch

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """Open a write transaction; `LineError` where the database fails.

        `NodeLostError` where this node was fenced.
        """
        try:
            with writing(self._engine) as connection:
                if self._tenure is not None:
                    hold_tenure(connection, self._tenure)
                transaction = SqlTransaction(
                    connection, self._clock, self._epoch, self._reserve, self._tenure
                )
                yield transaction
                transaction.append_acts()
        except LineError as error:
            self._give_up_reserve(error)
            raise
        if self._checkpoints is not None:
            self._checkpoints.look()

    def _give_up_reserve(self, error: LineError) -> None:
        """Let what is still to be written have the room that was kept for it."""
        if self._reserve is not None and (
            error.error_id == FULL or self._reserve.is_needed()
        ):
            self._reserve.release()

    def counts(self, campaign_id: str) -> Mapping[str, int]:
        """Return how many recipients of a campaign are in each state."""
        with reading(self._engine) as connection:
            return cases.counts(connection, campaign_id)
