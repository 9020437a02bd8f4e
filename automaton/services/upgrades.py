"""The database moved on to a newer program, with a way back until all is well.

Comes in: a database of any age, and who can tell what is wrong. Goes out: one of
today's shape, or the old one as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from automaton.clock import Clock
from automaton.errors import AutomatonError, LineError, RequestError
from automaton.private import make_private_folder
from automaton.services.backups import Backup, Safe, keep
from automaton.settings import Settings
from automaton.store.engine import copied, put_back, sqlite_file
from automaton.store.safety import SafetyBook, safety_book
from automaton.store.schema import MIGRATIONS, downgrade, head_of_migrations, upgrade

Doctor = Callable[[], Mapping[str, str]]
DATABASE = "database"


@dataclass(frozen=True)
class Move:
    """What an upgrade needs. `doctor` returns what is wrong, by subject."""

    settings: Settings
    clock: Clock
    by: str
    doctor: Doctor
    without_backup: bool = False
    migrations: Path = MIGRATIONS


@dataclass(frozen=True)
class Moved:
    """From which shape to which; the backup that was made before, if one could be."""

    before: str
    after: str
    backup: Backup | None = None


def move_on(move: Move) -> Moved:
    """Back up, migrate, let the doctor look; anything wrong brings the old one back.

    `RequestError` while a campaign runs or pauses, or where there would be no way
    back; `LineError` where it failed and everything is as it was.
    """
    url, wanted = move.settings.database_url, head_of_migrations(move.migrations)
    with safety_book(move.settings, sealed=False) as book:
        with book.photograph() as moment:
            before = moment.revision
            _refuse_campaigns(moment.campaigns_going_on())
        if before == wanted:
            return Moved(before, before)
        made = _backed_up(move, book) if before else None
    copy = _plain_copy(move) if before else None
    ill_before = move.doctor()
    try:
        upgrade(url, move.migrations)
        _refuse_illness(ill_before, move.doctor())
    except Exception as error:
        _go_back(move, copy, before)
        raise LineError(
            f"The upgrade failed and everything is as it was: {_first_line(error)}",
            error_id="upgrade-failed",
        ) from error
    finally:
        if copy is not None:
            copy.unlink(missing_ok=True)
    return Moved(before, wanted, made)


def _refuse_campaigns(names: list[str]) -> None:
    if names:
        raise RequestError(
            f"A campaign is not over ({names[0]}): stop it, or wait for its end.",
            error_id="upgrade-campaign",
        )


def _backed_up(move: Move, book: SafetyBook) -> Backup | None:
    """Return the verified backup; None where a plain copy has to do."""
    if move.settings.backup.is_daily:
        made = keep(Safe(move.settings, move.clock, move.by), book)
        if made.faults:
            raise LineError(made.faults[0], error_id="backup-place")
        return made
    if sqlite_file(move.settings.database_url) is None and not move.without_backup:
        raise RequestError(
            "No backup can be made: fill in the section [backup] of the settings, or "
            "make one of your own (pg_dump) and say --without-backup.",
            error_id="upgrade-backup",
        )
    return None


def _plain_copy(move: Move) -> Path | None:
    """Copy a SQLite database beside itself, for the way back alone."""
    if sqlite_file(move.settings.database_url) is None:
        return None
    folder = move.settings.folders.data / "backup"
    make_private_folder(folder)
    return copied(move.settings.database_url, folder / "before-upgrade.db")


def _refuse_illness(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Raise `LineError` for what was well before, and for the database itself."""
    new = [k for k in after if k == DATABASE or k not in before]
    if new:
        sentences = "; ".join(f"{subject}: {after[subject]}" for subject in new)
        raise LineError(f"the doctor finds {sentences}", error_id="upgrade-doctor")


def _go_back(move: Move, copy: Path | None, before: str) -> None:
    if copy is not None:
        put_back(copy, move.settings.database_url)
    elif before:
        downgrade(move.settings.database_url, before, move.migrations)


def _first_line(error: Exception) -> str:
    text = str(error) if isinstance(error, AutomatonError) else repr(error)
    return text.partition("\n")[0]
