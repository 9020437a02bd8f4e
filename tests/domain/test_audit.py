"""A chain of sealed lines, and what is found when somebody tampers with it."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from automaton.domain.audit import Entry, Head, Seal
from automaton.domain.audit_check import Damage, Fault, faults
from automaton.errors import RequestError

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
SEAL = Seal("main", b"k" * 32)
SEALS = {SEAL.key_id: SEAL}


def chain(length: int = 9, seal: Seal = SEAL) -> list[Entry]:
    entries: list[Entry] = []
    for seq in range(1, length + 1):
        at = NOW + timedelta(minutes=seq)
        previous = entries[-1].mac if entries else ""
        told = (at, seal.hashed("Inès"), "launch", "campaign", f"c{seq}", None)
        entry = Entry("main", seq, *told, {"count": "7"}, seal.key_id, previous)
        entries.append(replace(entry, mac=seal.mac(entry)))
    return entries


def found(entries: list[Entry], *heads: Head) -> list[Fault]:
    return faults(sorted(entries, key=lambda one: one.seq), SEALS, heads)


def damage(entries: list[Entry], *heads: Head) -> list[tuple[int, str]]:
    return [(fault.seq, fault.damage.value) for fault in found(entries, *heads)]


def head_of(entry: Entry) -> Head:
    return Head(entry.node, entry.seq, entry.mac)


def test_a_chain_as_it_was_written_has_no_fault() -> None:
    whole = chain()
    assert found(whole, head_of(whole[-1]), head_of(whole[3])) == []
    assert found([]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"by": "k:0"},
        {"action": "stop"},
        {"subject": "home"},
        {"subject_id": "c8"},
        {"collectivity_id": "x"},
        {"details": {"count": "8"}},
        {"at": NOW},
        {"previous": "0" * 64},
        {"node": "other"},
    ],
    ids=str,
)
@pytest.mark.parametrize("seq", [1, 5, 9])
def test_a_changed_line_is_named(change: dict[str, object], seq: int) -> None:
    entries = chain()
    entries[seq - 1] = replace(entries[seq - 1], **change)  # type: ignore[arg-type]
    assert damage(entries, head_of(chain()[-1])) == [(seq, "changed")]


def test_a_flipped_bit_of_a_seal_is_noticed() -> None:
    entries = chain()
    mac = entries[4].mac
    entries[4] = replace(entries[4], mac=("0" if mac[0] != "0" else "1") + mac[1:])
    assert damage(entries) == [(5, "changed")]


def test_deleted_lines_are_counted() -> None:
    entries = chain()
    assert found(entries[:3] + entries[6:]) == [
        Fault("main", 4, Damage.DELETED, until=6)
    ]
    assert found(entries[2:]) == [Fault("main", 1, Damage.DELETED, until=2)]


def test_lines_that_changed_places_are_told_with_their_own() -> None:
    entries = chain()
    third, sixth = entries[2], entries[5]
    entries[2], entries[5] = replace(sixth, seq=3), replace(third, seq=6)
    assert found(entries) == [
        Fault("main", 3, Damage.MOVED, was=6),
        Fault("main", 6, Damage.MOVED, was=3),
    ]


def test_a_deleted_line_cannot_be_hidden_by_new_numbers() -> None:
    entries = [*chain()[:3], *(replace(e, seq=e.seq - 1) for e in chain()[4:])]
    moved = [(seq, "moved") for seq in range(4, 9)]
    assert damage(entries) == moved
    assert damage(entries, head_of(chain()[-1])) == [*moved, (9, "cut")]


def test_a_line_put_in_without_the_key_is_told_from_those_that_made_room() -> None:
    whole = chain()
    forged = replace(whole[3], mac="f" * 64, action="erase", previous=whole[2].mac)
    entries = [*whole[:3], forged, *(replace(e, seq=e.seq + 1) for e in whole[3:])]
    assert damage(entries)[0] == (4, "inserted")
    assert {what for _, what in damage(entries)[1:]} == {"moved"}
    added = replace(forged, seq=10, previous=whole[-1].mac)
    assert damage([*whole, added], head_of(whole[-1])) == [(10, "inserted")]


def test_a_line_of_another_copy_of_the_chain_does_not_follow() -> None:
    whole = chain()
    other = replace(whole[4], action="stop", previous=whole[3].mac)
    other = replace(other, mac=SEAL.mac(other))
    assert damage([*whole[:4], other, *whole[5:]]) == [(6, "inserted")]


def test_an_end_that_is_cut_shows_against_a_head_alone() -> None:
    whole = chain()
    assert found(whole[:6]) == []
    assert found(whole[:6], head_of(whole[-1])) == [
        Fault("main", 7, Damage.CUT, until=9)
    ]
    assert found([], head_of(whole[-1])) == [Fault("main", 1, Damage.CUT, until=9)]


def test_a_chain_made_anew_with_the_key_contradicts_an_older_head() -> None:
    whole = chain()
    anew = chain()[:5]
    for seq in range(6, 10):
        entry = replace(whole[seq - 1], action="stop", previous=anew[-1].mac)
        anew.append(replace(entry, mac=SEAL.mac(entry)))
    assert found(anew) == []
    assert damage(anew, head_of(whole[-1])) == [(9, "changed")]


def test_lines_of_a_lost_key_are_told_but_their_links_are_looked_at() -> None:
    lost = chain(3, Seal("main", b"l" * 32))
    after = replace(chain()[3], previous=lost[-1].mac)
    after = replace(after, mac=SEAL.mac(after))
    assert damage([*lost, after]) == [(seq, "other_key") for seq in (1, 2, 3)]


def test_the_seal_can_be_made_by_anybody_who_has_the_key() -> None:
    entry = chain(2)[1]
    told = {
        "action": "launch",
        "at": "2026-01-15T09:02:00.000000Z",
        "by": SEAL.hashed("Inès"),
        "collectivity_id": None,
        "details": {"count": "7"},
        "key_id": SEAL.key_id,
        "node": "main",
        "previous": chain(1)[0].mac,
        "seq": 2,
        "subject": "campaign",
        "subject_id": "c2",
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    assert entry.canonical() == text
    assert entry.mac == hmac.new(b"k" * 32, text, hashlib.sha256).hexdigest()


UUID = "01989f2e-7c1a-7bd2-9c55-2f1d3e4a5b6c"


@pytest.mark.parametrize("text", [UUID, "csv", "412", "trunk-1", "", "west_2"])
def test_ids_counts_and_plain_words_stay_as_they_are(text: str) -> None:
    assert SEAL.opaque(text) == text
    assert SEAL.opaque(SEAL.hashed("Inès")) == SEAL.hashed("Inès")


@pytest.mark.parametrize(
    "text", ["Vasseur", "Odile Vasseur", "+33199000001", "0199000001", "a@b.fr", "é"]
)
def test_names_and_numbers_become_keyed_hashes(text: str) -> None:
    hashed = SEAL.opaque(text)
    assert hashed.startswith("k:")
    assert text not in hashed
    assert hashed == SEAL.hashed(text) != Seal("main", b"l" * 32).hashed(text)


def test_a_head_is_written_and_read_in_short() -> None:
    entry = chain(1)[0]
    text = str(head_of(entry))
    assert text == f"main/1/{entry.mac[:16]}"
    assert found(chain(3), Head.read(f" {text.upper()} ")) == []
    for wrong in ("", "main/1", "main/x/0123456789abcdef", "main/1/0123"):
        with pytest.raises(RequestError, match="no head of an audit"):
            Head.read(wrong)
