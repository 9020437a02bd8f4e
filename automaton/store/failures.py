"""What an error of the database means: one sentence for whoever must act, one id.

With `engine.py` and `claims.py` the only files in which SQLite and PostgreSQL differ.
A statement that the database refuses for what it says (a row that breaks a rule) is
none of these: it would be refused again.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError

from automaton.errors import LineError

FULL, LOCKED, LOST = "database-full", "database-locked", "database-lost"
COLLIDED = "database-collided"
READ_ONLY, DAMAGED, FAILED = "database-read-only", "database-damaged", "database-failed"

SENTENCES = {
    FULL: "The disk of the database is full: make room on it.",
    LOCKED: "Another program keeps the database locked: end it.",
    LOST: "The connection to the database was lost: {why}",
    COLLIDED: "Two writers were in each other's way: it is tried again.",
    READ_ONLY: "The database cannot be written, only read: look at its disk and at its"
    " access rights.",
    DAMAGED: "The file of the database is damaged: stop the daemon and restore the"
    " last backup.",
    FAILED: "The database failed: {why}",
}
_SQLITE = {
    "SQLITE_FULL": FULL,
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_PROTOCOL": LOCKED,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_CANTOPEN": READ_ONLY,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
}
_POSTGRES = {
    "25P03": LOST,
    "40001": COLLIDED,
    "40P01": COLLIDED,
    "53100": FULL,
    "55P03": LOCKED,
    "25006": READ_ONLY,
    "57P01": LOST,
    "57P02": LOST,
    "57P03": LOST,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}
_FOLDER = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: READ_ONLY,
    errno.EACCES: READ_ONLY,
    errno.EPERM: READ_ONLY,
}


@contextmanager
def told_plainly() -> Iterator[None]:
    """Raise `LineError` with one plain sentence where the database fails inside."""
    try:
        yield
    except DBAPIError as error:
        failure = failure_of(error)
        if failure is None:
            raise
        raise failure from error


def failure_of(error: DBAPIError) -> LineError | None:
    """Return what failed; None where it is the statement that is wrong."""
    kind = _kind(error)
    if kind is None:
        return None
    why = str(error.orig).partition("\n")[0]
    return LineError(SENTENCES[kind].format(why=why), error_id=kind)


def folder_failure(error: OSError) -> LineError:
    """Return what the disk refuses to the folder of the database."""
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        told = f"{error.filename} is no folder: choose another folders.data."
        return LineError(told, error_id=FAILED)
    kind = _FOLDER.get(error.errno or 0, FAILED)
    why = error.strerror or str(error)
    return LineError(SENTENCES[kind].format(why=why), error_id=kind)


def _kind(error: DBAPIError) -> str | None:
    driver = error.orig
    if isinstance(driver, sqlite3.Error):
        name = str(getattr(driver, "sqlite_errorname", ""))
        known = (kind for start, kind in _SQLITE.items() if name.startswith(start))
        found = next(known, None)
    else:
        state = getattr(driver, "sqlstate", None)
        away = error.connection_invalidated or (
            state is None and isinstance(error, OperationalError)
        )
        found = LOST if away else _POSTGRES.get(state or "")
    if found is None and isinstance(error, OperationalError):
        return FAILED
    return found
