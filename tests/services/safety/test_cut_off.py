"""What is read is what was checked; what a kill leaves behind is found."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from automaton.domain.collectivity import Act
from automaton.errors import RequestError
from automaton.services import restores
from automaton.services.backups import unpacked, verify
from automaton.services.leftovers import cut_off, take_away
from automaton.services.restores import Wish, restore
from automaton.vault.scratch import clear, left_behind, scratch
from tests.services.safety.conftest import MakeTown
from tests.services.safety.test_landing import rows
from tests.store.commune import number


def killed_in(folder: Path, kind: str) -> None:
    """Let a process die by SIGKILL in the middle of its work in a scratch folder."""
    child = os.fork()
    if child == 0:
        with scratch(folder, kind) as there:
            (there / "contacts.csv").write_text("Aubrac")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def test_what_a_killed_restore_had_unpacked_is_found_and_deleted(
    node: MakeTown,
) -> None:
    town = node("first")
    data = town.settings.folders.data
    own = data / "backup"
    own.mkdir(parents=True)
    killed_in(data, "unpacked")
    killed_in(own, "new")
    with scratch(data, "unpacked") as in_use:
        (found,) = cut_off(town.settings)
        assert (found / "contacts.csv").exists()
        assert list(take_away(town.settings)) == [found]
        assert not found.exists()
        assert in_use.is_dir()
        assert left_behind(own, "new") == []
    assert cut_off(town.settings) == []


def test_what_cannot_be_deleted_is_not_told_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_in(tmp_path, "unpacked")
    (left,) = left_behind(tmp_path, "unpacked")
    killed_in(tmp_path, "unpacked")
    real = shutil.rmtree

    def rmtree(path: Path, **how: bool) -> None:  # one lies on a disk gone read-only
        if path != left:
            real(path, **how)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    assert left not in clear(tmp_path, "unpacked")
    assert list(left_behind(tmp_path, "unpacked")) == [left]


def test_what_a_killed_check_had_unpacked_is_deleted_by_the_next(
    node: MakeTown, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed_in(tmp_path, "automaton-unpacked")
    town = node("first")
    town.commune()
    file = town.file(town.backup())
    assert verify(file, [town.signer], town.keys.secret)
    assert list(tmp_path.glob("automaton-unpacked-*")) == []


def swapping(folder: Path, file: Path, with_what: Path) -> Path:
    """Make an `ssh-keygen` after whose check the file is another one."""
    real = shutil.which("ssh-keygen")
    folder.mkdir()
    villain = folder / "ssh-keygen"
    villain.write_text(
        f'#!/bin/sh\n{real} "$@"\ndone=$?\n'
        f'case "$*" in *verify*) cp {with_what} {file};; esac\nexit $done\n'
    )
    villain.chmod(0o755)
    return folder


def test_a_file_that_changes_after_its_check_is_not_what_is_restored(
    node: MakeTown, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The signature was checked on one reading, the content came from another.
    first, forger, second = node("first"), node("forger"), node("second")
    first.commune().person(number(1), last_name="Aubrac")
    file, signer = first.file(first.backup()), first.signer
    forger.clock.move(timedelta(days=1))
    forger.commune().person(number(2), last_name="Forger")
    forged = forger.file(forger.backup())
    villain = swapping(tmp_path / "villain", file, forged)
    monkeypatch.setenv("PATH", f"{villain}:{os.environ['PATH']}")
    second.restored(file, signer)
    assert file.read_bytes() == forged.read_bytes()
    assert [row.last_name for row in rows(second, "contacts")] == ["Aubrac"]


def test_what_was_shown_is_what_is_restored(node: MakeTown) -> None:
    first, second = node("first"), node("second")
    first.commune().person(number(1))
    file = first.file(first.backup())
    wish = Wish(file, first.keys.secret, [first.signer], preview=True)
    seen = restore(second.settings, second.clock, wish, "tests").manifest
    first.clock.move(timedelta(days=1))
    other = first.file(first.backup())
    another = replace(wish, file=other, preview=False, seen=seen)
    with pytest.raises(RequestError, match="look at it again"):
        restore(second.settings, second.clock, another, "tests")
    assert rows(second, "contacts") == []
    restore(second.settings, second.clock, replace(wish, seen=seen), "tests")


class KilledError(BaseException):
    """Ctrl-C, wherever it comes."""


@pytest.mark.parametrize("is_committed", [True, False])
def test_the_keys_stay_where_the_restore_was_committed(
    node: MakeTown, is_committed: bool
) -> None:
    # Ctrl-C after the commit took the keys away that the restored audit is sealed with.
    first, second = node("first"), node("second")
    first.commune()
    first.backup()  # its line makes the audit's key
    first.clock.move(timedelta(days=1))
    file = first.file(first.backup())
    wish = Wish(file, first.keys.secret)
    data = second.settings.folders.data
    data.mkdir(exist_ok=True)
    with unpacked(file, wish.identity, (), data) as (files, manifest):
        act = Act("tests", second.now, "restored", "backup", file.name)
        work = restores._Work(second.settings, act, files, manifest, wish)
        with pytest.raises(KilledError):
            cut_off_after(work, is_committed)
    assert second.settings.audit_key.exists() is is_committed


def cut_off_after(work: restores._Work, is_committed: bool) -> None:
    with restores._keys_brought(work):
        if is_committed:
            restores._land(work)
        raise KilledError
