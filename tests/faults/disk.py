"""A campaign whose database lies on a small disk, inside a chamber of its own.

python -m tests.faults.disk full SEED RUNS     tells what was observed in JSON
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from tests.faults.database import expect_diagnosis, homes, in_mid_campaign
from tests.faults.fault import Observed
from tests.faults.ground import FaultStage, make_ground
from tests.store.small_disk import fill, small_disk, turn
from tests.system.stage import until

MEBIBYTES, RESERVE = 48, 8
FULL_SECONDS = 8.0
READ_ONLY_SECONDS = 4.0
GIVEN_UP = "its reserve is given up"
REFUSED = "cannot be written: Read-only file system"


def full(here: FaultStage, place: Path) -> tuple[float, float]:
    """Take all room for some seconds; the reserve is given up, keys are kept."""
    before = here.said().count(GIVEN_UP)
    with here.office.desk.engine.connect() as connection:
        # SQLite's log keeps its room, in which a small campaign goes on for long.
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    filler = fill(place)
    until(
        lambda: here.said().count(GIVEN_UP) > before,
        30,
        "a write fails for want of room",
    )
    noticed = time.time()
    time.sleep(FULL_SECONDS)
    expect_diagnosis(here, "reserve")
    over = time.time()
    filler.unlink()
    return noticed, over


def read_only(here: FaultStage, place: Path) -> tuple[float, float]:
    """Start the daemon on a disk that can only be read; then once more."""
    here.kill()
    began = time.time()
    here.office.desk.engine.dispose()
    turn(place, "ro")
    here.begin()
    assert here.dies()
    assert REFUSED in here.said()
    expect_diagnosis(here, "database")
    time.sleep(READ_ONLY_SECONDS)
    over = time.time()
    turn(place, "rw")
    here.start()
    return began, over


STORIES: Mapping[str, Callable[[FaultStage, Path], tuple[float, float]]] = {
    "full": full,
    "read-only": read_only,
}


def observed(story: str, seed: int, runs: int) -> Observed:
    """Bring one story about."""
    ground = make_ground(runs)
    with small_disk(MEBIBYTES) as place:
        more = f'[database]\nurl = "sqlite:///{place}/town.db"\nreserve = {RESERVE}\n'
        with ground.stage(homes(ground, seed), more=more) as here:
            seen = in_mid_campaign(
                ground, here, f"disk-{story}", lambda one: STORIES[story](one, place)
            )
            here.office.desk.engine.dispose()
    return seen


if __name__ == "__main__":
    told, seed, runs = sys.argv[1:]
    sys.stdout.write(json.dumps(asdict(observed(told, int(seed), int(runs)))))
