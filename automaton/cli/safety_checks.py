"""The doctor's check of backups: is there one, and how old is it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from automaton.cli.findings import Finder, Finding
from automaton.cli.rooms import is_absent
from automaton.cli.shell import Shell
from automaton.clock import SystemClock
from automaton.store.safety import safety_book
from automaton.vault.tools import tool

TOO_OLD = timedelta(hours=50)  # a daily one was missed


def backup(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell how old the last verified backup is; it keeps nobody from calling."""
    settings = shell.settings
    if not settings.backup.is_daily:
        yield find.warn(
            "no backup is made",
            "name recipients and a place in the section [backup] (docs/backup.md)",
        )
        return
    tool("age")
    yield from own_disk(shell, find)
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


def own_disk(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Warn of a folder that is no other machine's: perhaps it is not mounted."""
    folder, data = shell.settings.backup.folder, shell.settings.folders.data
    if folder is None or not folder.exists() or not data.exists():
        return
    if folder.stat().st_dev == data.stat().st_dev:
        yield find.warn(
            "{folder} is on the disk of this machine",
            "mount a folder of another machine there, or use sftp",
            folder=folder,
        )
