"""50,000 attempts with very short calls: nothing grows, and no line is lost."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from automaton.lab.history import HistoryRules, TrunkRules, check, verdicts
from automaton.lab.numbers import landline
from automaton.services.imports import import_contacts
from automaton.services.previews import ImportRequest
from automaton.store import tables
from automaton.store.engine import reading
from automaton.store.people import SqlBook
from tests.faults.fault import Fault, Observed
from tests.faults.ground import FaultStage, Ground
from tests.faults.judge import lives
from tests.faults.landlines import Landlines
from tests.system.stage import BY, DUTY, Trunk

ATTEMPTS = int(os.environ.get("SOAK") or 50_000)
TRIES = 3
LINES = 60
MOST_SECONDS = 720.0
LOOK_SECONDS = 5.0
SHORT = {"ring": "10 s", "talk": "15 s", "retry_every": "1 s"}
FLAT = {"memory": 4096.0, "files": 2.0, "threads": 2.0}
"""By how much KiB, files and threads may grow in 10,000 attempts.

Memory by its slope under load; files and threads, of which every call holds some, from
the rest before the first call to the rest after the last.
"""
REST_SECONDS = 90.0
"""Within this a pool of threads that is idle gives them back."""
KNOWN_KIB_A_CALL = 12.0
"""What Asterisk itself grows by; docs/reliability.md says so."""
KNOWN = {("Asterisk", "memory"): 3 * KNOWN_KIB_A_CALL * 1e4}
"""What may grow by more than that: three times what is known of it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a process holds after so many attempts."""

    attempts: int
    memory: float
    files: float
    threads: float


def soak(ground: Ground, seed: int) -> Observed:
    """Ring a large town for minutes, and look at the daemon and Asterisk meanwhile."""
    with TemporaryDirectory(prefix="aut-soak-") as folder, Landlines(folder) as town:
        trunks = {"town": Trunk(port=town.port, lines=LINES + 1)}
        with ground.stage(trunks=trunks) as here:
            rest = _looks(here, 0)
            campaign = _large_campaign(here, seed)
            looks = _watched(here, ground, campaign)
            rested = _rested(here, rest)
            grown = [
                word
                for name, seen in looks.items()
                for word in _growth(name, seen, rest[name], rested[name])
            ]
            return _judged(here, campaign, town, grown)


def _large_campaign(here: FaultStage, seed: int) -> str:
    register = here.commune(duty=(DUTY,))
    first = 10_000 + seed % 1000  # beyond the number of those on duty
    rows = (
        f"Habitant {serial};{serial} rue Neuve;{landline(first + serial)}"
        for serial in range(-(-ATTEMPTS // TRIES))
    )
    table = "\n".join(["nom;adresse;téléphone", *rows]).encode()
    book = SqlBook(here.office.desk.engine)
    request = ImportRequest(register, "town.csv", table, BY)
    import_contacts(book, here.office.clock, request)
    campaign = here.drafted(register, tries_per_contact_point=TRIES, **SHORT)
    here.launch(campaign)
    return campaign


def _watched(here: FaultStage, ground: Ground, campaign: str) -> dict[str, list[Look]]:
    """Look at both while the campaign runs."""
    looks: dict[str, list[Look]] = {name: [] for name in _pids(here)}
    ends_at = time.monotonic() + MOST_SECONDS
    while here.state(campaign) == "running":
        time.sleep(LOOK_SECONDS)  # the load itself; nothing else is waited for
        for name, look in _looks(here, _attempts(here)).items():
            looks[name].append(look)
        if len(looks["daemon"]) % 6 == 0:
            ground.say("; ".join(f"{n} {look[-1]}" for n, look in looks.items()))
        if time.monotonic() > ends_at:
            here.stop(campaign)
            here.ended(campaign, 60, "cancelled")
    return looks


def _rested(here: FaultStage, rest: Mapping[str, Look]) -> dict[str, Look]:
    """Return what both hold once they have come back to rest, or do not."""
    ends_at = time.monotonic() + REST_SECONDS
    while True:
        looks = _looks(here, _attempts(here))
        held = [w for n, look in looks.items() for w in _left(n, rest[n], look)]
        if time.monotonic() > ends_at or not any("GREW" in word for word in held):
            return looks
        time.sleep(1.0)  # what is waited for is time itself


def _pids(here: FaultStage) -> dict[str, int]:
    assert here.daemon is not None
    return {"daemon": here.daemon.pid, "Asterisk": here.asterisk()}


def _looks(here: FaultStage, attempts: int) -> dict[str, Look]:
    return {name: _look(pid, attempts) for name, pid in _pids(here).items()}


def _judged(
    here: FaultStage, campaign: str, town: Landlines, grown: Sequence[str]
) -> Observed:
    log, records = town.log(), here.records(campaign)
    rules = HistoryRules(
        {"town": TrunkRules(LINES + 1)}, others=frozenset({DUTY}), tries=TRIES
    )
    broken = check(records, {"town": log}, rules)
    held = _held_numbers(here) + _channels(here)
    calls = sum(event.what == "invite" for event in log)
    by = verdicts(broken)
    seconds = time.time() - lives(here)[0].begun_at
    return Observed(
        "soak",
        runs=1,
        calls=calls,
        invariants_broken=len(broken)
        + held
        + sum("GREW" in word for word in grown)
        + (calls < ATTEMPTS),
        keys_lost=len(by["I3"]),
        rung_twice=len(by["I1"]) + len(by["I2"]),
        notes=(
            *(f"{v.invariant} {v.number}: {v.text}" for v in broken[:5]),
            *[f"only {calls} of {ATTEMPTS} calls"] * (calls < ATTEMPTS),
            f"{calls / seconds:.0f} calls a second",
            *grown,
            f"lines and numbers still held: {held}",
        ),
    )


def _growth(
    name: str, looks: Sequence[Look], rest: Look, rested: Look
) -> Iterator[str]:
    """Tell how much a process grew per 10,000 attempts; memory in the second half.

    What it does once all are over, such as closing the campaign, is no slope.
    """
    under_way = [look for look in looks if look.attempts < looks[-1].attempts]
    half = under_way[len(under_way) // 2 :]
    slope = _slope([(look.attempts, look.memory) for look in half])
    yield _told(name, "memory", slope)
    yield from _left(name, rest, rested)


def _left(name: str, rest: Look, rested: Look) -> Iterator[str]:
    """Tell what a process holds more at rest than it did at rest before."""
    attempts = max(1, rested.attempts - rest.attempts)
    for what in ("files", "threads"):
        yield _told(
            name, what, (getattr(rested, what) - getattr(rest, what)) / attempts
        )


def _told(name: str, what: str, an_attempt: float) -> str:
    slope = an_attempt * 1e4
    word = "GREW: " if slope > KNOWN.get((name, what), FLAT[what]) else ""
    unit = " KiB" if what == "memory" else ""
    return f"{word}{name}: {what} {slope:+.1f}{unit} in 10,000 attempts"


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line that fits best."""
    count = len(points)
    if count < 2:
        return 0.0
    mean_x, mean_y = (sum(axis) / count for axis in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / (spread or 1.0)


def _look(pid: int, attempts: int) -> Look:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    memory = float(told["VmRSS"].split()[0])
    return Look(attempts, memory, files, float(told["Threads"]))


def _attempts(here: FaultStage) -> int:
    counted = select(func.count()).where(tables.attempts.c.ended_at.is_not(None))
    with reading(here.office.desk.engine) as connection:
        return connection.execute(counted).scalar_one()


def _held_numbers(here: FaultStage) -> int:
    counted = select(func.count()).select_from(tables.live_numbers)
    with reading(here.office.desk.engine) as connection:
        return connection.execute(counted).scalar_one()


def _channels(here: FaultStage) -> int:
    told = here.console("core show channels concise")
    return len([line for line in told.splitlines() if "!" in line])


FAULTS = (
    Fault(
        "soak",
        f"{ATTEMPTS:,} attempts with short calls",
        soak,
        runs=1,
        alone=True,
        seconds=MOST_SECONDS,
        most_seconds=MOST_SECONDS + 300,
    ),
)
