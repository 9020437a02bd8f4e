"""What was cut off and left something behind: said, and ended."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Node
from tests.cli.test_backup import archive, keys, safe
from tests.vault.conftest import Keys

__all__ = ["keys"]


@pytest.mark.parametrize("verb", ["backup", "upgrade"])
def test_what_a_killed_restore_left_is_deleted_and_said(
    commune: Node, keys: Keys, verb: str
) -> None:
    safe(commune, keys)
    left = commune.folder / "data/unpacked-x"
    left.mkdir()
    (left / "contacts.csv").write_text("Aubrac", "utf-8")
    found = commune("doctor", "--json").data["findings"]
    assert any(str(left) in one["sentence"] for one in found)
    told = commune.done("--lang", "fr", verb).err
    assert "Une restauration a été interrompue ici" in told
    assert not left.exists()


def test_an_upgrade_that_was_cut_off_is_ended_and_said(
    commune: Node, keys: Keys
) -> None:
    safe(commune, keys).done("backup")
    own = commune.folder / "data/backup"
    (own / "upgrade-under-way").write_text("0005\n", "utf-8")
    (own / "before-upgrade.db").write_bytes(b"")
    ended = commune("upgrade")
    if ended.code == 0:
        assert "An upgrade was cut off here: it is done now" in ended.out
        assert not (own / "before-upgrade.db").exists()
    else:  # the doctor is not content with this machine
        assert "An upgrade was cut off after it was done" in ended.err
        assert str(own / "before-upgrade.db") in ended.err
        french = commune("--lang", "fr", "upgrade").err
        assert "Une mise à niveau a été interrompue une fois faite" in french


def test_a_restore_says_that_an_upgrade_left_its_copy(
    commune: Node, keys: Keys
) -> None:
    # Who was erased was restored away from the database, and stayed in that copy.
    safe(commune, keys).done("backup")
    copy = commune.folder / "data/backup/before-upgrade.db"
    ask = ("restore", archive(commune), "--identity", keys.secret)
    assert commune.done(*ask, "--preview").err == ""
    copy.write_bytes(b"")
    seen = commune.done(*ask, "--preview").err
    assert f"An upgrade was cut off here: {copy} still holds the database" in seen
    assert "End it before you restore: automaton upgrade" in seen
    done = commune.done("--lang", "fr", *ask, "--yes").err
    assert done.count(f"Une mise à niveau a été interrompue ici : {copy}") == 2
    assert "dès qu’aucune campagne n’est en cours ni en pause" in done.splitlines()[-1]
    copy.unlink()
    copy.with_name("upgrade-under-way").write_text("0005\n", "utf-8")
    seen = commune.done(*ask, "--preview", "--json")
    assert "An upgrade was cut off here and is not over." in seen.err
    assert seen.data["into_empty"] is False
