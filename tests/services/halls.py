"""A town hall without a telephone: what its use cases find in the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from automaton.domain.collectivity import Collectivity
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from tests.console.hall import Hall

DID = "+33199000100"
FLOOD = "La rivière monte."


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    url = f"sqlite:///{tmp_path / 'town.sqlite3'}"
    upgrade(url)
    engine: Engine = sealed(
        open_database(url), SealFile("main", tmp_path / "audit.key")
    )
    yield Hall(engine, tmp_path / "prompts", tmp_path, DID)
    engine.dispose()


def owner(hall: Hall) -> Collectivity:
    (found,) = hall.book.collectivities()
    return found
