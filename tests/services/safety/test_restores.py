"""A restore brings everything back, undoes no acknowledgement, and rings nobody."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import CampaignState
from automaton.domain.recipient import RecipientState
from automaton.errors import RequestError
from automaton.ports import RecipientChange
from automaton.settings import load
from automaton.store.engine import reading
from automaton.store.landing import RESTORED
from automaton.store.ledger import SqlLedger
from automaton.store.sheets import Row, sheets
from tests.services.safety.conftest import MakeTown
from tests.services.safety.safe_town import SafeTown
from tests.store.commune import Commune, number


def content(town: SafeTown) -> dict[str, list[Row]]:
    with reading(town.engine) as connection:
        return {sheet.name: list(sheet.rows) for sheet in sheets(connection)}


def acknowledge(commune: Commune, attempt: Attempt) -> None:
    """Write what the daemon writes once a key was pressed and the call is over."""
    told = {"state": AttemptState.ENDED, "keys": "1", "key_seq": 1}
    moments = dict.fromkeys(("answered_at", "key_at", "ended_at"), commune.now)
    with commune.ledger.transaction() as transaction:
        transaction.save([dataclasses.replace(attempt, **told, **moments)])
        change = RecipientChange(
            attempt.recipient_id, RecipientState.ACKNOWLEDGED, "key", commune.now
        )
        transaction.conclude([change], commune.now)


def states(commune: Commune) -> dict[str, str]:
    return {row.points[0][1]: row.state.value for row in commune.rows("recipients")}


def planned_numbers(commune: Commune) -> set[str]:
    rows = commune.rows("attempts", state=AttemptState.PLANNED)
    return {row.e164 for row in rows}


def as_it_was(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Leave out what a restore writes or changes by itself."""
    own = {"audit", "audit_heads", "campaigns", "backups"}
    return {name: told for name, told in rows.items() if name not in own}


def test_an_empty_installation_gets_everything_back(node: MakeTown) -> None:
    first = node("first")
    commune = first.commune()
    for index in range(3):
        commune.home(number(index), notes='dit « "non" »,\r\n\\N')
    campaign = commune.planned()
    one, two = commune.claim(campaign, 2)
    acknowledge(commune, one.attempt)
    before = content(first)
    file = first.file(first.backup())
    second = node("second")
    restored = second.restored(file, first.signer)
    assert restored.into_empty
    assert as_it_was(content(second)) == as_it_was(before)
    (row,) = content(second)["campaigns"]
    assert CampaignState.PAUSED in row
    assert RESTORED in row
    held = content_of_live_numbers(second)
    assert held == {(two.attempt.e164, two.attempt.id)}


def content_of_live_numbers(town: SafeTown) -> set[tuple[str, str]]:
    rows = Commune.rows(_bare(town), "live_numbers")
    return {(row.e164, row.attempt_id) for row in rows}


def _bare(town: SafeTown) -> Any:
    """A commune's eyes on a database, without entering one."""
    bare = Commune.__new__(Commune)
    bare.engine, bare.clock = town.engine, town.clock
    return bare


def test_sounds_settings_and_keys_come_back(node: MakeTown) -> None:
    first = node("first")
    first.commune().planned()
    prompts = first.settings.folders.prompts
    prompts.mkdir(parents=True)
    (prompts / "p1.alaw").write_bytes(b"\xd5" * 8)
    file, signer = first.file(first.backup()), first.signer
    second = node("second")
    told = second.restored(file, signer)
    assert (second.settings.folders.prompts / "p1.alaw").read_bytes() == b"\xd5" * 8
    assert second.signer == signer
    assert told.settings_file is not None
    assert load(told.settings_file, {}).settings == first.settings


def test_a_preview_changes_nothing(node: MakeTown) -> None:
    first = node("first")
    first.commune().home(number(1))
    file = first.file(first.backup())
    second = node("second")
    before = content(second)
    told = second.restored(file, preview=True)
    assert told.landed.added["contacts"] == 1
    assert content(second) == before
    assert not (second.settings.folders.data / "backup").exists()
    assert not second.settings.audit_key.exists()


def test_what_was_acknowledged_later_is_not_undone(node: MakeTown) -> None:
    town = node("first")
    commune = town.commune()
    for index in range(2):
        commune.home(number(index))
    campaign = commune.planned()
    one, _ = commune.claim(campaign, 2)
    file = town.file(town.backup())
    acknowledge(commune, one.attempt)
    commune.home(number(2))
    told = town.restored(file, town.signer)
    told_states = states(commune)
    assert told_states.pop(one.attempt.e164) == "acknowledged"
    assert list(told_states.values()) == ["trying"]
    assert len(commune.rows("contacts")) == 3
    assert told.landed.added == {}
    assert commune.rows("campaigns")[0].state is CampaignState.RUNNING


def test_what_was_acknowledged_in_a_later_backup_comes_back(node: MakeTown) -> None:
    # An older backup was put back first; then a newer one is found.
    first = node("first")
    commune = first.commune()
    for index in range(2):
        commune.home(number(index))
    campaign = commune.planned()
    older = first.file(first.backup())
    first.clock.move(timedelta(hours=1))
    one, _ = commune.claim(campaign, 2)
    acknowledge(commune, one.attempt)
    newer = first.file(first.backup())
    second = node("second")
    second.restored(older)
    here = _bare(second)
    assert planned_numbers(here) == {number(0), number(1)}
    told = second.restored(newer)
    assert states(here)[one.attempt.e164] == "acknowledged"
    assert told.landed.advanced["recipients"] == 1
    assert one.attempt.e164 not in planned_numbers(here)


def test_who_was_erased_after_the_backup_stays_erased(node: MakeTown) -> None:
    town = node("first")
    commune = town.commune()
    gone = commune.person(number(1), last_name="Aubrac")
    commune.person(number(2), last_name="Estournel")
    file = town.file(town.backup())
    town.erase(gone)
    told = town.restored(file)
    assert told.landed.erased == 1
    assert [row.last_name for row in commune.rows("contacts")] == ["Estournel"]
    assert [row.value for row in commune.rows("contact_points")] == [number(2)]


def test_a_tombstone_of_a_newer_backup_counts_for_an_older_one(
    node: MakeTown,
) -> None:
    # Everything is lost: the newest backup first, then an older one for what it lacks.
    first = node("first")
    commune = first.commune()
    gone = commune.person(number(1), last_name="Aubrac")
    older = first.file(first.backup())
    first.clock.move(timedelta(days=1))
    first.erase(gone)
    newer = first.file(first.backup())
    second = node("second")
    second.restored(newer)
    told = second.restored(older)
    assert told.landed.erased == 1
    assert _bare(second).rows("contacts") == []


def test_tombstones_hold_nothing_but_keyed_hashes(node: MakeTown) -> None:
    town = node("first")
    commune = town.commune()
    gone = commune.person(number(1), last_name="Aubrac")
    town.erase(gone)
    (row,) = content(town)["tombstones"]
    assert not any(gone in str(cell) or number(1) in str(cell) for cell in row)
    assert town.settings.audit_key.exists()


def test_somebody_of_a_home_that_is_rung_is_erased_and_the_others_are_rung(
    node: MakeTown,
) -> None:
    town = node("first")
    commune = town.commune()
    home = commune.home(number(1), last_name="Aubrac")
    commune.person(number(2), last_name="Fontbrune", household_id=home)
    commune.home(number(3), last_name="Estournel")
    gone = {
        row.last_name: row.id
        for row in commune.rows("contacts")
        if row.last_name != "Fontbrune"
    }
    file_before = town.file(town.backup())
    town.clock.move(timedelta(hours=1))
    campaign = commune.planned()
    newer = town.file(town.backup())
    second = node("second")
    second.restored(file_before)
    for contact_id in gone.values():
        second.erase(contact_id)
    second.restored(newer)
    here = _bare(second)
    assert planned_numbers(here) == {number(2)}
    told = {row.name: row.state.value for row in here.rows("recipients")}
    assert told == {"Odile Fontbrune": "waiting", "": "excluded"}
    assert here.rows("recipients", campaign_id=campaign)


def test_a_person_taken_off_the_duty_list_is_not_put_back(node: MakeTown) -> None:
    town = node("first")
    commune = town.commune()
    entry = {"name": "Astreinte", "e164": number(8)}
    commune.add("duty_entries", collectivity_id=commune.id, rank=0, **entry)
    file = town.file(town.backup())
    commune.change("duty_entries", commune.rows("duty_entries")[0].id, e164=number(7))
    commune.add("duty_entries", collectivity_id=commune.id, rank=1, **entry)
    town.restored(file)
    assert [row.e164 for row in commune.rows("duty_entries")] == [number(7), number(8)]


def test_what_waited_to_be_done_is_not_done_by_a_restore(node: MakeTown) -> None:
    first = node("first")
    commune = first.commune()
    commune.add(
        "commands",
        name="launch",
        campaign_id=commune.campaign(state=CampaignState.DRAFT),
        payload={},
        by="agent",
        asked_at=first.now,
    )
    file = first.file(first.backup())
    second = node("second")
    second.restored(file)
    with _bare_ledger(second) as transaction:
        assert transaction.commands() == []


def _bare_ledger(town: SafeTown) -> Any:
    return SqlLedger(town.engine, town.clock, 1).transaction()


def test_numbers_that_count_on_are_taken_up_where_they_were(node: MakeTown) -> None:
    first = node("first")
    first.commune()
    for _ in range(3):
        file = first.file(first.backup())
        first.clock.move(timedelta(days=1))
    second = node("second")
    second.restored(file)
    second.backup()
    ids = [int(row[0] or 0) for row in content(second)["audit"]]
    assert len(ids) == len(set(ids)) == 4


def test_another_installation_of_the_same_name_is_refused(node: MakeTown) -> None:
    first, second = node("first"), node("second")
    commune = first.commune()
    file = first.file(first.backup())
    other = second.commune()
    other.change(
        "collectivities", other.id, name=commune.rows("collectivities")[0].name
    )
    before = content(second)
    with pytest.raises(RequestError, match="another origin"):
        second.restored(file)
    assert content(second) == before


def test_a_changed_file_and_a_strangers_are_refused(
    node: MakeTown, tmp_path: Path
) -> None:
    first, second = node("first"), node("second")
    first.commune()
    file, signer = first.file(first.backup()), first.signer
    with pytest.raises(RequestError, match="another node"):
        second.restored(file, second.signer)
    changed = bytearray(file.read_bytes())
    changed[-1] ^= 1
    file.write_bytes(changed)
    with pytest.raises(RequestError, match="not as it was signed"):
        second.restored(file, signer)
    with pytest.raises(RequestError):
        second.restored(file)
    assert _bare(second).rows("collectivities") == []
