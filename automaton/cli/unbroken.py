"""Ctrl-C in an import waits for the end of the transaction that it meets."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from automaton.store.people import SqlBook


class UnbrokenBook(SqlBook):
    """A book whose short transactions are never cut off in the middle.

    One that is would hold the database until the process ends, and what was staged
    could not be taken away.
    """

    def begin_import(self, *told: Any, **named: Any) -> None:
        """Write an import that shows nothing yet."""
        with ctrl_c_later():
            super().begin_import(*told, **named)

    def stage(self, *told: Any, **named: Any) -> None:
        """Write new contacts that nobody sees yet."""
        with ctrl_c_later():
            super().stage(*told, **named)

    def stage_changes(self, *told: Any, **named: Any) -> None:
        """Write down what will change, changing nothing yet."""
        with ctrl_c_later():
            super().stage_changes(*told, **named)

    def stage_proposals(self, *told: Any, **named: Any) -> None:
        """Write proposals that nobody sees yet."""
        with ctrl_c_later():
            super().stage_proposals(*told, **named)

    def publish(self, *told: Any, **named: Any) -> None:
        """Set the flag."""
        with ctrl_c_later():
            super().publish(*told, **named)

    def apply_changes(self, *told: Any, **named: Any) -> int:
        """Lay some changes over their contacts."""
        with ctrl_c_later():
            return super().apply_changes(*told, **named)

    def discard(self, *told: Any, **named: Any) -> int:
        """Delete some of an unpublished import."""
        with ctrl_c_later():
            return super().discard(*told, **named)


@contextmanager
def ctrl_c_later() -> Iterator[None]:
    """Let Ctrl-C strike at the end, not in between. For the main thread.

    It is noted, not masked: a mask is the main thread's alone, and whichever other
    thread takes the signal (one draws the progress bar), Python strikes the main one.
    """
    struck: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: struck.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if struck:
            signal.raise_signal(signal.SIGINT)
