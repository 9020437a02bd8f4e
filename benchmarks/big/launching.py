"""From the command `automaton campaign launch` to the first order, however many homes.

The command and the daemon are processes of their own, as in a town hall. The daemon is
the product's engine and store with a telephone in memory: no Asterisk takes part, what
is timed is when the order for the first call leaves (the INVITE follows within some
20 ms; `python -m benchmarks` times that one). The lines are never answered, so that all
of the audience is frozen while they ring.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from automaton import bootstrap
from automaton.clock import SystemClock
from automaton.daemon import _listen_for_wakes, speak_plainly
from automaton.engine.node import World
from automaton.engine.supervisor import Supervisor
from automaton.ports import CallOrder, NoGauges
from automaton.services import commands
from automaton.services.office import open_office
from automaton.settings import load
from automaton.store.schema import upgrade
from automaton.store.stages import recipients_of
from benchmarks import node as nodes
from benchmarks.big.bulk import homes
from benchmarks.usage import usage_of
from tests.engine.night import FakeSpeaker
from tests.engine.telephone import FakeTelephone
from tests.engine.telephone import World as Outside

ON_DISK = Path("/var/tmp")
TOWN, REGION, LINES = 19_000, 500_000, 200
LONGEST = 400.0
COMMAND = "from automaton.cli import main; main()"


def measured(count: int, longest: float = LONGEST) -> dict[str, float]:
    """Return when the first order left, and what freezing so many homes cost.

    After `longest` seconds it is ended, however many are frozen.
    """
    with tempfile.TemporaryDirectory(dir=ON_DISK) as name:
        node = _node(Path(name), count)
        campaign = nodes.create(node, "town")
        try:
            with _daemon(node) as daemon:
                return _launched(node, campaign, daemon, longest)
        finally:
            node.office.desk.engine.dispose()


def _node(folder: Path, count: int) -> nodes.Node:
    config = nodes.configured(folder, LINES, port=5099)
    settings = load(config, {}).settings
    upgrade(settings.database_url)
    node = nodes.Node(config, settings, open_office(settings), LINES)
    nodes.populate(node, {"town": nodes.numbers(49_999, 1)})
    engine = node.office.desk.engine
    with engine.connect() as connection:
        asked = "SELECT id FROM registers WHERE name = 'town'"
        register = connection.exec_driver_sql(asked).scalar_one()
    homes(engine, register, count, datetime.now(UTC) - timedelta(days=1))
    _settle(engine)
    return node


def _settle(engine: Engine) -> None:
    """Bring all to the disk: a register is there long before the night."""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    os.sync()


def _launched(
    node: nodes.Node, campaign: str, daemon: subprocess.Popen[str], longest: float
) -> dict[str, float]:
    before = usage_of(daemon.pid)
    order = [sys.executable, "-c", COMMAND, "--config", str(node.config)]
    asked_at = time.time()
    done = subprocess.Popen(
        [*order, "campaign", "launch", campaign], stdout=subprocess.DEVNULL
    )
    assert daemon.stdout is not None
    first = float(daemon.stdout.readline())
    until = time.monotonic() + longest
    while not node.office.desk.card(campaign).planned and time.monotonic() < until:
        time.sleep(0.2)
    frozen_at, after = time.time(), usage_of(daemon.pid)
    known, _ = recipients_of(node.office.desk.engine, campaign)
    answered = _ended(done)
    commands.stop(node.office, campaign, nodes.BY)
    daemon.terminate()
    daemon.wait(60)
    told = json.loads(daemon.stdout.readline())
    assert answered in (0, None), "the launch was refused"
    return {
        "frozen_homes": known,
        "first_order_s": first - asked_at,
        "frozen_s": frozen_at - asked_at,
        "daemon_cpu_s": after.cpu_seconds - before.cpu_seconds,
        "daemon_mb": after.peak_mb,
        "longest_write_ms": told["longest_write_ms"],
        "writes_over_100_ms": told["writes_over_100_ms"],
    }


def _ended(command: subprocess.Popen[bytes]) -> int | None:
    """Return the exit code of a command; None where it still counts, and is ended."""
    try:
        return command.wait(20)
    except subprocess.TimeoutExpired:
        command.kill()
        command.wait()
        return None


@contextmanager
def _daemon(node: nodes.Node) -> Iterator[subprocess.Popen[str]]:
    order = [sys.executable, "-m", "benchmarks.big.launching", str(node.config)]
    tied = ["setpriv", "--pdeathsig", "KILL"]
    with subprocess.Popen(
        [*tied, *order], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


class _FirstOrder(Outside):
    """Says when the first order came."""

    def __init__(self) -> None:
        self._was_told = False

    def ordered(self, order: CallOrder) -> None:  # noqa: ARG002
        """Take an order."""
        if not self._was_told:
            self._was_told = True
            print(time.time(), flush=True)


class _Writes(NoGauges):
    """How long each transaction held the store, commits included."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def written(self, work: float, commit: float) -> None:
        """Take down one."""
        self.seconds.append(work + commit)


async def _serve(config: Path) -> None:
    """Be the daemon, until it is told to stop."""
    settings, clock, writes = load(config, {}).settings, SystemClock(), _Writes()
    world = World(
        bootstrap.ledger(settings, clock),
        FakeTelephone(world=_FirstOrder()),
        FakeSpeaker(),
        clock,
        gauges=writes,
        foreseer=bootstrap.foreseer(settings, clock),
    )
    supervisor = Supervisor(world, bootstrap.node_settings(settings))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(15, stop.set)
    wakes = await _listen_for_wakes(settings.control_socket, supervisor)
    await world.telephone.open()  # type: ignore[attr-defined]
    running = asyncio.create_task(supervisor.run(stop))
    await asyncio.sleep(1.0)
    print("ready", flush=True)
    await stop.wait()
    wakes.close()
    longest = max(writes.seconds) * 1e3
    over = sum(seconds > 0.1 for seconds in writes.seconds)
    told = {"longest_write_ms": longest, "writes_over_100_ms": over}
    print(json.dumps(told), flush=True)
    running.cancel()
    os._exit(0)


if __name__ == "__main__":
    speak_plainly("warning")  # which write took long
    asyncio.run(_serve(Path(sys.argv[1])))
