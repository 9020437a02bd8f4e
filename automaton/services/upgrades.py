"""The database moved on to a newer program, with a way back until all is well.

Comes in: a database of any age, and who can tell what is wrong. Goes out: one of
today's shape, or the old one as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automaton.clock import Clock
from automaton.errors import AutomatonError, LineError, RequestError
from automaton.private import make_private_folder, open_private
from automaton.services.backups import Backup, Safe, keep
from automaton.settings import Settings
from automaton.store.engine import copied, put_back, sqlite_file
from automaton.store.revision import MIGRATIONS
from automaton.store.safety import SafetyBook, safety_book
from automaton.store.schema import downgrade, head_of_migrations, upgrade

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
    """From which shape to which; the backup that was made before, if one could be.

    `was_cut_off`: an earlier upgrade was, and is done now.
    """

    before: str
    after: str = ""
    backup: Backup | None = None
    was_cut_off: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "after", self.after or self.before)


def move_on(move: Move) -> Moved:
    """Back up, migrate, let the doctor look; anything wrong brings the old one back.

    `RequestError` while a campaign runs or pauses, or where there would be no way
    back; `LineError` where it failed and everything is as it was, or where even the
    way back failed: it names the copy, which stays.
    """
    url, wanted = move.settings.database_url, head_of_migrations(move.migrations)
    trail = trail_of(move.settings)
    with safety_book(move.settings, sealed=False) as book:
        with book.photograph() as moment:
            before = moment.revision
            _refuse_campaigns(moment.campaigns_going_on())
        if before == wanted:
            is_over = not trail.exists() and not copies_in(move.settings)
            return Moved(before) if is_over else _looked_at_again(move, before)
        was_cut_off = trail.exists()
        made = _backed_up(move, book) if before else None
    copy = _plain_copy(move) if before else None
    _begin(trail, before)
    ill_before = move.doctor()
    try:
        upgrade(url, move.migrations)
        _refuse_illness(ill_before, move.doctor())
    except Exception as error:
        _go_back(move, copy, before, _first_line(error))
        _end(move.settings)
        raise LineError(
            f"The upgrade failed and everything is as it was: {_first_line(error)}",
            error_id="upgrade-failed",
        ) from error
    _end(move.settings)
    return Moved(before, wanted, made, was_cut_off)


def trail_of(settings: Settings) -> Path:
    """Return the file that is there as long as an upgrade is not over."""
    return settings.folders.data / "backup" / "upgrade-under-way"


def copies_in(settings: Settings) -> Sequence[Path]:
    """Return the copies of the database that an upgrade keeps until it is over."""
    copy = _copy_of(settings)
    return sorted(copy.parent.glob(f"{copy.name}*"))


def _begin(trail: Path, before: str) -> None:
    make_private_folder(trail.parent)
    with open_private(trail) as file:
        file.write(f"{before}\n")


def _end(settings: Settings) -> None:
    """Forget the way back; last of all, that there was an upgrade."""
    for copy in copies_in(settings):
        copy.unlink(missing_ok=True)
    trail_of(settings).unlink(missing_ok=True)


def _looked_at_again(move: Move, revision: str) -> Moved:
    """End an upgrade that was cut off after its commit: only the doctor is missing.

    Nothing is put back: people may have worked since.
    """
    copy = _copy_of(move.settings)
    if ill := move.doctor():
        sentences = "; ".join(f"{subject}: {ill[subject]}" for subject in ill)
        raise LineError(
            f"An upgrade was cut off after it was done, and the doctor finds "
            f"{sentences}. Mend that and give the order again; the database as it was "
            f"before lies in {copy}.",
            error_id="upgrade-cut-off",
        )
    _end(move.settings)
    return Moved(revision, was_cut_off=True)


def _refuse_campaigns(names: list[str]) -> None:
    if len(names) > 1:
        told = ", ".join(names)
        raise RequestError(
            f"Campaigns are not over ({told}): stop each, or wait for their end.",
            error_id="upgrade-campaign",
        )
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
    copy = _copy_of(move.settings)
    make_private_folder(copy.parent)
    return copied(move.settings.database_url, copy)


def _copy_of(settings: Settings) -> Path:
    return settings.folders.data / "backup" / "before-upgrade.db"


def _refuse_illness(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Raise `LineError` for what was well before, and for the database itself."""
    new = [k for k in after if k == DATABASE or k not in before]
    if new:
        sentences = "; ".join(f"{subject}: {after[subject]}" for subject in new)
        raise LineError(f"the doctor finds {sentences}", error_id="upgrade-doctor")


def _go_back(move: Move, copy: Path | None, before: str, why: str) -> None:
    """Make the database what it was; `LineError` where that fails: the copy stays."""
    try:
        if copy is not None:
            put_back(copy, move.settings.database_url)
        elif before:
            downgrade(move.settings.database_url, before, move.migrations)
    except Exception as error:
        kept = copy or "your own backup"
        raise LineError(
            f"The upgrade failed ({why}), and so did the way back "
            f"({_first_line(error)}): the database as it was lies in {kept}.",
            error_id="upgrade-no-way-back",
        ) from error


def _first_line(error: Exception) -> str:
    text = str(error) if isinstance(error, AutomatonError) else repr(error)
    return text.partition("\n")[0]
