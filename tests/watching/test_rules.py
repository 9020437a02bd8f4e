"""Every alert rule fires, once, on figures that a real engine's night exported.

Prometheus's own promtool judges: it is given what `/metrics` said while all was well,
then what it said when something was wrong, and must find that this alert fires alone.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from automaton.domain.collectivity import Act
from automaton.domain.officer import Officer
from automaton.domain.readiness import Kind, Proof
from automaton.errors import LineError
from automaton.services.backups import places_of
from automaton.store.engine import writing
from automaton.store.people import SqlBook
from automaton.store.readiness import begin_proof, end_proof
from automaton.store.safety import BackupRecord, SafetyBook
from tests.watching.conftest import Samples, Watched

FOLDER = Path(__file__).parents[2] / "docs" / "watching"
RULES = FOLDER / "alerts.yml"
ALERTS = re.findall(r"- alert: (\w+)", RULES.read_text("utf-8"))
NAMED = re.compile(r"\bautomaton_\w+")
STEP, WELL, ILL = 15, 8, 130  # seconds; so many steps are well, so many after are ill
DAY = 24 * 3600 // STEP
NEVER = round(25.6 * 3600) // STEP  # steps until a place without any backup is told
BACKUP_AT = "automaton_backup_last_timestamp_seconds"
LOOP_LAG = "automaton_loop_lag_worst_seconds"
MOMENTS = (
    BACKUP_AT,
    "automaton_trunk_proven_timestamp_seconds",
    "automaton_officer_proven_timestamp_seconds",
)
CLAIRE = "+33639980011"
TRUNK = {"trunk": {"operator": {"contact": "127.0.0.1:5060", "lines": 4}}}
JOB = {"recipients": ["age1" + "q" * 58]}


async def silent(watched: Watched) -> None:
    """Calls are due, lines are free, and the loop does not beat."""
    watched.night.campaign()
    await watched.night.tick()
    await watched.night.tick()
    watched.night.pass_time(21)
    await watched.night.tick()


async def broken(watched: Watched) -> None:
    """The operator wants a password that we do not have."""
    await watched.night.launched()
    for order in list(watched.night.telephone.orders):
        watched.night.fails(order, 401, 21)
    await watched.night.beat()


async def unwritten(watched: Watched) -> None:
    """Somebody pressed 1, and no beat has written it since."""
    await watched.night.launched()
    order = watched.night.order_to(0)
    watched.night.picks_up(order)
    watched.night.presses(order)
    watched.night.pass_time(31)
    await watched.night.tick()


async def uncleared(watched: Watched) -> None:
    """The journal still has a key that the daily job should have cleared long ago."""
    await watched.night.launched()
    await watched.night.link_comes_up()
    order = watched.night.order_to(0)
    watched.night.picks_up(order)
    watched.night.presses(order)
    watched.night.hangs_up(order)
    await watched.night.beat()
    watched.night.pass_time(33 * 86400)
    await watched.night.tick()


async def unreachable(watched: Watched) -> None:
    """Asterisk is gone."""
    watched.night.node.link_is_up = False


async def refusing(watched: Watched) -> None:
    """The disk is full."""
    watched.night.supervisor.patience.wait_after(LineError("full"))


async def late(watched: Watched) -> None:
    """Something has blocked the loop for a second and a half."""
    watched.pages.lag._due -= 2.0
    watched.pages.lag.feel()


async def asking(watched: Watched) -> None:
    """A home has pressed 3, and nobody on duty is there to be rung."""
    await watched.night.launched()
    order = watched.night.order_to(0)
    watched.night.picks_up(order)
    watched.night.presses(order, "3")
    await watched.night.beat()
    watched.pages._alarms._kept = 0.0  # the answer of a moment ago says none


FAULTS = {
    "AutomatonHelpAlarmOpen": [asking],
    "AutomatonNoCallLeaves": [silent],
    "AutomatonTrunkBroken": [broken],
    "AutomatonJournalNotDrained": [unwritten, uncleared],
    "AutomatonAsteriskUnreachable": [unreachable],
    "AutomatonDatabaseRefuses": [refusing],
    "AutomatonLoopLate": [late],
}


@pytest.mark.parametrize(
    ("alert", "fault"), [(a, fault) for a, fs in FAULTS.items() for fault in fs]
)
async def test_each_rule_fires_on_what_the_daemon_exports(
    watched_night, promtool, tmp_path, alert, fault
):
    watched = await watched_night(homes=3)
    before = undisturbed((await watched.get("/metrics")).samples)
    began = watched.epoch
    await fault(watched)
    after = (await watched.get("/metrics")).samples
    if fault is not late:
        after = undisturbed(after)
    fires(promtool, tmp_path, (before, after), began, {alert})


async def test_an_old_backup_is_told_and_a_fresh_one_is_not(
    watched_night, promtool, tmp_path, database
):
    watched = await watched_night({"backup": {**JOB, "folder": str(tmp_path)}})
    (place,) = places_of(watched.settings)
    note(database, place.name, watched.night.now - timedelta(hours=2))
    fresh = (await watched.get("/metrics")).samples
    fires(promtool, tmp_path, (fresh, fresh), watched.epoch, ())
    old = {k: v - 26 * 3600 if k[0] == BACKUP_AT else v for k, v in fresh.items()}
    fires(promtool, tmp_path, (fresh, old), watched.epoch, {"AutomatonBackupOld"})


async def test_no_backup_at_all_is_told_a_day_after_the_first_start(
    watched_night, promtool, tmp_path
):
    """Each new installation began with an alert, half an hour after its start."""
    watched = await watched_night({"backup": {**JOB, "folder": str(tmp_path)}})
    never = (await watched.get("/metrics")).samples
    told = {"AutomatonBackupOld"}
    fires(promtool, tmp_path, (never, never), watched.epoch, (), ill=DAY)
    fires(promtool, tmp_path, (never, never), watched.epoch, told, ill=NEVER)


@pytest.mark.parametrize("what", ["trunk", "officer"])
async def test_what_was_not_proven_for_forty_days_is_told(
    watched_night, promtool, tmp_path, database, what
):
    watched = await watched_night(TRUNK)
    proven(watched, database)
    fresh = (await watched.get("/metrics")).samples
    name = f"automaton_{what}_proven_timestamp_seconds"
    assert [value for key, value in fresh.items() if key[0] == name]
    fires(promtool, tmp_path, (fresh, fresh), watched.epoch, ())
    old = {k: v - 40 * 86400 if k[0] == name else v for k, v in fresh.items()}
    fires(promtool, tmp_path, (fresh, old), watched.epoch, {"AutomatonNotProven"})


def test_a_daemon_that_does_not_answer_is_told(promtool, tmp_path):
    up = ("up", frozenset({("job", "automaton"), ("instance", "here")}))
    fires(promtool, tmp_path, ({up: 1.0}, {up: 0.0}), 0.0, {"AutomatonAway"})


def test_every_rule_has_its_fault_here():
    others = ["AutomatonAway", "AutomatonBackupOld", "AutomatonNotProven"]
    assert sorted([*FAULTS, *others]) == sorted(ALERTS)


def test_the_rules_and_the_example_are_sound(promtool):
    for check in (["rules", str(RULES)], ["config", str(FOLDER / "prometheus.yml")]):
        subprocess.run([promtool, "check", *check], check=True, capture_output=True)


def undisturbed(figures: Samples) -> Samples:
    """Return figures without what other tests have cost this loop: it lags for real."""
    return {k: 0.0 if k[0] == LOOP_LAG else v for k, v in figures.items()}


def fires(
    promtool: str,
    folder: Path,
    figures: tuple[Samples, Samples],
    began: float,
    alerts: Collection[str],
    ill: int = ILL,
) -> None:
    """Let promtool find these alerts in the end, and none while all is well."""
    named = {*NAMED.findall(RULES.read_text("utf-8")), "up"}
    before, after = figures
    keys = [key for key in before | after if key[0] in named]
    series = [
        {"series": _name(key), "values": _values(key, figures, began, ill)}
        for key in keys
    ]
    assert series
    expected = [(STEP * (WELL - 1), ()), (STEP * (WELL + ill - 1), alerts)]
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": f"{STEP}s",
        "tests": [
            {
                "interval": f"{STEP}s",
                "input_series": series,
                "promql_expr_test": [_firing(at, names) for at, names in expected],
            }
        ],
    }
    file = folder / "rules_test.json"
    file.write_text(json.dumps(test), "utf-8")
    order = [promtool, "test", "rules", str(file)]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _firing(at: int, alerts: Collection[str]) -> dict[str, object]:
    """Return what promtool is to find at a moment: these alerts and no other."""
    return {
        "expr": 'group by (alertname) (ALERTS{alertstate="firing"})',
        "eval_time": f"{at}s",
        "exp_samples": [
            {"labels": f'{{alertname="{name}"}}', "value": 1} for name in alerts
        ],
    }


def _name(key: tuple[str, frozenset[tuple[str, str]]]) -> str:
    labels = ", ".join(f'{name}="{value}"' for name, value in sorted(key[1]))
    return f"{key[0]}{{{labels}}}"


def _values(
    key: tuple[str, frozenset[tuple[str, str]]],
    figures: tuple[Samples, Samples],
    began: float,
    ill: int,
) -> str:
    """Return a series: well for a while, then ill. promtool's clock begins in 1970."""
    told = []
    for samples, steps in zip(figures, (WELL, ill), strict=True):
        value = samples.get(key, math.nan)
        moved = value - began if key[0] in MOMENTS and value else value
        told.append(f"_x{steps}" if math.isnan(value) else f"{moved!r}+0x{steps - 1}")
    return " ".join(told)


def note(database: Engine, place: str, at: datetime) -> None:
    """Put one whole backup on record."""
    record = BackupRecord(at, "a.tar.age", place, 1, "0" * 64, verified_at=at)
    SafetyBook(database).note(record)


def proven(watched: Watched, database: Engine) -> None:
    """Put one officer on record, and that the telephone was proven by the trunk."""
    night = watched.night
    one = Officer("o1", night.commune.id, "12", "Claire", CLAIRE)
    act = Act("admin", night.now, "officer_added", "officer", one.id)
    SqlBook(database).add_officer(one, "hash", act)
    names = ("p1", night.commune.id, Kind.OFFICER, CLAIRE, "operator")
    begun = Proof(*names, night.now - timedelta(hours=2))
    whole = {"answered": True, "key": True, "sound": True, "rang": True}
    with writing(database) as connection:
        begin_proof(connection, begun)
        end_proof(connection, replace(begun, ended_at=night.now, **whole))
