"""What a backup, a restore or an upgrade left behind when it was killed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from automaton.services.backups import BACK, NEW, UNPACKED, signing_key_of
from automaton.services.upgrades import trail_of
from automaton.settings import Settings
from automaton.vault.scratch import clear, left_behind


def take_away(settings: Settings) -> Sequence[Path]:
    """Delete it; return what a restore had unpacked, which was not encrypted."""
    clear(signing_key_of(settings).parent, NEW, BACK)
    return clear(settings.folders.data, UNPACKED)


def cut_off(settings: Settings) -> Sequence[Path]:
    """Return what was left behind: an unpacked backup, an upgrade that is not over."""
    found = left_behind(settings.folders.data, UNPACKED)
    trail = trail_of(settings)
    return [*found, trail] if trail.exists() else found
