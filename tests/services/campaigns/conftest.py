"""A city for each test, on a SQLite file of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from tests.services.campaigns.city import City
from tests.store.cluster import cluster_or_skip


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("city") / "empty.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def city(empty_database: Path, tmp_path: Path) -> Iterator[City]:
    copy = shutil.copy(empty_database, tmp_path / "automaton.db")
    key = SealFile("main", tmp_path / "audit.key")
    engine = sealed(open_database(f"sqlite:///{copy}"), key)
    yield City(engine, tmp_path)
    engine.dispose()


@pytest.fixture
def city_on_postgres(tmp_path: Path) -> Iterator[City]:
    with cluster_or_skip() as cluster:
        url = cluster.create("city")
        upgrade(url)
        key = SealFile("main", tmp_path / "audit.key")
        engine = sealed(open_database(url), key)
        yield City(engine, tmp_path)
        engine.dispose()
