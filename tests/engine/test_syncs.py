"""What left is durable: files cut at the last sync hold the intent and the key.

`kill -9` keeps what the kernel has not written yet; a power cut does not. So the
engine is traced, and its files are put together from what was synced alone.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.store.commune import Commune, number

HOMES = 12
CALLS = "trace=pwrite64,fdatasync,fsync,ftruncate,write"
SYNCS = ("fdatasync", "fsync")
CALL = re.compile(r"^(\d+) +(\w+)\(\d+<([^>]*)>(?:, )?(.*)$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>.* = 0$")
WRITTEN = re.compile(r'^"((?:\\x[0-9a-f]{2})*)", (\d+)(?:, (\d+))?')


@dataclass
class Disk:
    """Files as they are in memory, and as they would be after a power cut."""

    seen: defaultdict[str, bytearray] = field(
        default_factory=lambda: defaultdict(bytearray)
    )
    durable: dict[str, bytes] = field(default_factory=dict)
    begun: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    syncs: int = 0

    def write(self, name: str, at: int, what: bytes) -> None:
        file = self.seen[name]
        file.extend(bytes(max(0, at - len(file))))
        file[at : at + len(what)] = what

    def sync_begins(self, thread: str, name: str) -> None:
        self.begun[thread] = (name, bytes(self.seen[name]))

    def sync_ends(self, thread: str) -> None:
        name, content = self.begun.pop(thread)
        self.durable[name] = content
        self.syncs += 1

    def after_a_power_cut(self, folder: Path) -> Path:
        """Write what was synced, and nothing else; return the database."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in self.durable.items():
            (folder / name).write_bytes(content)
        return folder / "town.sqlite3"


def lived(trace: Path, disk: Disk) -> Iterator[tuple[str, str]]:
    """Yield what left, in its order, the disk being as it was at that moment."""
    for line in trace.read_text("ascii").splitlines():
        if (found := RESUMED.match(line)) and found[2] in SYNCS:
            disk.sync_ends(found[1])
        elif found := CALL.match(line):
            thread, call, path, rest = found.groups()
            name = Path(plain(path)).name
            if name == "orders":
                yield from (pair(one) for one in content(rest).decode().splitlines())
            else:
                happened(disk, thread, call, name, rest)


def happened(disk: Disk, thread: str, call: str, name: str, rest: str) -> None:
    """Do to the disk what one call of the system did."""
    if call in SYNCS:
        disk.sync_begins(thread, name)
        if rest.endswith("= 0"):
            disk.sync_ends(thread)
    elif call == "ftruncate":
        del disk.seen[name][int(rest.partition(")")[0]) :]
    elif written := WRITTEN.match(rest):
        disk.write(name, int(written[3]), content(rest))


def content(rest: str) -> bytes:
    """Return the bytes that a call wrote, which strace tells in hexadecimal."""
    written = WRITTEN.match(rest)
    assert written is not None, rest[:80]
    assert int(written[2]) * 4 == len(written[1]), "strace has cut a write"
    return bytes.fromhex(written[1].replace("\\x", ""))


def plain(path: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda one: chr(int(one[1], 16)), path)


def pair(line: str) -> tuple[str, str]:
    what, _, attempt = line.partition(" ")
    return what, attempt


@pytest.fixture
def traced(database: Engine, tmp_path: Path) -> tuple[Path, Disk]:
    """A campaign that was rung under strace, and the disk before it."""
    commune = Commune(database)
    for index in range(HOMES):
        commune.home(number(index))
    commune.campaign()
    database.dispose()
    file, orders = tmp_path / "town.sqlite3", tmp_path / "orders"
    disk = Disk()
    disk.seen[file.name] += file.read_bytes()
    disk.durable[file.name] = file.read_bytes()
    trace = tmp_path / "trace"
    watched = [file, tmp_path / "town.sqlite3-wal", orders]
    paths = [word for path in watched for word in ("-P", str(path))]
    order = ["strace", "-f", "-y", "-xx", "-s", "1000000", "-e", CALLS, *paths]
    order += ["-o", str(trace), sys.executable, "-m", "tests.engine.durable_night"]
    subprocess.run([*order, str(file), str(orders)], check=True, timeout=90)
    return trace, disk


def test_an_order_leaves_after_its_intent_is_synced_and_thanks_after_the_key(
    traced: tuple[Path, Disk], tmp_path: Path
) -> None:
    trace, disk = traced
    left: dict[str, list[str]] = {"order": [], "thanks": []}
    for what, attempt in lived(trace, disk):
        left[what].append(attempt)
        found = on_record(disk.after_a_power_cut(tmp_path / "after"), attempt)
        assert found is not None, f"{what} {attempt}: nothing is durable"
        state, key, holds = found
        assert state != "planned"
        assert holds or key, f"{what} {attempt}: its number is not taken"
        assert what == "order" or key == "1"
    assert len(left["order"]) == len(left["thanks"]) == HOMES
    assert len(set(left["order"])) == HOMES
    assert disk.syncs >= 3, "an intent, a key and an end are never one commit"


def on_record(database: Path, attempt: str) -> tuple[str, str, int] | None:
    """Return what a database knows of an attempt: state, keys, whether it rings."""
    question = (
        "SELECT state, keys, (SELECT count(*) FROM live_numbers WHERE attempt_id = id)"
        " FROM attempts WHERE id = ?"
    )
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found: tuple[str, str, int] | None = opened.execute(
            question, (attempt,)
        ).fetchone()
    return found
