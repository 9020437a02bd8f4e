"""Backups, restores and upgrades, as a person types them."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text, update

from automaton.domain.campaign import CampaignState
from automaton.store.engine import open_database, writing
from automaton.store.schema import alembic_config, head_of_migrations
from automaton.store.tables import backups, campaigns
from tests.cli.conftest import Ended, Node, drafted
from tests.vault.conftest import Keys, make_keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path)


def safe(node: Node, keys: Keys) -> Node:
    """Give a node somebody to encrypt its backups to, and a place."""
    file = node.folder / "automaton.toml"
    (node.folder / "there").mkdir()
    text = f'[backup]\nrecipients = ["{keys.public}"]\nfolder = "there"\n'
    text += "folder_is_mounted = false\n"
    file.write_text(file.read_text("utf-8") + text, "utf-8")
    return node


def archive(node: Node) -> Path:
    (file,) = (node.folder / "there").glob("*.age")
    return file


def doctor(node: Node) -> str:
    found = node("doctor", "--json").data["findings"]
    told = [one["sentence"] for one in found if one["subject"] == "backup"]
    return str(told[-1])


def test_a_backup_is_made_listed_verified_and_seen_by_the_doctor(
    commune: Node, keys: Keys
) -> None:
    assert doctor(commune) == "no backup is made"
    safe(commune, keys)
    assert doctor(commune).endswith("there: none is verified yet")
    told = commune.done("backup").out
    assert archive(commune).name in told
    assert "Head of the audit: main/" in told
    assert "is 0 h old" in doctor(commune)
    assert "is on the disk of this machine" in commune("doctor").out
    (listed,) = commune.json("backup", "list")
    assert listed["signed"] is True
    assert "as it was signed" in commune.done("backup", "verify", archive(commune)).out
    inside = commune.json(
        "backup", "verify", archive(commune), "--identity", keys.secret
    )
    assert inside["rows"]["contacts"] == 2
    assert commune.done("backup", "key").out.startswith("ssh-ed25519 ")


def test_a_backup_may_go_to_another_folder_once(
    commune: Node, keys: Keys, tmp_path: Path
) -> None:
    safe(commune, keys)
    (tmp_path / "stick").mkdir()
    (record,) = commune.json("backup", "--to", tmp_path / "stick")
    assert record["place"] == str(tmp_path / "stick")
    assert len(list((tmp_path / "stick").glob("*.age"))) == 1


def test_a_backup_makes_no_path_that_is_not_there(
    commune: Node, keys: Keys, tmp_path: Path
) -> None:
    # A stick that was not mounted: its folder was made on this machine's own disk.
    safe(commune, keys)
    absent = tmp_path / "absent"
    ended = commune("--lang", "fr", "backup", "--to", absent)
    assert (ended.code, ended.out) == (2, "")
    told = f"Il n’y a pas de dossier {absent} : montez-le, ou créez-le."
    assert ended.err == f"automaton: {told}\n"
    assert not absent.exists()


def test_a_backup_to_what_is_no_folder_prints_nothing_but_why(
    commune: Node, keys: Keys, tmp_path: Path
) -> None:
    safe(commune, keys)
    (file := tmp_path / "id.txt").touch()
    ended = commune("--lang", "fr", "backup", "--to", file)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"automaton: {file} n’est pas un dossier.\n"


def test_a_backup_to_a_folder_that_takes_nothing_prints_nothing_but_why(
    commune: Node, keys: Keys
) -> None:
    safe(commune, keys)
    ended = commune("--lang", "fr", "backup", "--to", "/proc")
    assert (ended.code, ended.out) == (1, "")
    assert "L’emplacement /proc de la sauvegarde a échoué" in ended.err


def test_a_backup_without_settings_says_what_to_set(commune: Node) -> None:
    ended = commune("backup")
    assert ended.code == 2
    assert "section [backup]" in ended.err


def test_a_changed_file_is_refused_in_french(commune: Node, keys: Keys) -> None:
    safe(commune, keys).done("backup")
    file = archive(commune)
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    ended = commune("--lang", "fr", "backup", "verify", file)
    assert ended.code == 2
    assert "Elle n’est pas telle qu’elle a été signée" in ended.err
    assert "verify" not in ended.err


def test_what_was_lost_is_put_back(commune: Node, keys: Keys) -> None:
    safe(commune, keys).done("backup")
    signer = commune.done("backup", "key").out.strip()
    shutil.rmtree(commune.folder / "data")
    ask = ("restore", archive(commune), "--identity", keys.secret)
    refused = commune(*ask)
    assert "name who did with --signer" in refused.err
    seen = commune.done(*ask, "--signer", signer, "--preview").out
    assert seen.splitlines()[-1] == "Nothing was changed."
    assert "into an installation that is empty" in seen
    assert commune("contacts", "list").code == 2
    declined = commune(*ask, "--signer", signer)
    assert "Nothing was done" in declined.err
    told = commune.done(*ask, "--signer", signer, "--yes").out
    assert "The backup is put back." in told
    people = commune.json("contacts", "list")
    assert {one["name"] for one in people["contacts"]} == {
        "Honoré Aubrac",
        "Zélie Fontbrune",
    }
    assert commune.json(*ask, "--yes")["added"] == {}


def old(commune: Node, revision: str) -> None:
    """Bring the node's database back to an older shape, empty as it was then."""
    shutil.rmtree(commune.folder / "data")
    engine = open_database(f"sqlite:///{commune.folder / 'data/automaton.db'}")
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection), revision)
    engine.dispose()


@pytest.mark.parametrize("revision", ["0001", "0003"])
def test_an_old_database_is_refused_and_then_moved_on(
    commune: Node, keys: Keys, revision: str
) -> None:
    safe(commune, keys)
    old(commune, revision)
    assert "run `automaton upgrade`" in commune("collectivity", "list").err
    told = commune.done("upgrade").out
    assert archive(commune).name in told
    assert f"moved from {revision} to" in told
    commune.done("collectivity", "add", "Royan")
    assert "already" in commune.done("upgrade").out
    assert not (commune.folder / "data/backup/before-upgrade.db").exists()


def test_what_is_in_a_backup_is_shown_to_whoever_has_the_key(
    commune: Node, keys: Keys, tmp_path: Path
) -> None:
    safe(commune, keys).done("backup")
    signer = tmp_path / "node.pub"
    signer.write_text(commune.done("backup", "key").out, "utf-8")
    told = commune.done(
        *("backup", "verify", archive(commune), "--signer", signer),
        *("--identity", keys.secret),
    ).out.splitlines()
    assert told[0].startswith("Backup of test (main) from ")
    assert any(line.split() == ["contacts", "2"] for line in told)
    assert told[-1].endswith("is whole.")
    assert commune.json("backup", "verify", archive(commune))["signature"] == "good"
    listed = commune.done("--lang", "fr", "backup", "list").out
    assert listed.splitlines()[1].endswith("oui")


def test_what_is_wrong_with_an_order_is_said(commune: Node, keys: Keys) -> None:
    ended = commune("backup", "verify", "nowhere.tar.age")
    assert "There is no file nowhere.tar.age" in ended.err
    safe(commune, keys).done("backup")
    ended = commune("backup", "verify", archive(commune), "--signer", "somebody")
    assert "no public key of a node" in ended.err
    (commune.folder / "there").rename(commune.folder / "elsewhere")
    (commune.folder / "there").write_text("no folder", "utf-8")
    ended = commune("backup")
    assert ended.code == 1
    assert "failed" in ended.err


def test_the_doctor_warns_of_a_backup_that_is_old(commune: Node, keys: Keys) -> None:
    safe(commune, keys).done("backup")
    engine = open_database(f"sqlite:///{commune.folder / 'data/automaton.db'}")
    with writing(engine) as connection:
        connection.execute(
            update(backups).values(taken_at=datetime.now(UTC) - timedelta(hours=70))
        )
    engine.dispose()
    found = commune("doctor", "--json").data["findings"]
    last = [one for one in found if one["subject"] == "backup"][-1]
    assert (last["verdict"], "is 70 h old" in last["sentence"]) == ("warn", True)


def test_the_doctor_asks_for_each_place_of_the_settings(
    commune: Node, keys: Keys, tmp_path: Path
) -> None:
    # A stick, or the folder beside a machine that was off, kept the doctor content.
    safe(commune, keys)
    (tmp_path / "stick").mkdir()
    commune.done("backup", "--to", tmp_path / "stick")
    assert doctor(commune).endswith("there: none is verified yet")
    file = commune.folder / "automaton.toml"
    text = file.read_text("utf-8").replace(
        "[backup]\n", '[backup]\nsftp = "sftp://nobody@127.0.0.1:1/x"\n'
    )
    file.write_text(text, "utf-8")
    assert commune("backup").code == 1
    found = commune("doctor", "--json").data["findings"]
    told = {
        one["sentence"]: one["verdict"] for one in found if one["subject"] == "backup"
    }
    (here,) = (one for one in told if "is 0 h old" in one)
    (away,) = (one for one in told if "none is verified yet" in one)
    assert (told[here], told[away]) == ("ok", "warn")
    assert away.startswith("sftp://nobody@127.0.0.1:1/x: ")


def test_a_running_campaign_comes_back_paused(commune: Node, keys: Keys) -> None:
    drafted(commune)
    engine = open_database(f"sqlite:///{commune.folder / 'data/automaton.db'}")
    with writing(engine) as connection:
        connection.execute(update(campaigns).values(state=CampaignState.RUNNING))
    engine.dispose()
    safe(commune, keys).done("backup")
    signer = commune.done("backup", "key").out.strip()
    assert "A campaign is not over" in forced_upgrade(commune).err
    people = commune.json("contacts", "list")["contacts"]
    shutil.rmtree(commune.folder / "data")
    ask = ("restore", archive(commune), "--identity", keys.secret, "--signer", signer)
    told = commune.done(*ask, "--yes").out
    assert "1 campaign will be paused" in told
    assert "automaton campaign resume NAME" in told
    (shown,) = commune.json("campaign", "list")
    assert shown["state"] == "paused"
    assert people == commune.json("contacts", "list")["contacts"]
    who = people[0]["id"]
    commune.done("campaign", "stop", "Crue", "--yes")
    assert commune("contacts", "erase", who, "--yes").code == 0
    seen = commune.done(*ask, "--preview").out
    assert "1 person was erased and stays erased." in seen


def forced_upgrade(commune: Node) -> Ended:
    """Ask for an upgrade of a database that is taken for an older one."""
    engine = open_database(f"sqlite:///{commune.folder / 'data/automaton.db'}")
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    engine.dispose()
    try:
        return commune("upgrade")
    finally:
        named = {"head": head_of_migrations()}
        engine = open_database(f"sqlite:///{commune.folder / 'data/automaton.db'}")
        with writing(engine) as connection:
            connection.execute(
                text("UPDATE alembic_version SET version_num = :head"), named
            )
        engine.dispose()


def test_the_first_upgrade_makes_the_tables(node: Node) -> None:
    assert "ready" in node.done("upgrade").out
    assert node.json("database", "status")["ready"] is True
    assert node.json("upgrade")["before"] == head_of_migrations()


def test_what_is_not_in_a_backup_is_told_then_and_when_it_is_verified(
    commune: Node, keys: Keys
) -> None:
    safe(commune, keys)
    recordings = commune.folder / "data/recordings"
    recordings.mkdir(parents=True)
    (recordings / "link.wav").symlink_to(keys.secret)
    told = "Not in the backup: sounds/recordings/link.wav: it is no plain file"
    assert told in commune.done("backup").err
    ask = ("backup", "verify", archive(commune), "--identity", keys.secret)
    assert told in commune.done(*ask).err
    assert commune.json(*ask)["left_out"][0][0] == "sounds/recordings/link.wav"


def test_a_place_that_is_not_mounted_is_told_in_french(
    commune: Node, keys: Keys
) -> None:
    safe(commune, keys)
    file = commune.folder / "automaton.toml"
    text = file.read_text("utf-8").replace("folder_is_mounted = false\n", "")
    file.write_text(text, "utf-8")
    ended = commune("--lang", "fr", "backup")
    assert ended.code == 1
    assert "mettez backup.folder_is_mounted = false si c’est voulu" in ended.err
    assert "nothing is mounted there" in commune("doctor").out


def test_why_the_oldest_stay_is_told_in_french(
    commune: Node, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe(commune, keys)
    file = commune.folder / "automaton.toml"
    text = file.read_text("utf-8").replace("[backup]\n", "[backup]\nkeep = 1\n")
    file.write_text(text, "utf-8")
    commune.done("backup")
    first = archive(commune)
    with sqlite3.connect(commune.folder / "data/automaton.db") as db:
        old = first.with_name("test-20260101T090000Z.tar.age")
        first.rename(old)
        first.with_name(f"{first.name}.sig").unlink()
        db.execute("UPDATE backups SET name = ?", [old.name])
    real = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:  # chattr +a
        if path.parent.name == "there" and path.suffix == ".age":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        real(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    told = commune.done("--lang", "fr", "backup").err
    assert "Les plus anciennes sauvegardes sont encore là : L’emplacement" in told
    assert "failed" not in told
    assert old.exists()


def test_a_key_that_does_not_fit_is_told_in_our_words(
    commune: Node, keys: Keys, tmp_path: Path
) -> None:
    # age's own English stood there, with the address of its complaints.
    safe(commune, keys).done("backup")
    other = tmp_path / "other.txt"
    subprocess.run(["age-keygen", "-o", other], check=True, capture_output=True)
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("bonjour", "utf-8")
    for verb in (("backup", "verify"), ("restore",)):
        for key, told in (
            (other, "Cette clé secrète ne l’ouvre pas"),
            (nothing, "ne contient pas de clé secrète"),
            (tmp_path / "absent.txt", "Il n’y a pas de fichier"),
        ):
            line = (*verb, archive(commune), "--identity", key)
            ended = commune("--lang", "fr", *line)
            assert (ended.code, ended.out) == (2, "")
            assert told in ended.err
            assert "http" not in ended.err
