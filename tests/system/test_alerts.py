"""Alert rules that fire on what a daemon with a real Asterisk tells at its door."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from automaton.domain.health import SAME_WORD
from automaton.services.backups import places_of
from tests.faults.database import HOLDER
from tests.system.conftest import MakeStage
from tests.system.stage import DUTY, Stage, home, on_duty, until
from tests.system.test_unfit import crash_asterisk, write_version
from tests.system.test_watching import get
from tests.watching.conftest import Samples, promtool
from tests.watching.test_rules import JOB, fires, note

__all__ = ["promtool"]

pytestmark = pytest.mark.asterisk

SILENCE, UNWRITTEN = 20.0, 30.0
LOCKED_SECONDS = 90.0  # longer than the test needs: it ends the lock itself


def samples(here: Stage) -> Samples:
    """Return every figure that the daemon tells now."""
    _, page = get(here, "/metrics")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def in_reach(here: Stage) -> Stage:
    """Return it once a call would leave."""
    until(lambda: get(here, "/readyz")[0] == 200, 20, "ready")
    return here


def figure(here: Stage, name: str, **labels: str) -> float:
    return samples(here)[f"automaton_{name}", frozenset(labels.items())]


@contextmanager
def locked(here: Stage) -> Iterator[None]:
    """Let another process hold the database meanwhile."""
    file = here.settings.database_url.removeprefix("sqlite:///")
    order = [sys.executable, "-c", HOLDER, file, str(LOCKED_SECONDS)]
    with subprocess.Popen(order, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            yield
        finally:
            holder.kill()


def test_a_broken_trunk_and_an_old_backup_are_told(
    stage: MakeStage, promtool: str, tmp_path: Path
) -> None:
    unknown = range(1, SAME_WORD + 1)
    script = "".join(home(serial, "unallocated") for serial in unknown)
    backup = f'[backup]\nrecipients = ["{JOB["recipients"][0]}"]\nfolder = "{tmp_path}"'
    here = stage(script + on_duty(DUTY), more=backup)
    (place,) = places_of(here.settings)
    now = here.office.clock.now()
    note(here.office.desk.engine, place.name, now - timedelta(hours=26))
    before = samples(in_reach(here))
    here.alerted(tries_per_contact_point=1)
    broken = {"trunk": "town", "state": "broken"}
    until(lambda: figure(here, "trunk_state", **broken) == 1, 30, "it is broken")
    told = (without_backups(before), samples(here))
    fire(promtool, tmp_path, told, {"AutomatonTrunkBroken", "AutomatonBackupOld"})


@pytest.mark.slow
def test_keys_that_wait_for_the_database_and_calls_that_do_not_leave_are_told(
    stage: MakeStage, promtool: str, tmp_path: Path
) -> None:
    silent, stuck = (stage(home(1, think=1) + on_duty(DUTY)) for _ in range(2))
    wells = samples(in_reach(silent)), samples(in_reach(stuck))
    write_version(silent, 0)
    crash_asterisk(silent)
    until(lambda: "asterisk_unfit" in silent.said(), what="no call can leave")
    silent.alerted()
    alert = stuck.alerted()
    stuck.seen("answered", 1)
    with locked(stuck):
        stuck.seen("key", 1)
        until(lambda: figure(stuck, "journal_unwritten_seconds") > UNWRITTEN)
        keyless = wells[1], samples(stuck)
    assert figure(silent, "silence_seconds") >= SILENCE
    silence = wells[0], samples(silent)
    until(lambda: set(stuck.states(alert).values()) == {"acknowledged"}, 30)
    drained = {"AutomatonJournalNotDrained", "AutomatonDatabaseRefuses"}
    if keyless[1]["automaton_silence_seconds", frozenset()] >= SILENCE:
        drained.add("AutomatonNoCallLeaves")  # on a slow machine that is true as well
    fire(promtool, tmp_path, keyless, drained)
    quiet = {"AutomatonNoCallLeaves", "AutomatonAsteriskUnreachable"}
    fire(promtool, tmp_path, silence, quiet)


def without_backups(told: Samples) -> Samples:
    """Return the figures without those of backups: this one was old all the time."""
    return {key: value for key, value in told.items() if "backup" not in key[0]}


def fire(
    promtool: str, folder: Path, told: tuple[Samples, Samples], alerts: Collection[str]
) -> None:
    """Let promtool find these alerts on what was told last, and none before."""
    fires(promtool, folder, told, time.time(), alerts)
