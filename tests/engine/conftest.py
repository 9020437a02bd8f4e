"""A fresh night for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from tests.engine.night import Night
from tests.engine.several import NARROW, Several


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("engine") / "town.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> Iterator[Engine]:
    path = shutil.copy(empty_database, tmp_path / "town.sqlite3")
    key = SealFile("main", tmp_path / "audit.key")
    engine = sealed(open_database(f"sqlite:///{path}"), key)
    yield engine
    engine.dispose()


@pytest.fixture
async def a_night(database: Engine) -> Any:
    """A function that begins a night: `a_night(homes=3, trunks=(…))`."""
    nights: list[Night] = []

    def begin(**how: Any) -> Night:
        nights.append(Night(database, **how))
        return nights[-1]

    yield begin
    for night in nights:
        await night.node.watch.close(0.0)
        await night.node.finish_tasks(1.0)
        night.node.writer.close()


@pytest.fixture
async def several(database: Engine) -> Any:
    """Nodes on one narrow trunk."""
    nodes = Several(database, (NARROW,))
    yield nodes
    await nodes.end()


Begin = Callable[..., Night]
