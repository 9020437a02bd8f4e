"""A commune with an empty register, on both databases."""

import pytest
from sqlalchemy import Engine

from tests.services.register.town_hall import TownHall
from tests.store.conftest import cluster, commune, engine, sqlite_template, url

__all__ = ["cluster", "commune", "engine", "sqlite_template", "url"]


@pytest.fixture
def hall(engine: Engine) -> TownHall:
    return TownHall(engine)
