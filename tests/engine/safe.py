"""Where a night's backups go: nowhere, and what became of each is the test's to say."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from automaton.domain.failing import Known, still


class FakeSafe:
    """Makes no backup; does what the test wants while it would.

    A mapping says which places fail; what is remembered outlives the daemon.
    """

    def __init__(self, *does: Callable[[], None] | Exception | dict[str, str]) -> None:
        self.does = list(does)
        self.tried = self.kept = 0
        self.last: dict[str, datetime | None] = {"there": None}
        self.known: Known = {}
        self.refuses: Exception | None = None

    def last_at(self) -> dict[str, datetime | None]:
        return self.last

    def keep(self) -> dict[str, str]:
        assert threading.current_thread() is not threading.main_thread()
        self.tried += 1
        what = self.does.pop(0) if self.does else None
        if isinstance(what, Exception):
            raise what
        if isinstance(what, dict):
            return what
        if what is not None:
            what()
        self.kept += 1
        return {}

    def failing(self) -> Known:
        if self.refuses is not None:
            raise self.refuses
        return still(self.known, self.last)

    def note_failing(self, known: Known) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.known = known
