"""A backup holds everything, is read without us, and is believed only when verified."""

from __future__ import annotations

import csv
import os
import shutil
import stat
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from automaton.bootstrap import safe
from automaton.clock import SettableClock
from automaton.domain.failing import after, told
from automaton.errors import ConfigurationError, LineError, RequestError
from automaton.services.backups import Safe, make_backup, verify
from automaton.settings import Settings, load
from automaton.store.engine import open_database
from automaton.store.safety import safety_book
from automaton.store.sheets import LEFT_OUT
from automaton.store.tables import metadata
from automaton.vault.places import FolderPlace
from tests.services.safety.conftest import MakeTown
from tests.services.safety.safe_town import settings_of
from tests.store.commune import NOW, number
from tests.vault.conftest import Keys


def unpacked(file: Path, keys: Keys, into: Path) -> Path:
    """Unpack an archive as its reader would, with the standard tools alone."""
    into.mkdir()
    order = f"age -d -i {keys.secret} {file} | tar -x -C {into}"
    subprocess.run(["sh", "-c", order], check=True)
    return into


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"tables/{name}.csv").open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_everything_is_in_it_and_read_with_the_standard_tools(
    node: MakeTown, tmp_path: Path
) -> None:
    town = node("first")
    commune = town.commune()
    commune.home(number(1), last_name="Aubrac")
    campaign = commune.planned()
    commune.add(
        "opt_outs",
        collectivity_id=commune.id,
        e164=number(9),
        at=town.now,
        how="key",
        campaign_id=campaign,
    )
    prompts = town.settings.folders.prompts
    prompts.mkdir(parents=True)
    (prompts / "p1.alaw").write_bytes(b"\xd5" * 800)
    (prompts / "nobodys.alaw").write_bytes(b"\xd5")
    recordings = town.settings.folders.recordings
    recordings.mkdir(parents=True)
    (recordings / "annonce.wav").write_bytes(b"RIFF")
    made = town.backup()
    assert made.faults == []
    out = unpacked(town.file(made), town.keys, tmp_path / "out")
    assert {f.stem for f in (out / "tables").iterdir()} == (
        set(metadata.tables) - LEFT_OUT
    )
    assert table(out, "contacts")[0]["last_name"] == "Aubrac"
    assert table(out, "contact_points")[0]["value"] == number(1)
    assert table(out, "opt_outs")[0]["e164"] == number(9)
    assert table(out, "campaigns")[0]["class"] == "alert"
    assert table(out, "attempts")[0]["state"] == "planned"
    assert table(out, "attempts")[0]["answered_at"] == "\\N"
    assert table(out, "attempts")[0]["due_at"] == "2026-01-15T09:00:00+00:00"
    assert (out / "sounds/prompts/p1.alaw").read_bytes() == b"\xd5" * 800
    assert not (out / "sounds/prompts/nobodys.alaw").exists()
    assert (out / "sounds/recordings/annonce.wav").exists()
    assert "contact_points" in (out / "README.txt").read_text("utf-8")
    assert load(out / "settings.toml", {}).settings == town.settings
    assert "a-long-word-of-ours" in (out / "settings.toml").read_text("utf-8")


def test_no_key_that_decrypts_and_no_plain_text_is_left_on_the_node(
    node: MakeTown,
) -> None:
    town = node("first")
    town.commune().home(number(1), last_name="Aubrac")
    town.backup()
    left = list((town.settings.folders.data / "backup").rglob("*"))
    assert sorted(f.name for f in left) == ["signing-key", "signing-key.pub"]


def test_what_is_verified_is_on_record_with_its_moment(node: MakeTown) -> None:
    town = node("first")
    town.commune()
    made = town.backup()
    with safety_book(town.settings) as book:
        last = book.last_verified(str(town.there))
    assert last is not None
    assert (last.name, last.verified_at) == (made.name, town.now)
    assert last.size == town.file(made).stat().st_size
    assert made.manifest.audit_head is None or "/" in made.manifest.audit_head


def test_a_flipped_bit_is_noticed_without_the_key_and_with_it(node: MakeTown) -> None:
    town = node("first")
    town.commune()
    file = town.file(town.backup())
    assert verify(file, [town.signer], None) is None
    manifest = verify(file, [town.signer], town.keys.secret)
    assert manifest is not None
    assert manifest.rows()["collectivities"] == 1
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)
    with pytest.raises(RequestError, match="not as it was signed"):
        verify(file, [town.signer], None)
    with pytest.raises(RequestError):
        verify(file, [], town.keys.secret)


def test_it_is_one_moment_while_calls_go_on(node: MakeTown) -> None:
    # Each home has one attempt more than the one before it was written: a backup that
    # read tables at different moments would find attempts without their recipient.
    town = node("first")
    commune = town.commune()
    for index in range(40):
        commune.home(number(index))
    campaign = commune.campaign()
    started, over = threading.Event(), threading.Event()

    def go_on() -> None:
        for _ in range(40):
            with commune.ledger.transaction() as transaction:
                transaction.plan_chunk(campaign, commune.now, 1)
            started.set()
            if over.is_set():
                return

    planning = threading.Thread(target=go_on)
    planning.start()
    started.wait(10)
    try:
        made = town.backup()
    finally:
        over.set()
        planning.join()
    rows = made.manifest.rows()
    assert rows["recipients"] == rows["attempts"] > 0


def test_a_place_that_fails_is_told_and_the_others_are_kept(
    node: MakeTown, tmp_path: Path
) -> None:
    town = node("first")
    town.commune()
    (tmp_path / "full").write_text("no folder")
    places = [FolderPlace(tmp_path / "full"), FolderPlace(town.there)]
    made = make_backup(Safe(town.settings, town.clock, "tests", places))
    (fault,) = made.faults
    assert str(tmp_path / "full") in fault
    assert town.file(made).exists()
    with safety_book(town.settings) as book:
        last = book.last_verified(str(town.there))
    assert last is not None
    assert last.place == str(town.there)


class Rotten(FolderPlace):
    """A disk that flips a bit of what is written on it."""

    def put(self, file: Path) -> None:
        super().put(file)
        if file.suffix == ".age":
            there = Path(self.name) / file.name
            content = bytearray(there.read_bytes())
            content[-9] ^= 1
            there.write_bytes(content)


def test_what_cannot_be_read_back_is_not_verified(node: MakeTown) -> None:
    town = node("first")
    town.commune()
    made = make_backup(Safe(town.settings, town.clock, "t", [Rotten(town.there)]))
    assert "not as it was signed" in made.faults[0]
    with safety_book(town.settings) as book:
        assert book.last_verified(str(town.there)) is None


def test_the_oldest_go_only_after_a_verified_one(node: MakeTown) -> None:
    town = node("first")
    town.commune()
    town.settings = town.settings.model_copy(
        update={"backup": town.settings.backup.model_copy(update={"keep": 2})}
    )
    made = []
    for _ in range(4):
        made.append(town.backup())
        town.clock.move(town.now - town.now.replace(day=14))
    kept = sorted(f.name for f in town.there.glob("*.age"))
    assert kept == sorted(one.name for one in made[2:])
    assert len(list(town.there.glob("*.sig"))) == 2
    make_backup(Safe(town.settings, town.clock, "t", [Rotten(town.there)]))
    assert {one.name for one in made[2:]} <= {f.name for f in town.there.iterdir()}


def test_a_folder_that_is_not_mounted_is_no_place(node: MakeTown) -> None:
    town = node("first")
    town.commune()
    backup = town.settings.backup.model_copy(update={"folder_is_mounted": True})
    town.settings = town.settings.model_copy(update={"backup": backup})
    made = town.backup()
    assert "nothing is mounted there" in made.faults[0]
    assert list(town.there.iterdir()) == []


class Grows(FolderPlace):
    """A place in which nothing is deleted."""

    def remove(self, name: str) -> None:
        raise LineError("Operation not permitted", error_id="backup-place")


def test_a_good_backup_stays_good_where_the_oldest_cannot_go(node: MakeTown) -> None:
    town = node("first")
    town.commune()
    backup = town.settings.backup.model_copy(update={"keep": 1})
    town.settings = town.settings.model_copy(update={"backup": backup})
    town.backup()
    town.clock.move(timedelta(days=1))
    made = make_backup(Safe(town.settings, town.clock, "t", [Grows(town.there)]))
    assert made.faults == []
    (remark,) = made.remarks
    assert str(remark) == "Operation not permitted"


def test_a_recording_of_any_name_comes_along_and_what_cannot_is_told(
    node: MakeTown, tmp_path: Path
) -> None:
    # A space, an accent or a dash in a name made every backup fail, and a message whose
    # sound was gone made none.
    town = node("first")
    commune = town.commune()
    commune.person(number(1), codeword_prompt="gone")
    recordings = town.settings.folders.recordings
    recordings.mkdir(parents=True)
    odd = ["été 26.wav", "-rf", "a\nb.wav", ".x"]
    for name in (*odd, os.fsdecode(b"\xff.wav")):
        (recordings / name).write_bytes(name.encode("utf-8", "surrogateescape"))
    (recordings / "link.wav").symlink_to(tmp_path / "identity.txt")
    os.mkfifo(recordings / "pipe.wav")
    (recordings / ("é" * 100)).write_bytes(b"")
    made = town.backup()
    assert made.faults == []
    file = town.file(made)
    assert dict(made.manifest.left_out) == {
        "sounds/prompts/gone.alaw": "it is not there",
        "sounds/recordings/link.wav": "it is no plain file that can be read",
        "sounds/recordings/pipe.wav": "it is no plain file that can be read",
        f"sounds/recordings/{'%C3%A9' * 100}": "its name is too long",
    }
    assert verify(file, [town.signer], town.keys.secret) == made.manifest
    second = node("second")
    second.restored(file)
    there = second.settings.folders.recordings
    assert {one.name for one in there.iterdir()} == {*odd, os.fsdecode(b"\xff.wav")}
    assert (there / "-rf").read_bytes() == b"-rf"


def test_without_recipients_or_place_it_says_what_to_set(tmp_path: Path) -> None:
    settings = Settings.model_validate({"folders": {"data": str(tmp_path)}})
    safe = Safe(settings, SettableClock(NOW), "tests")
    with pytest.raises(ConfigurationError, match=r"section \[backup\]"):
        make_backup(safe)


def test_the_daemons_daily_backup_makes_way_and_says_what_fails(
    node: MakeTown, tmp_path: Path
) -> None:
    town = node("first")
    town.commune()
    daily = safe(town.settings, town.clock)
    assert daily is not None
    assert daily.keep() == {}
    assert len(list(town.there.glob("*.age"))) == 1
    assert daily.last_at() == {str(town.there): town.now}
    shutil.rmtree(town.there)
    town.clock.move(timedelta(days=1))
    (fault,) = daily.keep().values()
    assert "it is not there" in fault


def test_what_fails_is_remembered_over_restarts_until_it_works(
    node: MakeTown, tmp_path: Path
) -> None:
    town = node("first")
    town.commune()
    place, own = str(town.there), town.settings.folders.data / "backup"
    known = after({}, {place: "full"}, town.now, is_made_up=True)
    known = told(known, [(place, "full")], "rivemer", town.now)
    first, second = (safe(town.settings, town.clock) for _ in range(2))
    assert first is not None
    assert second is not None
    first.note_failing(known)
    assert second.failing() == known
    assert stat.S_IMODE((own / "failing.json").stat().st_mode) == 0o600
    town.clock.move(timedelta(hours=1))
    assert town.backup().faults == []  # by a person
    assert second.failing() == {}
    first.note_failing({})
    first.note_failing({})
    assert not (own / "failing.json").exists()


def test_what_fails_has_its_name_only_once_it_is_on_the_disk(
    node: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    # After a loss of power the name stood for an empty file.
    town = node("first")
    daily = safe(town.settings, town.clock)
    assert daily is not None
    file = town.settings.folders.data / "backup" / "failing.json"
    synced: list[tuple[int, bool]] = []
    fsync = os.fsync

    def see(handle: int) -> None:
        synced.append((os.fstat(handle).st_size, file.exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", see)
    daily.note_failing(after({}, {"there": "full"}, town.now, is_made_up=False))
    assert synced == [(file.stat().st_size, False)]


def test_a_damaged_memory_of_what_fails_is_none(node: MakeTown) -> None:
    town = node("first")
    daily = safe(town.settings, town.clock)
    assert daily is not None
    file = town.settings.folders.data / "backup" / "failing.json"
    file.parent.mkdir(parents=True)
    for damaged in (b'{"there": {"fault', b"[]", b"\xff", b""):
        file.write_bytes(damaged)
        assert daily.failing() == {}


def test_a_node_without_a_place_has_no_daily_backup(tmp_path: Path) -> None:
    settings = Settings.model_validate({"folders": {"data": str(tmp_path)}})
    assert safe(settings, SettableClock(NOW)) is None


def test_a_database_that_is_old_must_be_upgraded_first(
    tmp_path: Path, keys: Keys
) -> None:
    settings = settings_of(tmp_path / "data", keys, tmp_path / "there")
    open_database(settings.database_url).dispose()
    with pytest.raises(ConfigurationError, match="automaton upgrade"):
        make_backup(Safe(settings, SettableClock(NOW), "tests"))
    assert list((tmp_path / "there").iterdir()) == []
