"""The database fails in mid-campaign: locked, killed, read-only, full, cut at a commit.

No intent, no call: while it takes no writes nobody is rung. What was pressed meanwhile
is on record afterwards.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from random import Random

import psycopg

from tests.faults.fault import Fault, Observed
from tests.faults.ground import SHORT, FaultStage, Ground, street
from tests.faults.judge import Judged, judged, next_invite, span
from tests.store.cluster import Cluster, postgres_binaries, throwaway_cluster
from tests.store.commit_proxy import CommitProxy, Moment
from tests.store.small_disk import chamber
from tests.system.stage import DAEMON, until

HOMES = 40
MORE_HOMES = 20
LOCKED_SECONDS = 30.0
AWAY_SECONDS = 4.0
TAIL_SECONDS = 150.0
UNDER_WAY = 1.0
"""So many seconds an order may take from its intent to its INVITE."""
COMMITS_A_CUT = 12
AT_ONCE = 0.2
"""So late its end may be noticed here, after the daemon has."""
HOLDER = (
    "import sqlite3, sys, time; db = sqlite3.connect(sys.argv[1]);"
    "db.isolation_level = None; db.execute('BEGIN IMMEDIATE');"
    "print('held', flush=True); time.sleep(float(sys.argv[2]));"
    "print(time.time()); db.execute('ROLLBACK')"
)


def locked(ground: Ground, seed: int) -> Observed:
    """Let another process hold the SQLite file for half a minute."""

    def hold(here: FaultStage) -> tuple[float, float]:
        file = here.settings.database_url.removeprefix("sqlite:///")
        order = [sys.executable, "-c", HOLDER, file, str(LOCKED_SECONDS)]
        with subprocess.Popen(order, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            began = time.time()
            expect_diagnosis(here, "database")
            over = float(holder.stdout.readline())
        return began, over

    with ground.stage(homes(ground, seed)) as here:
        return in_mid_campaign(ground, here, "database-locked", hold)


def postgres_locked(ground: Ground, seed: int) -> Observed:
    """Let another session hold the table of attempts for half a minute."""

    def hold(here: FaultStage) -> tuple[float, float]:
        url = here.settings.database_url.replace("+psycopg", "")
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE attempts IN ACCESS EXCLUSIVE MODE")
            began = time.time()
            time.sleep(LOCKED_SECONDS)
        return began, time.time()

    with _on_postgres(ground, seed) as (here, _):
        return in_mid_campaign(ground, here, "postgres-locked", hold)


def postgres_killed(ground: Ground, seed: int) -> Observed:
    """Kill the server; it comes back some seconds later."""
    binaries = postgres_binaries()
    assert binaries is not None

    with _on_postgres(ground, seed) as (here, cluster):

        def kill(_: FaultStage) -> tuple[float, float]:
            here.office.desk.engine.dispose()  # it is the daemon's links that count
            cluster.kill()
            began = time.time()
            time.sleep(AWAY_SECONDS)
            over = time.time()
            cluster.start(binaries)
            return began, over

        return in_mid_campaign(ground, here, "postgres-killed", kill)


def postgres_read_only(ground: Ground, seed: int) -> Observed:
    """Let the server refuse every write for some seconds."""

    def refuse(here: FaultStage) -> tuple[float, float]:
        url = here.settings.database_url.replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as other:
            _turn(other, "on")
            began = time.time()
            expect_diagnosis(here, "database")
            time.sleep(AWAY_SECONDS)
            over = time.time()
            _turn(other, "off")
        return began, over

    with _on_postgres(ground, seed) as (here, _):
        return in_mid_campaign(ground, here, "postgres-read-only", refuse)


def _turn(other: psycopg.Connection, how: str) -> None:
    other.execute("SET default_transaction_read_only = off")
    other.execute(f"ALTER SYSTEM SET default_transaction_read_only = {how}".encode())
    other.execute("SELECT pg_reload_conf()")


def postgres_cut(ground: Ground, seed: int) -> Observed:
    """Cut the daemon's connection at its commits, before the server hears or after."""
    dice, lets_go = Random(seed), threading.Event()
    sides = (*[None] * COMMITS_A_CUT, *_MOMENTS)

    def thrown() -> Moment | None:
        return dice.choice(sides) if lets_go.is_set() else None

    with _on_postgres(ground, seed) as (here, cluster):
        proxy = CommitProxy(cluster.folder, thrown)
        here.kill()
        text = here.settings_file.read_text("utf-8")
        direct = here.settings.database_url
        here.settings_file.write_text(behind(text, direct, proxy.url("town")), "utf-8")
        here.start()
        lets_go.set()
        campaign = here.alerted(**SHORT)
        here.ended(campaign, TAIL_SECONDS)
        seen = judged(here, "postgres-cut", campaign)
        proxy.close()
    return replace(seen, notes=(*seen.notes, *cuts_of(proxy.cut)))


_MOMENTS: tuple[Moment, ...] = ("before", "after")


def behind(settings: str, direct: str, door: str) -> str:
    """Return settings whose database is behind a door; AssertionError if it is not."""
    assert direct in settings, f"the settings have no {direct}"
    return settings.replace(direct, door)


def cuts_of(cut: Sequence[Moment]) -> list[str]:
    """Tell how often it was cut; AssertionError where a moment was never cut."""
    assert set(_MOMENTS) <= set(cut), f"cut only {sorted(set(cut))}"
    return [f"cut {when} the commit: {cut.count(when)}" for when in _MOMENTS]


def disk(story: str) -> Callable[[Ground, int], Observed]:
    """Return a fault of a disk of our own, which only a chamber may have."""

    def run(ground: Ground, seed: int) -> Observed:
        order = chamber()
        assert order is not None, "no mount namespace can be made here"
        order += [sys.executable, "-m", "tests.faults.disk", story]
        order += [str(seed), str(ground.runs)]
        with subprocess.Popen(
            order, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as inside:
            try:
                told, _ = inside.communicate()
            except BaseException:
                os.killpg(inside.pid, signal.SIGTERM)
                raise
        assert inside.returncode == 0, told[-1000:]
        found = json.loads(told.splitlines()[-1])
        return Observed(**{**found, "notes": tuple(found["notes"])})

    return run


def in_mid_campaign(
    ground: Ground,
    here: FaultStage,
    name: str,
    fault: Callable[[FaultStage], tuple[float, float]],
) -> Observed:
    """Launch, bring the fault about some times while calls go on, and judge.

    The fault returns from when to when nobody could be rung.
    """
    campaign = here.alerted(**SHORT)
    gaps, outages, took = [], [], []
    for _ in range(ground.runs):
        _some_answer(here)
        began = time.time()
        gap = fault(here)
        again = until(partial(next_invite, here, gap[1]), 60, "rung again")
        gaps.append(gap)
        outages.append(span(began, again, "database"))
        took.append(again - gap[1])
    here.ended(campaign, TAIL_SECONDS)
    seen = judged(here, name, campaign, how=Judged(outages=tuple(outages)))
    too_many = sum(_rung_between(here, *gap) for gap in gaps)
    notes = [f"rung without an intent: {too_many}"] if too_many else []
    return replace(
        seen,
        runs=len(took),
        recovery_s=max(took),
        invariants_broken=seen.invariants_broken + too_many,
        notes=(*seen.notes, *notes),
    )


def _some_answer(here: FaultStage) -> None:
    """Wait until calls go on."""
    before = len(here.happened("answered"))
    until(lambda: len(here.happened("answered")) > before, 60, "answered")
    time.sleep(1.0)


def _rung_between(here: FaultStage, stopped: float, ended: float) -> int:
    """Count who was rung while nobody could be."""
    moments = [event.at.timestamp() for event in here.happened("invite")]
    return sum(stopped + UNDER_WAY < at < ended - AT_ONCE for at in moments)


def homes(ground: Ground, seed: int) -> str:
    """Return a town large enough for so many runs."""
    return street(HOMES + MORE_HOMES * ground.runs, seed)


def expect_diagnosis(here: FaultStage, subject: str) -> None:
    """See that the doctor finds a fault of this subject."""
    order = [sys.executable, "-c", DAEMON, "--config", str(here.settings_file)]
    told = subprocess.run(
        [*order, "--lang", "en", "doctor", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = json.loads(told.stdout)["findings"]
    failed = [one["subject"] for one in found if one["verdict"] == "fail"]
    assert subject in failed, told.stdout


@contextmanager
def _on_postgres(ground: Ground, seed: int) -> Iterator[tuple[FaultStage, Cluster]]:
    """Give a stage whose database is a server of its own."""
    binaries = postgres_binaries()
    assert binaries is not None, "no PostgreSQL server is installed here"
    with throwaway_cluster(binaries) as cluster:
        url = cluster.create("town")
        more = f'[database]\nurl = "{url}"\n'
        with ground.stage(homes(ground, seed), more=more) as here:
            yield here, cluster


def _fault(
    name: str, title: str, run: Callable[[Ground, int], Observed], seconds: float = 100
) -> Fault:
    return Fault(name, title, run, seconds=seconds, at_once=3)


FAULTS = (
    _fault("database-locked", "SQLite locked for 30 s", locked, 150),
    _fault("postgres-locked", "PostgreSQL locked for 30 s", postgres_locked, 150),
    _fault("postgres-killed", "kill -9 of PostgreSQL, 4 s away", postgres_killed),
    _fault("postgres-read-only", "PostgreSQL takes no writes", postgres_read_only),
    Fault("postgres-cut", "PostgreSQL: cut at commits, heard or not", postgres_cut),
    _fault("disk-full", "the database's disk is full", disk("full")),
    _fault("disk-read-only", "the disk is read-only at a start", disk("read-only")),
)
