"""A walk from door to door however long: sorted on the disk where it is too long."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from heapq import merge
from typing import IO

from automaton.domain.record import RecipientRecord
from automaton.domain.report import walk_key

RUN = 5_000


class LongWalk:
    """Recipients street by street; no more than `RUN` of them are held in memory.

    The rest lies sorted in files without a name, gone when `closing` is closed.
    """

    def __init__(self, closing: ExitStack) -> None:
        self._closing = closing
        self._held: list[RecipientRecord] = []
        self._runs: list[IO[bytes]] = []
        self._count = 0

    def add(self, record: RecipientRecord) -> None:
        """Take one more."""
        self._held.append(record)
        self._count += 1
        if len(self._held) >= RUN:
            self._put_down()

    def _put_down(self) -> None:
        run = self._closing.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        for record in sorted(self._held, key=walk_key):
            pickle.dump(record, run, pickle.HIGHEST_PROTOCOL)
        self._runs.append(run)
        self._held = []

    def __len__(self) -> int:
        """Return how many were taken."""
        return self._count

    def __iter__(self) -> Iterator[RecipientRecord]:
        """Yield them in their order; one reader at a time."""
        held = sorted(self._held, key=walk_key)
        return merge(*(_read(run) for run in self._runs), held, key=walk_key)


def _read(run: IO[bytes]) -> Iterator[RecipientRecord]:
    run.seek(0)
    with suppress(EOFError):
        while True:
            yield pickle.load(run)  # noqa: S301 - our own, written a moment ago
