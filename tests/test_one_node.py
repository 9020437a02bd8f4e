"""A SQLite database serves one node; a PostgreSQL serves several."""

from __future__ import annotations

from pathlib import Path

import pytest

from automaton import bootstrap
from automaton.daemon import only_node
from automaton.errors import LineError, RequestError
from automaton.settings import Settings


def node_at(folder: Path, url: str) -> Settings:
    given = {"folders": {"data": str(folder)}, "database": {"url": url}}
    return Settings.model_validate(given)


def test_two_daemons_of_other_folders_do_not_share_a_sqlite_file(
    tmp_path: Path,
) -> None:
    # Each adopted what the other had claimed, and both rang.
    url = f"sqlite:///{tmp_path / 'town.sqlite3'}"
    one, two = node_at(tmp_path / "one", url), node_at(tmp_path / "two", url)
    with only_node(one), pytest.raises(RequestError) as refused, only_node(two):
        pass
    assert refused.value.error_id == "sqlite-one-node"
    with only_node(two):
        pass


def test_nodes_share_a_postgresql(tmp_path: Path) -> None:
    settings = node_at(tmp_path, "postgresql://db/automaton")
    assert bootstrap.node_lock(settings) is None
    with only_node(settings), only_node(settings):
        pass


def test_a_lock_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    # On a disk that could only be read the daemon ended with a traceback.
    settings = node_at(tmp_path / "one", f"sqlite:///{tmp_path / 'town.sqlite3'}")
    lock = bootstrap.node_lock(settings)
    assert lock is not None
    lock.mkdir()
    with pytest.raises(LineError, match="cannot be written"), only_node(settings):
        pass
