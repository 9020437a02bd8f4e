"""The writer's thread: what another node was in the way of is written again, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from automaton.clock import SystemClock
from automaton.engine.write import COLLIDED, Writer
from automaton.errors import LineError, NodeLostError
from automaton.store import failures


class Contested:
    """A ledger whose first transactions end in these errors."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.begun = 0

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        self.begun += 1
        yield self
        if self.errors:
            raise self.errors.pop(0)


def collided() -> LineError:
    return LineError("in the way", error_id=failures.COLLIDED)


async def test_a_collision_is_written_again_at_once() -> None:
    ledger = Contested(collided())
    writer = Writer(ledger, SystemClock())
    assert await writer.run(lambda _: "done") == "done"
    assert ledger.begun == 2
    writer.close()


async def test_two_collisions_are_a_failure_of_the_database() -> None:
    ledger = Contested(collided(), collided())
    writer = Writer(ledger, SystemClock())
    with pytest.raises(LineError) as failure:
        await writer.run(lambda _: "done")
    assert (failure.value.error_id, ledger.begun) == (COLLIDED, 2)
    writer.close()


async def test_who_is_fenced_is_told_and_writes_nothing_again() -> None:
    told: list[NodeLostError] = []
    writer = Writer(Contested(NodeLostError("x")), SystemClock(), lost=told.append)
    with pytest.raises(NodeLostError):
        await writer.run_at_last(lambda _: "done")
    assert len(told) == 1
    writer.close()
