"""Two collectivities, two nodes, the same numbers: none is ever rung twice at once."""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from threading import Barrier

import pytest
from sqlalchemy import Engine

from automaton.domain.campaign import CampaignClass
from automaton.ports import Claim, Want
from automaton.store.engine import open_database
from automaton.store.ledger import SqlLedger
from tests.depth import DEPTH
from tests.store.commune import NOW, Commune, number
from tests.store.test_writers import over

NUMBERS, HOMES, STEPS = 5, 15, 14
NODES = ("north", "south")


@dataclass
class Daemon:
    """One node: it claims, lets calls live a while, and ends them, in random order."""

    name: str
    ledger: SqlLedger
    campaigns: list[str]
    rng: Random
    live: list[tuple[Claim, int]] = field(default_factory=list)
    calls: list[tuple[str, int, int]] = field(default_factory=list)

    def run(self, barrier: Barrier) -> None:
        barrier.wait(timeout=10)
        for _ in range(STEPS):
            self.step(self.rng.randint(0, len(self.live)), self.rng.randint(0, 4))
        self.step(len(self.live), 0)

    def step(self, ends: int, limit: int) -> None:
        """End some calls and claim others in one transaction, as a beat does."""
        self.rng.shuffle(self.live)
        gone, self.live = self.live[:ends], self.live[ends:]
        ended_at = time.monotonic_ns()
        wants = [Want(id_, limit, again=limit // 2) for id_ in self.campaigns if limit]
        self.rng.shuffle(wants)
        with self.ledger.transaction() as transaction:
            transaction.save([over(claim.attempt) for claim, _ in gone])
            taken = transaction.claim(wants, NOW, self.name)
        began_at = time.monotonic_ns()
        self.live += [(claim, began_at) for claim in taken]
        self.calls += [(c.attempt.e164, since, ended_at) for c, since in gone]


def test_one_number_in_two_collectivities_never_rings_twice(
    url: str, engine: Engine, commune: Commune
) -> None:
    other = Commune(engine, commune.clock)
    for town in (commune, other):
        for index in range(HOMES):
            town.home(number(index % NUMBERS))
    opened = [open_database(url) for _ in NODES]
    made = 0
    for seed in range(4 * DEPTH):
        campaigns = [
            commune.planned(campaign_class=CampaignClass.EXERCISE),
            other.planned(),
        ]
        daemons = [
            Daemon(name, SqlLedger(one, commune.clock, 1), campaigns, Random(seed + i))
            for i, (name, one) in enumerate(zip(NODES, opened, strict=True))
        ]
        run_together(daemons)
        calls = [call for daemon in daemons for call in daemon.calls]
        assert_never_twice(calls)
        made += len(calls)
    assert made > 4 * DEPTH * NUMBERS  # who loses a number waits: now and then all do
    assert commune.rows("live_numbers") == []
    for one in opened:
        one.dispose()


def run_together(daemons: list[Daemon]) -> None:
    barrier = Barrier(len(daemons))
    with ThreadPoolExecutor(len(daemons)) as pool:
        for done in [pool.submit(daemon.run, barrier) for daemon in daemons]:
            done.result(timeout=60)


def assert_never_twice(calls: list[tuple[str, int, int]]) -> None:
    """A call lives at least from after its claim until before its end is written."""
    by_number = defaultdict(list)
    for e164, began_at, ended_at in calls:
        by_number[e164].append((began_at, ended_at))
    for spans in by_number.values():
        spans.sort()
        for (_, ended_at), (began_at, _) in pairwise(spans):
            assert ended_at <= began_at


def test_a_second_call_to_a_number_would_be_seen() -> None:
    calls = [("+33199000001", at, at + 5) for at in (0, 10, 20, 30, 40, 50)]
    assert_never_twice(calls)
    with pytest.raises(AssertionError):
        assert_never_twice([*calls, ("+33199000001", 12, 16)])
