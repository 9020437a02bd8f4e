"""What a region costs its one database, by the server's and the kernel's account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from benchmarks.usage import TICK
from tests.store.cluster import Cluster, postgres_binaries, throwaway_cluster

DATABASE = "region"
SETTINGS = (
    "shared_preload_libraries = 'pg_stat_statements'",
    "pg_stat_statements.track_planning = on",
    "max_connections = 200",
    "shared_buffers = '512MB'",
    "max_wal_size = '4GB'",
    "track_io_timing = on",
    "autovacuum_naptime = 10s",  # a night passes faster than a minute
)


@dataclass(frozen=True, slots=True)
class Load:
    """Counts since the server's start; those of two moments make a span's."""

    commits: float = 0
    rollbacks: float = 0
    deadlocks: float = 0
    rows_written: float = 0
    rows_read: float = 0
    statements: float = 0
    statement_seconds: float = 0.0
    longest_ms: float = 0.0
    wal_mb: float = 0.0
    cpu_seconds: float = 0.0

    def since(self, before: Load) -> Load:
        """Return what was added since; the longest statement is of all time."""
        names = [one.name for one in fields(self)]
        now = {name: getattr(self, name) - getattr(before, name) for name in names}
        return Load(**{**now, "longest_ms": self.longest_ms})


class Server:
    """A private PostgreSQL that counts what it does."""

    def __init__(self, cluster: Cluster) -> None:
        self.url = cluster.url(DATABASE)
        self._folder = cluster.folder
        self._eye = psycopg.connect(
            dbname=DATABASE, user="postgres", host=str(cluster.folder), autocommit=True
        )
        self._eye.execute("CREATE EXTENSION pg_stat_statements")

    def load(self) -> Load:
        """Return what was done so far."""
        counted = {**self._row(_DATABASE), **self._row(_STATEMENTS), **self._row(_WAL)}
        told = {name: float(value or 0) for name, value in counted.items()}
        return Load(**told, cpu_seconds=self._cpu_seconds())

    def begin(self) -> None:
        """Forget the statements so far; let the planner know who lives here.

        Not the tables of calls: of an empty one it would learn that it stays empty.
        """
        self._eye.execute("ANALYZE households, contacts, contact_points")
        self._eye.execute("SELECT pg_stat_statements_reset()")

    def dearest(self, count: int = 16) -> str:
        """Return the statements that took longest in all, a line each."""
        rows = self._eye.execute(_DEAREST, (count,)).fetchall()
        lines = ["  seconds      calls    ms each  statement"]
        lines += [
            f"{ms / 1e3:9.1f}  {calls:9}  {ms / calls:9.3f}  {_plain(text)}"
            for calls, ms, text in rows
        ]
        return "\n".join(lines)

    def sizes_mb(self) -> dict[str, float]:
        """Return the largest tables, their indexes counted, and the whole database."""
        rows = self._eye.execute(_SIZES).fetchall()
        return {name: size / 1e6 for name, size in rows}

    def close(self) -> None:
        """Look no more."""
        self._eye.close()

    def _row(self, question: str) -> dict[str, float]:
        with self._eye.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(question).fetchone() or {}

    def _cpu_seconds(self) -> float:
        """Return the CPU of the server, of its processes, and of those that ended."""
        pid_file = self._folder / "data" / "postmaster.pid"
        postmaster = int(pid_file.read_text("ascii").split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children")
        living = [int(pid) for pid in children.read_text("ascii").split()]
        ticks = sum(_ticks(pid) for pid in (postmaster, *living))
        return (ticks + _ticks(postmaster, of_the_ended=True)) / TICK


@contextmanager
def private_server() -> Iterator[Server]:
    """Give a server of our own with an empty database; both are gone afterwards."""
    binaries = postgres_binaries()
    if binaries is None:
        raise SystemExit("no PostgreSQL server is installed here")
    with throwaway_cluster(binaries, SETTINGS) as cluster:
        cluster.create(DATABASE)
        server = Server(cluster)
        try:
            yield server
        finally:
            server.close()


def _plain(statement: str) -> str:
    return " ".join(statement.split())[:99]


def _ticks(pid: int, *, of_the_ended: bool = False) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii")
    except OSError:
        return 0
    told = stat.rpartition(")")[2].split()
    first = 13 if of_the_ended else 11
    return int(told[first]) + int(told[first + 1])


_DATABASE = """
    SELECT xact_commit AS commits, xact_rollback AS rollbacks, deadlocks,
           tup_inserted + tup_updated + tup_deleted AS rows_written,
           tup_fetched AS rows_read
    FROM pg_stat_database WHERE datname = current_database()"""
_STATEMENTS = """
    SELECT sum(calls) AS statements,
           sum(total_exec_time + total_plan_time) / 1000 AS statement_seconds,
           max(max_exec_time) AS longest_ms
    FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
    WHERE d.datname = current_database()"""
_WAL = "SELECT wal_bytes / 1e6 AS wal_mb FROM pg_stat_wal"
_DEAREST = """
    SELECT calls, total_exec_time + total_plan_time, query
    FROM pg_stat_statements ORDER BY 2 DESC LIMIT %s"""
_SIZES = """
    SELECT relname, pg_total_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    ORDER BY 2 DESC LIMIT 6"""
