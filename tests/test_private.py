"""What holds names and numbers is its owner's alone, from the first moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from automaton.private import make_private_folder, open_private
from automaton.store.engine import open_database


@pytest.fixture(autouse=True)
def _open_to_everybody() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_is_private_before_a_word_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    with open_private(path) as file:
        assert mode(path) == 0o600
        file.write("Aubrac")
    assert path.read_text("utf-8") == "Aubrac"


def test_a_file_that_everybody_read_is_closed_before_it_is_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("a longer text from before", "utf-8")
    path.chmod(0o644)
    with open_private(path) as file:
        assert (mode(path), path.stat().st_size) == (0o600, 0)
        file.write("Aubrac")
    assert path.read_text("utf-8") == "Aubrac"


def test_the_group_reads_only_where_it_is_told_to(tmp_path: Path) -> None:
    with open_private(tmp_path / "report.csv", 0o640):
        assert mode(tmp_path / "report.csv") == 0o640


def test_folders_that_are_made_are_private_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(mode=0o755)
    make_private_folder(tmp_path / "there" / "var" / "data")
    modes = [mode(tmp_path / "there" / name) for name in (".", "var", "var/data")]
    assert modes == [0o755, 0o700, 0o700]


def test_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'data' / 'town.sqlite3'}").dispose()
    assert mode(tmp_path / "data") == 0o700
