"""Brings SQLite's log into its file beside the writer, once a second while it writes.

By itself SQLite does so in the commit that finds the log long: on a busy disk keys
waited 0.3 s for one while an audience was frozen.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from threading import Lock, Thread
from urllib.parse import quote

import structlog
from sqlalchemy import Engine

from automaton.clock import Clock
from automaton.store.engine import leave_checkpoints

log = structlog.get_logger(__name__)

EVERY = 1.0  # seconds
TURNS = 5  # what is written meanwhile is brought in too, so that the log begins anew


class Checkpoints:
    """Looks after the log of one SQLite engine; nobody waits for that."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        leave_checkpoints(engine)
        self._clock, self._next_at = clock, float("-inf")
        self._file = f"file:{quote(str(engine.url.database))}?mode=rw"
        self._at_work = Lock()

    def look(self) -> None:
        """Begin one where the last is long enough ago; called after each write."""
        seconds = self._clock.monotonic()
        if seconds >= self._next_at and self._at_work.acquire(blocking=False):
            self._next_at = seconds + EVERY
            try:
                Thread(target=self._work, name="checkpoint", daemon=True).start()
            except RuntimeError as error:  # what was written is, whatever comes of this
                self._at_work.release()
                log.warning("the log is brought in a second later", why=str(error))

    def wait(self) -> None:
        """Wait for the one under way."""
        with self._at_work:
            pass

    def _work(self) -> None:
        try:
            self._bring_in()
        except sqlite3.Error as error:
            log.info("the log is brought in a second later", why=str(error))
        finally:
            self._at_work.release()

    def _bring_in(self) -> None:
        with closing(sqlite3.connect(self._file, uri=True)) as connection:
            for _ in range(TURNS):
                asked = connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
                _, written, brought = asked.fetchone()
                if written == brought:
                    return
