"""Takes what was deleted out of the database's own files too.

A deleted row leaves its bytes in pages that are free, and in the write-ahead log. Both
databases are written anew here, without them. What neither can reach is told where it
is documented: PostgreSQL's own WAL and its archives, backups, snapshots of the disk.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Table

from automaton.errors import LineError
from automaton.store.tables import (
    alarms,
    attempts,
    call_ins,
    consents,
    contact_points,
    contacts,
    duty_entries,
    establishments,
    group_members,
    households,
    import_changes,
    live_numbers,
    officer_tries,
    officers,
    opt_outs,
    proofs_of_readiness,
    proposals,
    recipients,
    recordings_left,
    users,
)

PERSONAL: tuple[Table, ...] = (
    *(contacts, contact_points, consents, households, group_members, proposals),
    *(import_changes, recipients, attempts, alarms, live_numbers, opt_outs),
    *(establishments, duty_entries, users, call_ins, recordings_left),
    *(officers, officer_tries, proofs_of_readiness),
)
PATIENCE_MILLISECONDS = 3_000


def sweep(engine: Engine) -> None:
    """Write the database anew, so that nothing deleted is in its files.

    Nobody else writes meanwhile: 0.6 s for 90 MB of SQLite on two cores. `LineError`
    where somebody holds the database for too long: nothing is lost, sweep again.
    """
    if engine.dialect.name == "sqlite":
        wait = f"PRAGMA busy_timeout={PATIENCE_MILLISECONDS}"
        statements = [wait, "PRAGMA temp_store=MEMORY", "VACUUM"]
    else:
        tables = ", ".join(table.name for table in PERSONAL)
        wait = f"SET lock_timeout = {PATIENCE_MILLISECONDS}"
        # Statistics keep samples of what columns held: those of today, then no others.
        anew = f"VACUUM (FULL, ANALYZE) {tables}"
        statements = [wait, anew, "VACUUM (FULL) pg_statistic"]
    raw = engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        if engine.dialect.name != "sqlite":
            driver.autocommit = True
        for statement in statements:
            driver.execute(statement)
        if engine.dialect.name == "sqlite":
            _empty_the_log(driver)
    except engine.dialect.loaded_dbapi.Error as error:
        raise _not_yet(str(error).partition("\n")[0]) from error
    finally:
        raw.invalidate()  # its settings are for this alone
        raw.close()


def _empty_the_log(driver: Any) -> None:
    """Bring the write-ahead log into the file and cut it to nothing."""
    (busy, _, _) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise _not_yet("its write-ahead log is still read")


def _not_yet(why: str) -> LineError:
    return LineError(
        "What was erased is gone from the tables, but its bytes may still lie in the"
        f" database's files ({why}): run automaton contacts sweep",
        error_id="sweep-later",
    )
