"""A throwaway PostgreSQL on a socket of its own folder: no port, no trace."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

VERSIONS = Path("/usr/lib/postgresql")
TRIES_OF_A_START = 25
MEMORY = Path("/dev/shm")
ROOM = 4_000_000_000  # bytes


def postgres_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server, None without one."""
    found = [path.parent for path in VERSIONS.glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


@dataclass
class Cluster:
    """A running server."""

    folder: Path

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def create(self, name: str) -> str:
        """Return the address of a new database."""
        self._run("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def kill(self) -> None:
        """End the server as a power cut would; its files stay as they are."""
        pid = (self.folder / "data" / "postmaster.pid").read_text("ascii").split()[0]
        os.kill(int(pid), signal.SIGKILL)

    def start(self, binaries: Path) -> None:
        """Start the server; what a killed one left behind is waited for."""
        for _ in range(TRIES_OF_A_START - 1):
            try:
                return self._start(binaries)
            except AssertionError:
                time.sleep(0.2)
        return self._start(binaries)

    def _start(self, binaries: Path) -> None:
        options = f"-k {self.folder} -c listen_addresses="
        _run(binaries / "pg_ctl", *self.control, "-o", options, "start")

    @property
    def control(self) -> list[str]:
        """What `pg_ctl` must be told of this server."""
        return ["-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log")]

    def empty(self, name: str, tables: Iterable[sqlalchemy.Table]) -> None:
        """Delete all rows of a database: much faster than a new one for each test."""
        names = ", ".join(f'"{table.name}"' for table in tables)
        wait = "SET lock_timeout = '10s'"
        unguarded = "SET session_replication_role = replica"  # the audit refuses it
        self._run(name, wait, unguarded, f"TRUNCATE {names} RESTART IDENTITY")

    def _run(self, name: str, *statements: str) -> None:
        with psycopg.connect(
            dbname=name, user="postgres", host=str(self.folder), autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def cluster_or_skip() -> Iterator[Cluster]:
    """Give a server that is gone afterwards; skip the test where none is installed."""
    binaries = postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed here")
    with throwaway_cluster(binaries, place=_in_memory()) as running:
        yield running


@contextmanager
def throwaway_cluster(
    binaries: Path, settings: Iterable[str] = (), place: Path | None = None
) -> Iterator[Cluster]:
    """Give a server that is gone afterwards, with its files.

    `settings`: further lines of its configuration; `place`: where its folder is made.
    """
    folder = Path(tempfile.mkdtemp(prefix="automaton-pg-", dir=place))
    data = folder / "data"
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        initdb = ["-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"]
        _run(binaries / "initdb", *initdb, "-E", "UTF8", "--locale=C")
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in settings)
        running = Cluster(folder)
        running.start(binaries)
        try:
            yield running
        finally:
            _run(binaries / "pg_ctl", *running.control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> Path | None:
    """Return a folder in memory, where no commit waits; None where there is no room."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if has_room else None


def _run(program: Path, *arguments: str) -> None:
    """Run a program of PostgreSQL, which refuses to be root."""
    rights = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*rights, str(program), *arguments]
    # A server started by pg_ctl keeps our pipes: its output goes nowhere.
    done = subprocess.run(
        command,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{program.name} failed with {done.returncode}"
