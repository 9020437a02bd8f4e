"""A daemon's engine in a process of its own, for whoever traces what it syncs.

    python -m tests.engine.durable_night DATABASE ORDERS

Its telephone writes each order and each thanks into ORDERS at the moment it leaves.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from automaton.clock import SystemClock
from automaton.domain.events import Answered, HungUp, KeyPressed, LinkUp, Rang
from automaton.engine.node import NodeSettings
from automaton.engine.node import World as Adapters
from automaton.engine.supervisor import Supervisor
from automaton.ports import CallOrder
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database, reading
from automaton.store.ledger import SqlLedger
from tests.engine.night import OPERATOR, FakeSpeaker
from tests.engine.telephone import FakeTelephone, World

LEFT = "SELECT count(*) FROM recipients WHERE state <> 'acknowledged'"


class Obedient(World):
    """Every home answers at once, presses 1, and hangs up when it is thanked."""

    def __init__(self, telephone: FakeTelephone, orders: int) -> None:
        self._told, self._orders = telephone.told, orders

    def ordered(self, order: CallOrder) -> None:
        self._leaves("order", order.attempt_id)
        now, id_ = SystemClock().now(), order.attempt_id
        for event in (Rang(id_, now), Answered(id_, now), KeyPressed(id_, now, "1", 1)):
            self._told.put_nowait(event)

    def thanked(self, attempt_id: str, seq: int) -> None:
        self._leaves("thanks", attempt_id)
        self._told.put_nowait(HungUp(attempt_id, SystemClock().now(), None, 16))

    def _leaves(self, what: str, attempt_id: str) -> None:
        os.write(self._orders, f"{what} {attempt_id}\n".encode())


async def live(database: Path, orders: Path) -> None:
    """Ring everybody and stop."""
    key = SealFile("main", database.parent / "audit.key")
    engine = sealed(open_database(f"sqlite:///{database}"), key)
    telephone, clock = FakeTelephone(), SystemClock()
    file = os.open(orders, os.O_WRONLY | os.O_CREAT, 0o600)
    telephone.world = Obedient(telephone, file)
    ledger = SqlLedger(engine, clock, 1)
    world = Adapters(ledger, telephone, FakeSpeaker(), clock)
    supervisor = Supervisor(world, NodeSettings("main", (OPERATOR,)))
    telephone.told.put_nowait(LinkUp(clock.now(), restarted=False))
    stop = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stop))
    supervisor.hurry()
    async with asyncio.timeout(60):
        # The engine under trace has no event for it.
        while not running.done() and not _all_are_reached(engine):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    stop.set()
    await running


def _all_are_reached(engine: Any) -> bool:
    with reading(engine) as connection:
        planned = connection.exec_driver_sql("SELECT count(*) FROM recipients").scalar()
        left = connection.exec_driver_sql(LEFT).scalar()
    return bool(planned) and left == 0


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), Path(sys.argv[2])))
