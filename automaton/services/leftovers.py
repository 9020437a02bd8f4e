"""What a backup, a restore or an upgrade left behind when it was killed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from automaton.errors import LineError
from automaton.services.backups import BACK, NEW, UNPACKED, signing_key_of
from automaton.services.upgrades import copies_in, trail_of
from automaton.settings import Settings
from automaton.vault.scratch import clear, left_behind


def take_away(settings: Settings) -> Sequence[Path]:
    """Delete it; return what is gone of what a restore had unpacked, in plain."""
    clear(signing_key_of(settings).parent, NEW, BACK)
    return clear(settings.folders.data, UNPACKED)


def kept_in_plain(settings: Settings) -> Sequence[Path]:
    """Return what a restore had unpacked and nobody works in: it names people."""
    return left_behind(settings.folders.data, UNPACKED)


def refuse_copies(settings: Settings) -> None:
    """Raise `LineError` while who was erased is in what was left behind."""
    for path in kept_in_plain(settings):
        raise LineError(
            f"What was erased may still lie in {path}, which could not be deleted: "
            "delete it",
            error_id="erased-elsewhere",
        )
    for path in copies_in(settings):
        raise LineError(
            f"What was erased still lies in {path}, the copy of an upgrade that was "
            "cut off: end it by automaton upgrade",
            error_id="erased-elsewhere",
        )


def cut_off(settings: Settings) -> Sequence[Path]:
    """Return what was left behind: an unpacked backup, an upgrade that is not over."""
    trail = trail_of(settings)
    upgrade = [trail] if trail.exists() else copies_in(settings)
    return [*kept_in_plain(settings), *upgrade]
