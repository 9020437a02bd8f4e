"""Who was erased comes back by no restore: in no table and in no byte."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from automaton.services.restores import Wish, restore
from tests.services.safety.conftest import MakeTown
from tests.services.safety.safe_town import SafeTown
from tests.services.safety.test_landing import rows
from tests.store.commune import number

GONE = "Aubrac"


def traces(folder: Path, *sought: str) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield from (f"{path}: {one}" for one in sought if one.encode() in content)


def erased_after_a_backup(first: SafeTown, people: int = 60) -> tuple[Path, Path]:
    """Return a backup with some people in it, and one that knows them erased."""
    commune = first.commune()
    gone = [
        commune.person(number(index), last_name=f"{GONE} {index:03d}", notes="n" * 90)
        for index in range(people)
    ]
    commune.person(number(9000), last_name="Estournel")
    older = first.file(first.backup())
    first.clock.move(timedelta(days=1))
    for contact_id in gone:
        first.erase(contact_id)
    return older, first.file(first.backup())


def names(town: SafeTown) -> list[str]:
    return sorted(row.last_name for row in rows(town, "contacts"))


def test_the_bytes_of_the_erased_are_swept_from_the_files_too(node: MakeTown) -> None:
    # Tombstones were applied, and what they deleted lay on in the free pages.
    older, newer = erased_after_a_backup(node("first"))
    second = node("second")
    second.restored(newer)
    assert second.restored(older, preview=True).landed.erased == 60
    assert list(traces(second.settings.folders.data, GONE, number(3))) == []
    assert second.restored(older).landed.erased == 60
    assert names(second) == ["Estournel"]
    assert list(traces(second.settings.folders.data, GONE, number(3))) == []


def test_the_sound_of_who_is_found_erased_goes_here_too(node: MakeTown) -> None:
    first = node("first")
    commune = first.commune()
    gone = commune.person(number(1), last_name=GONE, codeword_prompt="p1")
    older = first.file(first.backup())
    first.clock.move(timedelta(days=1))
    first.erase(gone)
    newer = first.file(first.backup())
    second = node("second")
    second.restored(older)
    prompts = second.settings.folders.prompts
    prompts.mkdir(parents=True, exist_ok=True)
    (prompts / "p1.alaw").write_bytes(b"tulipe")
    second.restored(newer)
    assert names(second) == []
    assert not (prompts / "p1.alaw").exists()


def test_a_tombstone_of_a_node_before_the_last_one_counts(node: MakeTown) -> None:
    # Three nodes, each with a key of its own: the first's tombstones came with the
    # second's backup, and nobody had the key that they were written with.
    older, newer = erased_after_a_backup(node("first"), people=2)
    second, third = node("second"), node("third")
    for town in (second, third):  # has a key before anything is restored
        town.backup()
        town.clock.move(timedelta(days=2))
    second.restored(newer)
    assert second.restored(older).landed.erased == 2
    again = second.file(second.backup())
    third.restored(again)
    assert third.restored(older).landed.erased == 2
    assert names(third) == ["Estournel"]


def test_a_tombstone_whose_key_is_lost_is_told_and_the_key_may_be_named(
    node: MakeTown, tmp_path: Path
) -> None:
    first = node("first")
    older, _ = erased_after_a_backup(first, people=2)
    key = tmp_path / "kept-elsewhere.key"
    shutil.move(first.settings.audit_key, key)
    first.clock.move(timedelta(days=1))
    newest = first.file(first.backup())
    second = node("second")
    assert second.restored(newest).landed.unread == 2
    wish = Wish(older, second.keys.secret, keys=(key,))
    told = restore(second.settings, second.clock, wish, "tests").landed
    assert (told.erased, told.unread) == (2, 0)
    assert names(second) == ["Estournel"]
    # It is kept from now on.
    assert second.restored(older).landed.unread == 0
