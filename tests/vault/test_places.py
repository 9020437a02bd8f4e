"""A place gets new files, whole ones, and never a changed one: both kinds alike."""

from __future__ import annotations

import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from automaton.errors import LineError
from automaton.vault.names import (
    archives_in,
    beyond,
    name_of,
    name_within,
    name_without,
    taken_at,
)
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
    with pytest.raises(LineError, match="failed: File exists"):
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
    assert taken_at(name) == at
    with pytest.raises(ValueError, match="no name of an archive"):
        taken_at("automaton.toml")


def other_disk(tmp_path: Path) -> Path:
    """Return a new folder on another file system than the tests'."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    return Path(tempfile.mkdtemp(dir=memory, prefix="automaton-test-"))


def test_a_folder_that_is_not_mounted_is_told_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    # The share was not mounted: backups filled this machine's own disk.
    there = tmp_path / "mnt"
    place = FolderPlace(there, beside=tmp_path, is_made=False)
    with pytest.raises(LineError, match="it is not there; mount it"):
        place.put(written(tmp_path))
    there.mkdir()
    for act in (place.names, place.check, lambda: place.put(written(tmp_path))):
        with pytest.raises(LineError, match=r"set backup\.folder_is_mounted = false"):
            act()
    assert list(there.iterdir()) == []


def test_a_folder_on_another_disk_is_taken_for_mounted(tmp_path: Path) -> None:
    there = other_disk(tmp_path)
    try:
        place = FolderPlace(there, beside=tmp_path, is_made=False)
        place.put(file := written(tmp_path))
        assert place.names() == [file.name]
    finally:
        shutil.rmtree(there)


@pytest.fixture
def only_grows(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing is renamed or deleted (chattr +a)."""
    there = tmp_path / "there"
    there.mkdir()
    done = subprocess.run(["chattr", "+a", there], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("this user or this file system knows no append-only folder")
    yield there
    subprocess.run(["chattr", "-a", there], check=True)


def test_a_folder_that_only_grows_takes_backups(
    only_grows: Path, tmp_path: Path
) -> None:
    file = written(tmp_path)
    (only_grows / f".{file.name}.part").write_bytes(b"half of an earlier one")
    place = FolderPlace(only_grows)
    place.put(file)
    assert (only_grows / file.name).read_bytes() == b"sealed"
    with pytest.raises(LineError, match="File exists"):
        place.put(file)
    with pytest.raises(LineError):
        place.remove(file.name)


@pytest.mark.parametrize("refused", ["remove,rmdir,rename,posix-rename", "remove"])
def test_an_sftp_account_that_may_not_delete_takes_backups(
    tmp_path: Path, refused: str
) -> None:
    place, file = sftp_place(tmp_path, "-P", refused), written(tmp_path)
    place.put(file)
    assert (tmp_path / "there" / file.name).read_bytes() == b"sealed"
    assert file.name in place.names()
    with pytest.raises(LineError, match="File exists"):
        place.put(file)
    with pytest.raises(LineError):
        place.remove(file.name)


def test_a_folder_that_only_grows_behind_sftp_takes_backups(
    only_grows: Path, tmp_path: Path
) -> None:
    place, file = sftp_place(tmp_path), written(tmp_path)
    place.put(file)
    assert (only_grows / file.name).read_bytes() == b"sealed"


STAMPS = ["20260110", "20260111", "20260112", "20260113", "20990101"]
NAMES = [f"night-{stamp}T090000Z.tar.age" for stamp in STAMPS]


@pytest.mark.parametrize(
    ("newest", "good", "keep", "gone"),
    [
        (3, (0, 1, 2), 2, [0, 1]),
        (3, (0, 1, 2), 4, []),
        (3, (0, 1, 2), 0, []),
        (3, (0, 1, 2), 1, [0, 1, 2]),
        (3, (0, 1, 4), 2, [0]),  # the third was never found whole
        (3, (4,), 2, []),  # only the one of a clock that was ahead was
        (4, (0, 1, 2, 3), 2, [0, 1, 2]),
        (0, (1, 2, 3), 1, []),  # the clock is behind now
    ],
)
def test_what_may_go_is_older_than_good_ones_whatever_a_clock_said(
    newest: int, good: tuple[int, ...], keep: int, gone: list[int]
) -> None:
    # A clock was set forward once: its backup was the latest for good, and the new ones
    # were deleted as they came.
    whole = frozenset(NAMES[index] for index in good)
    found = beyond(NAMES, NAMES[newest], whole, keep)
    assert list(found) == [NAMES[index] for index in gone]


@pytest.mark.parametrize(
    "name",
    ["été 2026.wav", "-rf", ".hidden", "a\nb", "%41", "~x", "ok-1.wav", "\udcff"],
)
def test_an_odd_name_is_written_plainly_and_comes_back(name: str) -> None:
    plain = name_within(name)
    assert plain.isascii()
    assert plain[0] not in ".-"
    assert not set(plain) & set("\n /~")
    assert name_without(plain) == name


@pytest.mark.parametrize("name", ["%2E%2E", "..", "%2Fetc%2Fpasswd", "a%00b", ""])
def test_no_name_leaves_its_folder(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        name_without(name)
