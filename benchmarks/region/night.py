"""The night of a region: its nodes, on one database and one simulated clock."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from automaton.clock import SettableClock
from automaton.domain.trunk import Trunk
from automaton.engine.node import NodeSettings, World
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database, writing
from automaton.store.fleet import Holder, SqlFleet, take_lease
from automaton.store.ledger import SqlLedger
from automaton.store.notes import begin_node
from automaton.store.tenure import Tenure
from benchmarks.region.diary import Diary, WitnessedTelephone
from benchmarks.region.fleet import FleetSupervisor
from benchmarks.region.loop import interleave
from benchmarks.region.town import Region
from benchmarks.simulation.residents import Sounds
from tests.engine.night import FakeSpeaker

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
LOOK = 1.0  # simulated seconds between two looks at the night
APART = 0.043  # simulated seconds between the starts of two nodes
LEASE = timedelta(seconds=8)
CALLER = "+33199000001"
LONGEST = timedelta(minutes=10)  # for calls that live when the night is over


@dataclass(frozen=True, slots=True)
class Fleet:
    """So many nodes on one trunk of so many lines and calls a second."""

    nodes: int = 20
    lines: int = 6000
    calls_per_second: float = 150.0

    @property
    def trunk(self) -> Trunk:
        """Return the trunk that all share."""
        return Trunk(
            "operator", self.lines, 0, self.calls_per_second, caller_ids=(CALLER,)
        )


Look = Callable[[float], bool]


class RegionNight:
    """A region that is rung; `live` lets it go on until enough was seen."""

    def __init__(self, url: str, region: Region, fleet: Fleet) -> None:
        self.region, self.fleet = region, fleet
        self.clock, self.diary = SettableClock(NOW), Diary()
        self._url = url
        self._engines: list[Engine] = []
        random.seed(region.size.seed)

    def live(self, look: Look) -> None:
        """Ring until `look`, which is told the seconds, says that all is seen."""
        with tempfile.TemporaryDirectory() as keys:
            self._keys = Path(keys)
            try:
                interleave(self.clock, self._lives(look))
            finally:
                for engine in self._engines:
                    engine.dispose()

    async def _lives(self, look: Look) -> None:
        stop = asyncio.Event()
        nodes = []
        for index in range(self.fleet.nodes):
            nodes.append(asyncio.create_task(self._node(f"n{index + 1}", stop)))
            await asyncio.sleep(APART)
        while not any(node.done() for node in nodes):
            await asyncio.sleep(LOOK)
            if look(self.clock.monotonic()):
                break
        stop.set()
        await asyncio.gather(*nodes)

    async def _node(self, name: str, stop: asyncio.Event) -> None:
        telephone = WitnessedTelephone(self.region, self.clock, Sounds(), self.diary)
        await telephone.open()
        world = self._world(name, telephone)
        supervisor = FleetSupervisor(world, self._settings(name))
        supervisor.keep_simulated_time()
        await supervisor.run(stop)
        supervisor.renew_no_more()
        await telephone.close()

    def _world(self, name: str, telephone: WitnessedTelephone) -> World:
        key = SealFile(name, self._keys / name)
        engine = sealed(open_database(self._url), key)
        self._engines.append(engine)
        holder = Holder(name, name, "1", {self.fleet.trunk.name: ""}, LEASE)
        with writing(engine) as connection:
            tenure = Tenure(name, begin_node(connection, name, 1, self.clock.now()))
            take_lease(connection, tenure, holder, self.clock.now())
        ledger = SqlLedger(engine, self.clock, tenure.epoch, tenure=tenure)
        told = SqlFleet(engine, tenure, LEASE, lambda _: self.clock.now())
        return World(ledger, telephone, FakeSpeaker(), self.clock, fleet=told)

    def _settings(self, name: str) -> NodeSettings:
        return NodeSettings(name, (self.fleet.trunk,), grace=LONGEST)
