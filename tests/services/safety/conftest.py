"""Nodes that make backups, and one where they are put back, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from automaton.store.schema import upgrade
from tests.services.safety.safe_town import SafeTown, settings_of
from tests.store.cluster import Cluster
from tests.store.conftest import BOTH, cluster, sqlite_template
from tests.vault.conftest import Keys, keys

__all__ = ["cluster", "keys", "sqlite_template"]

MakeTown = Callable[[str], SafeTown]


@pytest.fixture(params=BOTH)
def node(
    request: pytest.FixtureRequest, tmp_path: Path, keys: Keys
) -> Iterator[MakeTown]:
    """Make nodes by name; each has a database and a data folder of its own."""
    with ExitStack() as ends:

        def make(name: str) -> SafeTown:
            folder, url = tmp_path / name, None
            if request.param == "postgres":
                server: Cluster = request.getfixturevalue("cluster")
                database = f"{name}_{abs(hash(tmp_path)) % 10**8}"
                url = server.create(database)
            settings = settings_of(folder, keys, tmp_path / "there", url)
            upgrade(settings.database_url)
            return ends.enter_context(SafeTown(settings, keys))

        yield make
