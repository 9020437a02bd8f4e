"""What is due, by how long it has waited, and a write that changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, text

from automaton.domain.campaign import CampaignState
from automaton.errors import LineError
from automaton.store.engine import open_database, reading, sqlite_file
from automaton.store.ledger import SqlLedger
from automaton.store.queue import Queue, due_by_age
from tests.store.commune import Commune, number


def queue(commune: Commune) -> Queue:
    with reading(commune.engine) as connection:
        return due_by_age(connection, commune.now)


def test_nothing_is_due_in_an_empty_database(commune: Commune) -> None:
    assert queue(commune) == Queue({0: 0, 1: 0, 10: 0, 60: 0, 600: 0}, timedelta())


def test_what_is_due_is_counted_by_its_age(commune: Commune) -> None:
    for index in range(3):
        commune.home(number(index))
    commune.planned()
    first, second, third = commune.rows("attempts")
    commune.change("attempts", first.id, due_at=commune.now - timedelta(seconds=700))
    commune.change("attempts", second.id, due_at=commune.now - timedelta(seconds=10))
    commune.change("attempts", third.id, due_at=commune.now + timedelta(seconds=5))
    found = queue(commune)
    assert found.waited == {0: 2, 1: 2, 10: 2, 60: 1, 600: 1}
    assert found.oldest == timedelta(seconds=700)


@pytest.fixture
def two_campaigns(commune: Commune) -> Commune:
    """Five are due of each; each waits for a second longer than the one before."""
    for index in range(5):
        commune.home(number(index))
    for _ in range(2):
        commune.planned()
    for index, row in enumerate(commune.rows("attempts")):
        due_at = commune.now - timedelta(seconds=55 + index)
        commune.change("attempts", row.id, due_at=due_at)
    return commune


@pytest.mark.parametrize(("most", "old"), [(3, 3), (5, 5), (7, 5), (10, 5)])
def test_of_very_many_no_more_are_counted_than_tell_that_there_are_many(
    two_campaigns: Commune, most: int, old: int
) -> None:
    # Half a million rows of the index were counted every five seconds, by each node;
    # then 10,000 of each campaign: of two hundred collectivities as many again. Those
    # that wait for longest are counted first: they are what somebody must know.
    with reading(two_campaigns.engine) as connection:
        found = due_by_age(connection, two_campaigns.now, most=most)
    assert found.waited == {0: most, 1: most, 10: most, 60: old, 600: 0}
    assert found.oldest == timedelta(seconds=64)


def test_what_is_due_of_a_campaign_is_read_once(two_campaigns: Commune) -> None:
    # Each campaign was asked five times, once for each age.
    asked: list[str] = []
    event.listen(
        two_campaigns.engine,
        "before_cursor_execute",
        lambda *told: asked.append(told[2]),
    )
    queue(two_campaigns)
    assert sum("LIMIT" in statement for statement in asked) == 2


def test_what_does_not_run_is_not_waited_for(commune: Commune) -> None:
    commune.home(number(0))
    campaign = commune.planned()
    commune.change("campaigns", campaign, state=CampaignState.PAUSED)
    assert queue(commune).waited[0] == 0


def test_what_is_claimed_waits_no_longer(commune: Commune) -> None:
    commune.home(number(0))
    campaign = commune.planned()
    commune.claim(campaign)
    assert queue(commune).waited[0] == 0


def revision(engine: Engine) -> str:
    with reading(engine) as connection:
        found: str = connection.execute(
            text("SELECT version_num FROM alembic_version")
        ).scalar_one()
    return found


def test_a_write_of_nothing_changes_nothing(commune: Commune) -> None:
    before = revision(commune.engine)
    with commune.ledger.transaction() as transaction:
        transaction.write_nothing()
    assert revision(commune.engine) == before


def test_a_write_of_nothing_finds_a_database_that_takes_none(
    commune: Commune, url: str
) -> None:
    file = sqlite_file(url)
    refusing = (
        f"{url}&options=-cdefault_transaction_read_only%3Don"
        if file is None
        else f"sqlite:///file:{file}?mode=ro&uri=true"
    )
    closed = open_database(refusing)
    assert sqlite_file(refusing) == file
    with (
        pytest.raises(LineError),
        SqlLedger(closed, commune.clock).transaction() as transaction,
    ):
        transaction.write_nothing()
    closed.dispose()
