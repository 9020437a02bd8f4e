"""A disk of our own that fills up and turns read-only for real, for any user.

python -m tests.store.small_disk     tells in JSON what a ledger on it lived through
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from automaton.errors import LineError
from automaton.ids import new_id
from automaton.ports import DutyCall
from automaton.store.engine import check_writable, open_database
from automaton.store.ledger import SqlLedger
from automaton.store.reserve import Reserve
from automaton.store.schema import upgrade
from tests.store.commune import Commune, number

MEBIBYTE = 1024 * 1024
FLAGS = ("-Urm", "-m")


def chamber() -> list[str] | None:
    """Return the command under which mounts are ours alone, None where none is."""
    for flags in FLAGS:
        trial = ["unshare", flags, "mount", "-t", "tmpfs", "trial", "/mnt"]
        if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
            return ["unshare", flags]
    return None


@contextmanager
def small_disk(mebibytes: int) -> Iterator[Path]:
    """Give the folder of a disk of that size (inside the chamber)."""
    with tempfile.TemporaryDirectory(prefix="aut-disk-") as place:
        _mount("-t", "tmpfs", "-o", f"size={mebibytes}m", "small", place)
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk: Path) -> Path:
    """Take all the room that is left on a disk; return the file that has it."""
    file = disk / "filler"
    with file.open("wb", buffering=0) as filler:
        for size in (MEBIBYTE, 4096, 1):
            try:
                while filler.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return file


def turn(disk: Path, how: str) -> None:
    """Mount a disk anew, `ro` or `rw`."""
    _mount("-o", f"remount,{how}", str(disk))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _failure(work: Any, *arguments: Any) -> str:
    try:
        work(*arguments)
    except LineError as error:
        return error.error_id
    return ""


def _note(ledger: SqlLedger, commune: Commune, lines: int = 1) -> None:
    with ledger.transaction() as transaction:
        for _ in range(lines):
            call = DutyCall(
                new_id(),
                commune.id,
                None,
                "x" * 500,
                number(0),
                "t",
                commune.now,
                "",
                False,
            )
            transaction.note_duty_call(call)


def _full(disk: Path) -> Iterator[tuple[str, Any]]:
    """Yield what a ledger lives through while its disk is full, and afterwards."""
    url = f"sqlite:///{disk / 'town.sqlite3'}"
    upgrade(url)
    engine = open_database(url)
    commune = Commune(engine)
    for index in range(3):
        commune.home(number(index))
    reserve = Reserve(disk / "reserve", 4 * MEBIBYTE)
    yield "kept", reserve.keep()
    ledger = SqlLedger(engine, commune.clock, 1, reserve)
    commune.ledger = ledger
    campaign = commune.planned()
    yield "claimed at first", len(commune.claim(campaign, 1))
    filler = fill(disk)
    yield "failed of", _failure(_note, ledger, commune, 4000)
    yield "reserve given up", not reserve.path.exists()
    yield "written then", _failure(_note, ledger, commune) == ""
    yield "claimed while full", len(commune.claim(campaign, 1))
    filler.unlink()
    yield "claimed with room", len(commune.claim(campaign, 1))
    yield "kept again", reserve.is_kept
    engine.dispose()


def _read_only(disk: Path) -> Iterator[tuple[str, Any]]:
    """Yield what is said of a database on a disk that can only be read."""
    url = f"sqlite:///{disk / 'town.sqlite3'}"
    upgrade(url)
    held = open_database(url)
    check_writable(held)
    held.dispose()
    turn(disk, "ro")
    yield "opened", _failure(open_database, url)
    yield "reserve", Reserve(disk / "reserve", MEBIBYTE).keep()
    turn(disk, "rw")
    yield "opened again", _failure(open_database, url)


def told() -> dict[str, Any]:
    """Return what happens on a full disk and on one that can only be read."""
    found: dict[str, Any] = {}
    for story in (_full, _read_only):
        with small_disk(24) as disk:
            found[story.__name__.strip("_")] = dict(story(disk))
    return found


def in_a_chamber(command: Sequence[str]) -> str:
    """Run a command where mounts are ours alone; return what it says."""
    order = chamber()
    assert order is not None, "no mount namespace can be made here"
    done = subprocess.run(
        [*order, *command], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


if __name__ == "__main__":
    sys.stdout.write(json.dumps(told()))
