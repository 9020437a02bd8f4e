"""How long the report of 19,000 homes takes, and what that of 500,000 holds in memory.

Each report is written by a process of its own: `python -m benchmarks.big.reports
FOLDER CAMPAIGN FORM`, which tells its seconds and its peak of memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import Engine

from automaton.clock import SettableClock
from automaton.domain.campaign import CampaignState
from automaton.services.messages import Studio
from automaton.services.office import Office
from automaton.services.reports import ReportFormat, hand_out, write_report
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.desk import CampaignDesk
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from benchmarks.big.bulk import Night, calls, homes
from benchmarks.usage import usage_of
from tests.services.campaigns.city import settings_in
from tests.store.commune import NOW, Commune

ON_DISK = Path("/var/tmp")
TOWN, REGION, TRIES = 19_000, 500_000, 2


def measured(region: int = REGION) -> dict[str, float]:
    """Return seconds and memory of each format, of a town and of a region."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=ON_DISK) as name:
        folder = Path(name)
        town, large = _filled(folder, region)
        for size, campaign in (("town", town), ("region", large)):
            for form in ReportFormat:
                told = _written(folder, campaign, form)
                found[f"report_{form}_s_{size}"] = told["seconds"]
                found[f"report_{form}_cpu_s_{size}"] = told["cpu"]
                found[f"report_{form}_mb_{size}"] = told["mb"]
    return found


def _filled(folder: Path, region: int) -> tuple[str, str]:
    """Return two campaigns that are over, of a town and of a region."""
    engine = _engine(folder, is_new=True)
    commune, past = Commune(engine), NOW - timedelta(days=3)
    homes(engine, commune.register, region, past)
    over = {"state": CampaignState.FINISHED, "planned": True, "started_at": past}
    found = []
    for number, count in enumerate((TOWN, region), 1):
        campaign = commune.campaign(**over, finished_at=NOW)
        calls(engine, Night(campaign, count, TRIES, past, number))
        found.append(campaign)
    engine.dispose()
    return found[0], found[1]


def _engine(folder: Path, *, is_new: bool = False) -> Engine:
    url = f"sqlite:///{folder / 'town.sqlite3'}"
    if is_new:
        upgrade(url)
    return sealed(open_database(url), SealFile("main", folder / "audit.key"))


def _written(folder: Path, campaign: str, form: ReportFormat) -> dict[str, float]:
    order = [sys.executable, "-m", "benchmarks.big.reports"]
    order += [str(folder), campaign, form.value]
    done = subprocess.run(order, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def main(folder: Path, campaign: str, form: ReportFormat) -> None:
    """Write one report and tell what that took."""
    settings, engine = settings_in(folder), _engine(folder)
    office = Office(
        CampaignDesk(engine), settings, SettableClock(NOW), Studio(settings)
    )
    before = usage_of(os.getpid()).peak_mb
    begun, spent = perf_counter(), process_time()
    path = folder / f"report-{form}"
    with hand_out(office, campaign, form, "benchmark") as told:
        write_report(told, form, path)
    seconds, cpu = perf_counter() - begun, process_time() - spent
    path.unlink()
    peak = usage_of(os.getpid()).peak_mb
    print(json.dumps({"seconds": seconds, "cpu": cpu, "mb": peak, "before": before}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], ReportFormat(sys.argv[3]))
