"""Several nodes on one database, in simulated time: one clock, a telephone for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from automaton.domain.trunk import Trunk
from automaton.errors import NodeLostError
from automaton.store.engine import writing
from automaton.store.fleet import Holder, SqlFleet, take_lease
from automaton.store.ledger import SqlLedger
from automaton.store.notes import begin_node
from automaton.store.tenure import Tenure
from tests.engine.night import OPERATOR, Night
from tests.store.commune import Commune, number

LEASE = timedelta(seconds=8)
RESERVE = 1
NARROW = Trunk("operator", 4 + RESERVE, RESERVE, caller_ids=("+33199009999",))
TURN = 0.5  # seconds between two renewals


@dataclass
class Several:
    """Nodes that live together; the first to turn leads."""

    engine: Engine
    trunks: tuple[Trunk, ...] = (OPERATOR,)
    nights: dict[str, Night] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    lives: list[Night] = field(default_factory=list)
    sounds: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.commune = Commune(self.engine)

    def homes(self, count: int) -> None:
        for index in range(count):
            self.commune.home(number(index))

    async def begin(self, name: str) -> Night:
        """Start a node, for the first time or again."""
        trunks = {trunk.name: "" for trunk in self.trunks}
        with writing(self.engine) as connection:
            tenure = Tenure(name, begin_node(connection, name, 1, self.commune.now))
            holder = Holder(name, "host", "1", trunks, LEASE)
            take_lease(connection, tenure, holder, self.commune.now)
        commune = self.commune
        night = Night(
            self.engine,
            homes=0,
            trunks=self.trunks,
            ledger=SqlLedger(self.engine, commune.clock, tenure.epoch, tenure=tenure),
            fleet=SqlFleet(self.engine, tenure, LEASE, lambda _: commune.now),
            name=name,
            commune=commune,
            sounds=self.sounds.get(name),
        )
        self.dead.discard(name)
        self.nights[name] = night
        self.lives.append(night)
        self.renew(night)
        await night.supervisor.listener.adopt()
        await night.supervisor.ticker.begin()
        return night

    @property
    def living(self) -> list[Night]:
        return [n for name, n in self.nights.items() if name not in self.dead]

    def renew(self, night: Night) -> None:
        try:
            night.node.lease._one_turn()
        except NodeLostError as error:
            night.node.lease.lose(error)

    async def ring(self, night: Night) -> None:
        """Let a node claim: it asks for its slices first."""
        await night.beat()
        self.renew(night)
        await night.beat()

    def pass_time(self, seconds: float, step: float = TURN) -> None:
        """Let the living renew while time goes by; nobody ticks or beats."""
        for _ in range(round(seconds / step)):
            self.commune.clock.move(timedelta(seconds=step))
            for night in self.living:
                if night.node.lease.lost is None:
                    self.renew(night)

    async def live(self, seconds: float) -> None:
        """Let time go by as it does: each living node ticks and beats each second."""
        for _ in range(round(seconds)):
            self.pass_time(1.0)
            await self.turn()

    async def doze(self, seconds: float) -> None:
        """Let time go by in which nothing need be done; renewals are seldom."""
        self.pass_time(seconds, step=5.0)
        await self.live(3)

    async def turn(self) -> None:
        for night in self.living:
            if night.node.lease.lost is None:
                await night.tick_without_waiting()
                await night.beat_without_waiting()
                await night.settle_down()

    def rung(self) -> dict[str, list[Any]]:
        """Return the orders to each number, whoever placed them."""
        found: dict[str, list[Any]] = {}
        for night in self.lives:
            for order in night.telephone.orders:
                found.setdefault(order.dialled, []).append(order)
        return found

    async def end(self) -> None:
        for night in self.lives:
            await night.node.watch.close(0.0)
            await night.node.finish_tasks(1.0)
            night.node.writer.close()
