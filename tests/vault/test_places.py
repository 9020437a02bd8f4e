"""A place gets new files, whole ones, and never a changed one: both kinds alike."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from automaton.errors import LineError
from automaton.vault.names import archives_in, name_of
from automaton.vault.places import FolderPlace, Place
from tests.vault.conftest import sftp_place


def written(tmp_path: Path, content: bytes = b"sealed") -> Path:
    file = tmp_path / "night-20260115T090000Z.tar.age"
    file.write_bytes(content)
    return file


def test_what_was_put_is_got_back(place: Place, tmp_path: Path) -> None:
    file = written(tmp_path)
    assert place.names() == []
    place.put(file)
    assert place.names() == [file.name]
    back = tmp_path / "back"
    back.mkdir()
    place.get(file.name, back)
    assert (back / file.name).read_bytes() == b"sealed"
    place.remove(file.name)
    assert place.names() == []


def test_no_file_is_ever_replaced(place: Place, tmp_path: Path) -> None:
    place.put(written(tmp_path))
    with pytest.raises(LineError, match=r"failed: (File exists|.*rename.*Failure)"):
        place.put(written(tmp_path, b"ransom"))
    there = tmp_path / "there" / written(tmp_path).name
    assert there.read_bytes() == b"sealed"


def test_what_was_cut_off_is_written_anew(place: Place, tmp_path: Path) -> None:
    file = written(tmp_path)
    (tmp_path / "there").mkdir()
    part = tmp_path / "there" / f".{file.name}.part"
    part.write_bytes(b"half")
    place.put(file)
    assert not part.exists()
    assert (tmp_path / "there" / file.name).read_bytes() == b"sealed"


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("a file, not a folder")
    for place in (FolderPlace(tmp_path / "there"), sftp_place(tmp_path)):
        with pytest.raises(LineError, match="there failed"):
            place.put(written(tmp_path))


def test_what_is_missing_there_is_said(place: Place, tmp_path: Path) -> None:
    place.put(written(tmp_path))
    with pytest.raises(LineError):
        place.get("night-20260116T090000Z.tar.age", tmp_path)


def test_nobody_else_reads_what_lies_in_a_folder(tmp_path: Path) -> None:
    FolderPlace(tmp_path / "there").put(file := written(tmp_path))
    assert stat.S_IMODE((tmp_path / "there" / file.name).stat().st_mode) == 0o600


def test_archives_are_told_from_other_files() -> None:
    at = datetime(2026, 1, 15, 9, tzinfo=UTC)
    name = name_of("rive-mer", at)
    assert name == "rive-mer-20260115T090000Z.tar.age"
    others = [name + ".sig", "." + name + ".part", "mer-20260115T090000Z.tar.age", "x"]
    earlier = "rive-mer-20251231T235959Z.tar.age"
    assert archives_in([name, *others, earlier], "rive-mer") == [earlier, name]
