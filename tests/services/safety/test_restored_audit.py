"""A chain of another node is believed where a restore brought it, and nowhere else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from automaton.domain.collectivity import Act
from automaton.services.audit import Checked, verify
from automaton.services.office import open_office
from automaton.store import chain
from automaton.store.audit_key import SealFile
from automaton.store.engine import open_database
from automaton.store.people.journal import journalise
from tests.services.safety.conftest import MakeTown
from tests.services.safety.safe_town import SafeTown
from tests.services.safety.test_landing import named


def checked(town: SafeTown) -> Checked:
    office = open_office(town.settings)
    try:
        return verify(office)
    finally:
        office.desk.engine.dispose()


def damage(town: SafeTown) -> set[tuple[str, int, str]]:
    return {(one.node, one.seq, one.damage.value) for one in checked(town).faults}


def forge(town: SafeTown, node: str, tmp_path: Path) -> None:
    """Append a line to a node's chain with a key that nobody knows."""
    engine = open_database(town.settings.database_url)
    forger = chain.sealed(engine, SealFile(node, tmp_path / f"{node}-forged.key"))
    journalise(forger, Act("nobody", town.now, "stop", "campaign", "c1"))
    engine.dispose()


@pytest.fixture
def restored(node: MakeTown) -> SafeTown:
    """A node of another name and with a key of its own, and what it restored."""
    first, second = node("first"), named(node("second"), "west")
    first.commune()
    first.backup()
    first.clock.move(first.now - first.now.replace(day=1))
    file = first.file(first.backup())
    _ = chain.seal_file(second.settings).seal
    second.restored(file)
    return second


def test_a_chain_that_came_by_a_restore_is_checked_with_its_key(
    restored: SafeTown, tmp_path: Path
) -> None:
    found = checked(restored)
    assert (found.faults, found.unchecked) == ((), ())
    assert {head.node for head in found.heads} == {"main", "west"}
    forge(restored, "main", tmp_path)
    assert damage(restored) == {("main", 2, "other_key")}


def test_without_its_key_it_is_believed_up_to_where_it_came(
    restored: SafeTown, tmp_path: Path
) -> None:
    shutil.rmtree(restored.settings.audit_key.parent / "audit-keys")
    found = checked(restored)
    assert (found.faults, found.unchecked) == ((), ("main",))
    forge(restored, "main", tmp_path)
    assert damage(restored) == {("main", 2, "stranger")}


def test_a_line_of_a_node_that_nobody_knows_is_a_finding(
    restored: SafeTown, tmp_path: Path
) -> None:
    # It was told as "not checked", and the exit code said that all was well.
    forge(restored, "stranger", tmp_path)
    assert damage(restored) == {("stranger", 1, "stranger")}
