"""News from node to node: heard at once, again after a gap, never before a commit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from automaton.domain.campaign import CampaignState
from automaton.store.drafts import Ask, leave_command
from automaton.store.ears import listen
from automaton.store.engine import open_database, reading, writing
from automaton.store.news import CHANNEL, tell
from tests.store.commune import NOW, Commune, number

SOON = 5.0
POSTGRES = pytest.mark.parametrize(
    "url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


class Ear:
    """Counts what was heard."""

    def __init__(self) -> None:
        self.news = threading.Semaphore(0)

    def __call__(self) -> None:
        self.news.release()

    def hears(self, within: float = SOON) -> bool:
        return self.news.acquire(timeout=within)


@contextmanager
def listening(url: str) -> Iterator[Ear]:
    ear, stop, engine = Ear(), threading.Event(), open_database(url)
    thread = threading.Thread(target=listen, args=(engine, ear, stop))
    thread.start()
    try:
        assert ear.hears()  # it listens now
        yield ear
    finally:
        stop.set()
        thread.join()
        engine.dispose()


@POSTGRES
def test_news_are_heard_when_they_are_committed(url: str, commune: Commune) -> None:
    with listening(url) as ear:
        with writing(commune.engine) as connection:
            tell(connection, "campaign")
            assert not ear.hears(within=0.2)
        assert ear.hears()


@POSTGRES
def test_commands_moves_and_the_first_recipients_are_news(
    url: str, commune: Commune
) -> None:
    for index in range(3):
        commune.home(number(index))
    campaign = commune.campaign()
    with listening(url) as ear:
        with writing(commune.engine) as connection:
            leave_command(connection, Ask("pause", campaign, "agent", NOW))
        assert ear.hears()
        with commune.ledger.transaction() as transaction:
            transaction.move_campaign(campaign, CampaignState.PAUSED, NOW)
        assert ear.hears()
        with commune.ledger.transaction() as transaction:
            transaction.plan_chunk(campaign, NOW, 1)
        assert ear.hears()
        with commune.ledger.transaction() as transaction:
            transaction.plan_chunk(campaign, NOW, 1)
        assert not ear.hears(within=0.2)


@POSTGRES
def test_who_was_cut_off_listens_again_and_looks_what_it_missed(
    url: str, commune: Commune
) -> None:
    ended = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE query = 'LISTEN {CHANNEL}'"
    )
    with listening(url) as ear:
        with reading(commune.engine) as connection:
            assert connection.execute(text(ended)).scalars().all() == [True]
        assert ear.hears()
        with writing(commune.engine) as connection:
            tell(connection, "campaign")
        assert ear.hears()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_on_sqlite_there_is_nobody_to_hear(commune: Commune) -> None:
    ear = Ear()
    listen(commune.engine, ear, threading.Event())
    with writing(commune.engine) as connection:
        tell(connection, "campaign")
    assert not ear.hears(within=0.0)
