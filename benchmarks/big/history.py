"""What a claim and an event cost with millions of calls on record, beside ten thousand.

Two databases of the same shape, looked at in turn, so that a busy machine slows both.
Times are this process's CPU on SQLite, whose engine is in it; on PostgreSQL the wall's.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

from automaton.domain.campaign import CampaignState
from automaton.domain.policy import CEILINGS
from automaton.engine.lifecycle import View, turn
from automaton.ports import Want
from automaton.services.progress import ProgressView
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from benchmarks.big.bulk import Night, analyse, calls, homes
from benchmarks.store_beat import answers, concluded, hangs_up, presses, rings, told
from tests.services.campaigns.city import City
from tests.store.cluster import postgres_binaries, throwaway_cluster
from tests.store.commune import NODE, NOW

MANY, FEW = 3_500_000, 10_000
TRIES = 7
BATCH, BATCHES = 20, 60
LOOKS = 10
Watch = Callable[[], float]
ON_DISK = Path("/var/tmp")  # /tmp may be memory
STEPS = ("claim", "event", "look", "tick")


@dataclass
class Installation:
    """A database with calls on record, and a campaign that goes on."""

    city: City
    campaign: str
    spent: dict[str, list[float]] = field(default_factory=dict)

    def note(self, step: str, seconds: float) -> None:
        """Take down what one step has cost."""
        self.spent.setdefault(step, []).append(seconds)

    def cost(self, step: str) -> float:
        """Return the median milliseconds of a step."""
        return statistics.median(self.spent[step]) * 1e3


def measured(kind: str, many: int = MANY) -> dict[str, float]:
    """Return the figures of one database, `sqlite` or `postgresql`."""
    with ExitStack() as stack:
        open_one = stack.enter_context(_databases(kind))
        few = _installation(*open_one("few"), FEW)
        began = perf_counter()
        lots = _installation(*open_one("many"), many)
        built = perf_counter() - began
        now = process_time if kind == "sqlite" else perf_counter
        for _ in range(BATCHES):
            for one in (few, lots):
                _ring(one, now)
        for _ in range(LOOKS):
            for one in (few, lots):
                _look(one, now)
        found = {f"{kind}_build_s": built, f"{kind}_attempts": float(many)}
        for step in STEPS:
            ours = {"few": few.cost(step), "many": lots.cost(step)}
            found |= {f"{kind}_{step}_ms_{size}": ms for size, ms in ours.items()}
            found[f"{kind}_{step}_ratio"] = ours["many"] / ours["few"]
        for one in (few, lots):
            one.city.engine.dispose()
        return found


def _installation(url: str, folder: Path, attempts: int) -> Installation:
    upgrade(url)
    engine = sealed(open_database(url), SealFile("main", folder / "audit.key"))
    city = City(engine, folder)
    commune = city.commune
    count = attempts // TRIES
    past = NOW - timedelta(days=3)
    homes(engine, commune.register, count, past)
    ended = commune.campaign(
        state=CampaignState.FINISHED, planned=True, started_at=past
    )
    calls(engine, Night(ended, count, TRIES, past))
    running = city.create(collectivity=commune.id)
    city.move(running, CampaignState.RUNNING)
    for _ in range(BATCHES * BATCH // 500 + 1):
        with commune.ledger.transaction() as transaction:
            transaction.plan_chunk(running, NOW, 500)
    analyse(engine)
    return Installation(city, running)


def _ring(one: Installation, now: Watch) -> None:
    """Carry one batch of calls from its claim to its end."""
    ledger, want = one.city.commune.ledger, Want(one.campaign, BATCH, CEILINGS)
    begun = now()
    with ledger.transaction() as transaction:
        claims = transaction.claim([want], NOW, NODE)
        transaction.assign([(claim.attempt.id, "north") for claim in claims])
    one.note("claim", (now() - begun) / BATCH)
    attempts = [claim.attempt for claim in claims]
    for step in (rings, answers, presses, hangs_up):
        attempts = [told(attempt, step(attempt.id)) for attempt in attempts]
        begun = now()
        with ledger.transaction() as transaction:
            transaction.save(attempts)
            if not attempts[0].is_open:
                cases = transaction.cases([a.recipient_id for a in attempts])
                transaction.conclude([concluded(case) for case in cases], NOW)
        one.note("event", (now() - begun) / BATCH)


def _look(one: Installation, now: Watch) -> None:
    """Look at the campaign as a screen does, and at all as each second does."""
    begun = now()
    ProgressView(one.city.office, one.campaign).look()
    one.note("look", now() - begun)
    view = View(NOW, (), (), ("north", "south"), {}, 100)
    begun = now()
    with one.city.commune.ledger.transaction() as transaction:
        turn(transaction, view)
    one.note("tick", now() - begun)


@contextmanager
def _databases(kind: str) -> Iterator[Callable[[str], tuple[str, Path]]]:
    """Give what makes an empty database: its address, and a folder."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=ON_DISK))
        if kind == "postgresql":
            binaries = postgres_binaries()
            assert binaries is not None, "no PostgreSQL server is installed here"
            cluster = stack.enter_context(throwaway_cluster(binaries))

        def make(name: str) -> tuple[str, Path]:
            place = Path(folder) / name
            place.mkdir()
            if kind == "postgresql":
                return cluster.create(name), place
            return f"sqlite:///{place / 'town.sqlite3'}", place

        yield make
