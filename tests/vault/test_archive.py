"""An archive is read with age and tar alone, and a flipped bit is noticed."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automaton.errors import AutomatonError, ConfigurationError, LineError, RequestError
from automaton.vault.archive import ArchiveWriter, Manifest, read_table, unpack
from automaton.vault.seal import opened, sealed
from automaton.vault.signature import check, public_key, sign, signature_of
from automaton.vault.tools import tool
from tests.depth import examples
from tests.vault.conftest import Keys, make_keys

AT = datetime(2026, 1, 15, 9, tzinfo=UTC)
HEAD = Manifest("rivemer", "main", "0.1", "0004", AT.isoformat())
ROWS = [["1", None, ""], ["2", "\\N", 'a "b", c\r\nd'], ["3", "\\\\x", "é"]]


def archive(tmp_path: Path, keys: Keys) -> Path:
    file = tmp_path / "one.tar.age"
    with sealed(file, [keys.public]) as stream:
        writer = ArchiveWriter(stream, AT, tmp_path)
        writer.text("README.txt", "À lire")
        writer.table("tables/people.csv", ["id", "a", "b"], ROWS, lambda: None)
        writer.close(HEAD)
    return file


def unpacked(file: Path, keys: Keys, into: Path) -> Manifest:
    into.mkdir()
    with opened(file, keys.secret) as stream:
        return unpack(stream, into)


def test_an_archive_is_read_with_the_standard_tools_alone(
    tmp_path: Path, keys: Keys
) -> None:
    file = archive(tmp_path, keys)
    (tmp_path / "out").mkdir()
    order = f"age -d -i {keys.secret} {file} | tar -x -C {tmp_path / 'out'}"
    subprocess.run(["sh", "-c", order], check=True)
    assert (tmp_path / "out/README.txt").read_text("utf-8") == "À lire"
    with (tmp_path / "out/tables/people.csv").open(
        newline="", encoding="utf-8"
    ) as text:
        assert next(csv.reader(text)) == ["id", "a", "b"]
    told = json.loads((tmp_path / "out/manifest.json").read_text("utf-8"))
    assert told["installation"] == "rivemer"
    assert [one["path"] for one in told["entries"]] == [
        "README.txt",
        "tables/people.csv",
    ]


def test_rows_come_back_as_they_were(tmp_path: Path, keys: Keys) -> None:
    manifest = unpacked(archive(tmp_path, keys), keys, tmp_path / "out")
    columns, rows = read_table(tmp_path / "out/tables/people.csv")
    assert (columns, list(rows)) == (["id", "a", "b"], ROWS)
    assert manifest.rows() == {"people": 3}


CELLS = st.none() | st.text(
    st.sampled_from('\r\n",;\\N \u2028\x85é')
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=8,
)
WIDE = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)
)


@examples(100)
@given(WIDE)
def test_whatever_was_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str | None]]
) -> None:
    # A lone carriage return was not quoted: the backup was made, told to be verified,
    # and could never be restored.
    folder = tmp_path_factory.mktemp("sheet")
    columns = [f"c{index}" for index in range(len(rows[0]))]
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, AT, folder)
    writer.table("tables/people.csv", columns, rows, lambda: None)
    writer.close(replace(HEAD, entries=tuple(writer.entries)))
    stream.seek(0)
    unpack(stream, folder)
    found, back = read_table(folder / "tables/people.csv")
    assert (found, list(back)) == (columns, rows)


BROKEN = (b"id,a\n1,x\ry\n", b"id,a\n1,x\n2,y\n", b"", b"id,a\n1,\xff\n")


@pytest.mark.parametrize("content", BROKEN)
def test_a_table_that_cannot_be_restored_is_not_whole(
    tmp_path: Path, content: bytes
) -> None:
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, AT, tmp_path)
    writer.content("tables/people.csv", content)
    entry = replace(writer.entries.pop(), rows=1)
    writer.entries.append(entry)
    writer.close(HEAD)
    stream.seek(0)
    with pytest.raises(RequestError, match=r"people\.csv cannot be read") as told:
        unpack(stream, tmp_path)
    assert told.value.error_id == "backup-broken"


def test_an_archive_of_no_moment_is_not_whole(tmp_path: Path) -> None:
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, AT, tmp_path)
    writer.close(replace(HEAD, taken_at="yesterday"))
    stream.seek(0)
    with pytest.raises(RequestError, match="not whole") as told:
        unpack(stream, tmp_path)
    assert told.value.error_id == "backup-broken"


def test_a_table_is_read_again_before_it_is_added(tmp_path: Path) -> None:
    writer = ArchiveWriter(io.BytesIO(), AT, tmp_path)
    with pytest.raises(RequestError, match="row 1 has 1 cells, not 2"):
        writer.table("tables/people.csv", ["id", "a"], [["1"]], lambda: None)
    assert writer.entries == []


def test_nothing_can_be_read_in_the_encrypted_file(tmp_path: Path, keys: Keys) -> None:
    assert b"people" not in archive(tmp_path, keys).read_bytes()


def test_another_key_does_not_open_it(tmp_path: Path, keys: Keys) -> None:
    file = archive(tmp_path, keys)
    (tmp_path / "other").mkdir()
    other = make_keys(tmp_path / "other")
    with pytest.raises(RequestError, match="cannot be decrypted"):
        unpacked(file, other, tmp_path / "out")


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9, 0.999])
def test_a_flipped_bit_is_noticed_with_and_without_the_key(
    tmp_path: Path, keys: Keys, place: float
) -> None:
    file, signing = archive(tmp_path, keys), tmp_path / "signing"
    sign(file, signing)
    check(file, [public_key(signing)])
    content = bytearray(file.read_bytes())
    content[int(len(content) * place)] ^= 1
    file.write_bytes(content)
    with pytest.raises(RequestError, match="not as it was signed"):
        check(file, [public_key(signing)])
    with pytest.raises(RequestError):
        unpacked(file, keys, tmp_path / "out")


def test_a_file_that_was_cut_is_noticed(tmp_path: Path, keys: Keys) -> None:
    file = archive(tmp_path, keys)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(RequestError):
        unpacked(file, keys, tmp_path / "out")


def test_another_nodes_signature_and_none_are_refused(
    tmp_path: Path, keys: Keys
) -> None:
    file = archive(tmp_path, keys)
    with pytest.raises(RequestError, match="no signature"):
        check(file, [public_key(tmp_path / "signing")])
    sign(file, tmp_path / "signing")
    assert signature_of(file).exists()
    with pytest.raises(RequestError, match="another node"):
        check(file, [public_key(tmp_path / "stranger")])


def test_a_recipient_that_is_none_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "one.tar.age"
    with (
        pytest.raises(LineError, match="could not be encrypted"),
        sealed(file, ["age1nobody"]) as stream,
    ):
        stream.write(b"x" * 1_000_000)
    assert not file.exists()


def test_a_fault_while_writing_leaves_no_file(tmp_path: Path, keys: Keys) -> None:
    file = tmp_path / "one.tar.age"
    broken = pytest.raises(AutomatonError, match="the disk")
    with broken, sealed(file, [keys.public]):
        raise LineError("the disk")
    assert not file.exists()


def test_a_tool_that_is_missing_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigurationError, match="sudo apt-get install age"):
        tool("age")


def tarred(info: tarfile.TarInfo) -> io.BytesIO:
    """Return an archive of one file that may say what it likes of its size."""
    return io.BytesIO(info.tobuf(tarfile.PAX_FORMAT) + b"x" * 512 + b"\0" * 1024)


def member(kind: bytes = tarfile.REGTYPE, size: int = 4, **pax: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo("tables/people.csv")
    info.type, info.size, info.pax_headers = kind, size, pax
    return info


SPARSE = {"GNU.sparse.map": "0,4"}


@pytest.mark.parametrize(
    ("info", "told"),
    [
        (member(tarfile.GNUTYPE_SPARSE), "not whole"),
        (member(**SPARSE, **{"GNU.sparse.size": "99999999999"}), "larger than"),
        (member(**SPARSE, **{"GNU.sparse.size": "4"}), "does not belong"),
        (member(tarfile.SYMTYPE), "does not belong"),
        (member(tarfile.CHRTYPE), "does not belong"),
        (member(size=1 << 43), "larger than the backup itself"),
    ],
)
def test_what_would_fill_the_disk_or_is_no_plain_file_is_refused(
    tmp_path: Path, info: tarfile.TarInfo, told: str
) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(RequestError, match=told):
        unpack(tarred(info), tmp_path / "out", 4096)
    assert not any(file.is_file() for file in (tmp_path / "out").rglob("*"))
