"""Databases for the store's tests: each begins with an empty one, on both engines."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from automaton.store.tables import metadata
from tests.store.cluster import Cluster, cluster_or_skip
from tests.store.commune import Commune

BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with cluster_or_skip() as running:
        upgrade(running.create("town"))
        yield running


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "town.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an upgraded, empty database."""
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.empty("town", metadata.sorted_tables)
        return cluster.url("town")
    template = request.getfixturevalue("sqlite_template")
    return f"sqlite:///{shutil.copy(template, tmp_path / 'town.sqlite3')}"


@pytest.fixture
def engine(url: str, tmp_path: Path) -> Iterator[Engine]:
    opened = sealed(open_database(url), SealFile("main", tmp_path / "audit.key"))
    yield opened
    opened.dispose()


@pytest.fixture
def commune(engine: Engine) -> Commune:
    return Commune(engine)
