"""The records of backups: since when every place has a whole one."""

from datetime import timedelta

from automaton.store.safety import BackupRecord, SafetyBook
from tests.store.commune import NOW, Commune


def test_only_what_is_whole_at_each_of_the_places_counts(commune: Commune) -> None:
    # A backup that failed this morning, or that went to a stick, was taken for the
    # daily one: it was not made up.
    book = SafetyBook(commune.engine)
    noted = (
        (0, "there", True),
        (1, "away", True),
        (2, "there", True),
        (3, "away", False),
        (4, "stick", True),
    )
    assert book.last_at(["there"]) == {"there": None}
    for hours, place, is_whole in noted:
        at = NOW + timedelta(hours=hours)
        fault, verified_at = ("", at) if is_whole else ("the place is full", None)
        name = f"{hours}.age"
        record = BackupRecord(at, name, place, verified_at=verified_at, fault=fault)
        book.note(record)
    assert book.last_at(["there", "away", "nowhere"]) == {
        "there": NOW + timedelta(hours=2),
        "away": NOW + timedelta(hours=1),
        "nowhere": None,
    }
    assert book.last_at([]) == {}
    last = book.last_verified("away")
    assert last is not None
    assert last.name == "1.age"
