"""A node, or its Asterisk, stands still between the record of a call and its order.

Longer than the lease: others have long taken it for dead, and nobody is rung twice.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from automaton.store.tables import attempts, nodes
from tests.faults.ground import FaultStage
from tests.store.cluster import cluster_or_skip
from tests.system.conftest import MakeStage
from tests.system.stage import DUTY, Stage, Trunk, home, on_duty, until
from tests.system.test_nodes import QUARANTINE, QUICK, rows

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.slow]

HOMES = 14
LOST = 75  # os.EX_TEMPFAIL: start me again
NOTICED = 14  # seconds: a lease, a look, and a slow machine
Pair = tuple[FaultStage, FaultStage]


@pytest.fixture
def fleet(stage: MakeStage) -> Iterator[Callable[[str], Pair]]:
    """Make two nodes that call one town; the first one meets its doom."""
    with cluster_or_skip() as running:
        made: list[FaultStage] = []

        def make(doom: str) -> Pair:
            more = f'[database]\nurl = "{running.create("frozen")}"\n'
            script = "".join(home(n) for n in range(1, HOMES + 1)) + on_duty(DUTY)
            doomed = partial(FaultStage, doom=doom)
            town = {"town": Trunk(script, lines=10)}
            first = stage(trunks=town, more=more, node="n1", kind=doomed)
            there = {"town": Trunk(port=first.town.port, lines=10)}
            second = stage(trunks=there, more=more, node="n2", kind=FaultStage)
            assert isinstance(first, FaultStage)
            assert isinstance(second, FaultStage)
            made.extend((first, second))
            return first, second

        yield make
        for one in made:
            one._end_node()
            Stage.tell(one)


def is_still(pid: int) -> bool:
    """Tell whether a process is stopped."""
    told = Path(f"/proc/{pid}/stat").read_text("ascii")
    return told.rpartition(")")[2].split()[0] == "T"


def pid_of(stage: Stage) -> int:
    assert stage.daemon is not None
    return stage.daemon.pid


def is_fenced(stage: Stage, name: str) -> bool:
    return any(
        row.name == name and row.fenced_at is not None for row in rows(stage, nodes)
    )


def claims(stage: Stage, name: str) -> set[str]:
    """Return the numbers that a node has on its lines, by the record."""
    found = rows(stage, attempts)
    return {row.e164 for row in found if row.node == name and row.ended_at is None}


def rung(stage: Stage) -> set[str]:
    return {event.number for event in stage.happened("invite")}


def nobody_was_rung_twice(stage: Stage) -> None:
    """No home had two calls at once, and none that had pressed was called again."""
    for serial in range(1, HOMES + 1):
        busy = pressed = False
        for event in stage.town.log():
            if event.number[-4:] != f"{serial:04d}":
                continue
            if event.what == "invite":
                assert not busy, f"two calls at once to {serial}"
                assert not pressed, f"{serial} is called again"
                busy = True
            pressed = pressed or event.what == "key"
            busy = busy and event.what not in ("hangup", "cancelled", "refused")


def all_acknowledge(stage: Stage, campaign: str, seconds: float) -> None:
    Stage.ended(stage, campaign, seconds)
    assert set(stage.states(campaign).values()) == {"acknowledged"}
    nobody_was_rung_twice(stage)


def test_a_node_that_stood_still_sends_nothing_when_it_wakes(
    fleet: Callable[[str], Pair],
) -> None:
    frozen, other = fleet("intent-committed:1:stop")
    campaign = frozen.alerted(**QUICK)
    until(lambda: is_still(pid_of(frozen)), 30, "the node stands still")
    until(lambda: is_fenced(other, "n1"), NOTICED, "its silence is noticed")
    unsent = claims(other, "n1") - rung(frozen)
    assert unsent
    os.kill(pid_of(frozen), signal.SIGCONT)
    assert frozen.daemon is not None
    assert frozen.daemon.wait(20) == LOST
    assert "a node is dead" in other.said()
    assert unsent.isdisjoint(rung(frozen))
    frozen.doom = ""
    frozen.start()
    all_acknowledge(frozen, campaign, QUARANTINE + 60)


def test_what_an_asterisk_dials_when_it_wakes_rings_nobody_twice(
    fleet: Callable[[str], Pair],
) -> None:
    frozen, other = fleet("intent-committed:1:freeze")
    campaign = frozen.alerted(**QUICK)
    until(lambda: is_still(frozen.asterisk()), 30, "Asterisk stands still")
    asleep = frozen.asterisk()
    with pytest.raises(subprocess.TimeoutExpired):
        frozen.daemon.wait(12)  # type: ignore[union-attr] # longer than the lease
    assert not is_fenced(other, "n1")  # the node lives, and its calls are its own
    os.kill(asleep, signal.SIGCONT)
    all_acknowledge(frozen, campaign, QUARANTINE + 60)
    assert frozen.asterisk() == asleep


def test_an_asterisk_that_never_wakes_is_ended_and_its_homes_are_rung(
    fleet: Callable[[str], Pair],
) -> None:
    frozen, other = fleet("intent-committed:1:freeze")
    campaign = frozen.alerted(**QUICK)
    until(lambda: is_still(frozen.asterisk()), 30, "Asterisk stands still")
    asleep = frozen.asterisk()
    until(lambda: frozen.asterisk() not in (0, asleep), 80, "another one runs")
    assert "Asterisk stands still; it is ended" in frozen.said()
    assert not is_fenced(other, "n1")
    all_acknowledge(frozen, campaign, QUARANTINE + 60)
