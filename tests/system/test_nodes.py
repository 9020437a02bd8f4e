"""Several nodes, each with its Asterisk, on one PostgreSQL: one town is rung by all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from automaton.store.engine import reading
from automaton.store.tables import attempts, nodes, roles, slices
from tests.store.cluster import cluster_or_skip
from tests.system.conftest import MakeStage
from tests.system.stage import DUTY, Stage, Trunk, home, on_duty, until

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres]

NAMES = ("n1", "n2", "n3")
LINES = 10
QUICK = {"ring": "6 s", "talk": "20 s"}
QUARANTINE = 8 + 6 + 20 + 40  # lease, ring, talk, the dialplan's own end


@pytest.fixture
def database() -> Iterator[str]:
    with cluster_or_skip() as running:
        yield running.create("fleet")


@pytest.fixture
def fleet(stage: MakeStage, database: str) -> Iterator[list[Stage]]:
    """Three nodes that call one town by a trunk of one name."""
    more = f'[database]\nurl = "{database}"\n'
    script = "".join(home(serial) for serial in range(1, 25)) + on_duty(DUTY)
    first = stage(trunks={"town": Trunk(script, lines=LINES)}, more=more, node=NAMES[0])
    there = {"town": Trunk(port=first.town.port, lines=LINES)}
    rest = [stage(trunks=there, more=more, node=name) for name in NAMES[1:]]
    yield [first, *rest]
    for one in rest:
        one.tell()


def rows(stage: Stage, table: Any) -> list[Any]:
    with reading(stage.office.desk.engine) as connection:
        return list(connection.execute(select(table)))


def carried(stage: Stage, campaign: str) -> Counter[str]:
    """Return how many calls each node has made."""
    return Counter(
        row.node for row in rows(stage, attempts) if row.campaign_id == campaign
    )


def test_three_nodes_ring_one_town_once(fleet: list[Stage]) -> None:
    first = fleet[0]
    until(lambda: len(rows(first, roles)) == 1, 10, "somebody leads")
    campaign = first.alerted(**QUICK)
    first.ended(campaign, 60)
    assert set(first.states(campaign).values()) == {"acknowledged"}
    made = carried(first, campaign)
    assert sum(made.values()) == 24
    assert set(made) <= set(NAMES)
    assert len(made) > 1, made
    assert all(row.fenced_at is None for row in rows(first, nodes))
    assert sum(row.held for row in rows(first, slices)) <= LINES - 1


@pytest.mark.slow
def test_the_calls_of_a_killed_chief_are_tried_by_others(fleet: list[Stage]) -> None:
    first = fleet[0]
    (chief,) = until(lambda: rows(first, roles), 10, "somebody leads")
    campaign = first.alerted(**QUICK)
    doomed = next(one for one in fleet if one.node == chief.node)
    until(lambda: carried(first, campaign)[chief.node] > 0, 20, "the chief calls")
    doomed.kill()
    first.ended(campaign, QUARANTINE + 60)
    assert set(first.states(campaign).values()) == {"acknowledged"}
    made = carried(first, campaign)
    assert made[chief.node] < sum(made.values())
