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
from automaton.store.safety import safety_book
from automaton.vault.places import FolderPlace
from automaton.vault.tools import tool

TOO_OLD = timedelta(hours=50)  # a daily one was missed


def backup(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell how old the last verified backup is; it keeps nobody from calling."""
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
        last = book.last_verified()
    if last is None:
        yield find.warn("none is verified yet", "run: automaton backup")
        return
    age = SystemClock().now() - last.taken_at
    told = {"hours": age // timedelta(hours=1), "name": last.name}
    sentence = "the last verified one is {hours} h old: {name}"
    if age > TOO_OLD:
        yield find.warn(sentence, "run: automaton backup", **told)
    else:
        yield find.ok(sentence, **told)


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
