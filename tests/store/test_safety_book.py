"""The records of backups: when the latest was made, whatever became of it."""

from datetime import timedelta

from automaton.store.safety import BackupRecord, SafetyBook
from tests.store.commune import NOW, Commune


def test_the_latest_backup_is_the_latest_also_where_it_was_not_found_whole(
    commune: Commune,
) -> None:
    book = SafetyBook(commune.engine)
    assert book.last_at() is None
    for hours, fault in ((0, ""), (2, "the place is full"), (1, "")):
        at = NOW + timedelta(hours=hours)
        book.note(BackupRecord(at, f"{hours}.age", "there", fault=fault))
    assert book.last_at() == NOW + timedelta(hours=2)
