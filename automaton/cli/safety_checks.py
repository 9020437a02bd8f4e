"""The doctor's check of backups: is there one, and how old is it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from automaton.cli.findings import Finder, Finding
from automaton.cli.rooms import is_absent
from automaton.cli.shell import Shell
from automaton.clock import SystemClock
from automaton.errors import LineError
from automaton.services.backups import places_of
from automaton.services.leftovers import cut_off
from automaton.store.safety import BackupRecord, safety_book
from automaton.vault.places import FolderPlace
from automaton.vault.tools import tool

TOO_OLD = timedelta(hours=50)  # a daily one was missed


def backup(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell how old each place's last verified one is; it keeps nobody from calling."""
    settings = shell.settings
    for path in cut_off(settings):
        yield find.warn(
            "{path} was left by a restore or an upgrade that was cut off",
            "give it again: automaton upgrade, or the same automaton restore",
            path=path,
        )
    if not settings.backup.is_daily:
        yield find.warn(
            "no backup is made",
            "name recipients and a place in the section [backup] (docs/backup.md)",
        )
        return
    tool("age")
    yield from mounted(shell, find)
    if is_absent(settings.database_url):
        return
    with safety_book(settings, sealed=False) as book:
        for place in places_of(settings):
            yield _age(find, place.name, book.last_verified(place.name))


def _age(find: Finder, place: str, last: BackupRecord | None) -> Finding:
    if last is None:
        sentence = "{place}: none is verified yet"
        return find.warn(sentence, "run: automaton backup", place=place)
    age = SystemClock().now() - last.taken_at
    hours = age // timedelta(hours=1)
    told = {"place": place, "hours": hours, "name": last.name}
    sentence = "{place}: the last verified one is {hours} h old: {name}"
    if age > TOO_OLD:
        return find.warn(sentence, "run: automaton backup", **told)
    return find.ok(sentence, **told)


def mounted(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Warn of a folder that is not there, or on the disk of this machine."""
    data = shell.settings.folders.data
    for place in places_of(shell.settings):
        if not isinstance(place, FolderPlace):
            continue
        try:
            place.check()
        except LineError as error:
            told = shell.refusal(str(error), error.error_id)
            yield find.warn("{error}", error=told)
            continue
        if place.beside is None and place.is_on_disk_of(data):
            yield find.warn(
                "{folder} is on the disk of this machine",
                "mount a folder of another machine there, or use sftp",
                folder=place.folder,
            )
