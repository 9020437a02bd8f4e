"""The daily backup as the engine sees it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime

import structlog

from automaton.clock import Clock
from automaton.domain.failing import Known
from automaton.services.backups import Safe, make_backup
from automaton.services.failing import keep_failing, known_failing, last_whole
from automaton.settings import Settings

log = structlog.get_logger(__name__)

BY_ITSELF = "automaton"


class DailySafe:
    """The node's backups as the engine sees them; makes way for it while it works."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    def keep(self) -> Mapping[str, str]:
        """Make one and read it back; return what is wrong, by place."""
        safe = Safe(self._settings, self._clock, BY_ITSELF, breathe=make_way)
        made = make_backup(safe)
        for path, why in made.manifest.left_out:
            log.warning("not in the backup", path=path, why=why)
        for remark in made.remarks:
            log.warning("the oldest backups are still there", error=str(remark))
        return {one.place: one.fault for one in made.records if one.fault}

    def last_at(self) -> Mapping[str, datetime | None]:
        """Return when each place had a whole one last."""
        return last_whole(self._settings)

    def failing(self) -> Known:
        """Return which places have failed and not worked since."""
        return known_failing(self._settings)

    def note_failing(self, known: Known) -> None:
        """Remember that beside the keys of the backups."""
        keep_failing(self._settings, known)


def make_way() -> None:
    """Let the other threads of this process have their turn."""
    time.sleep(0.002)


def safe(settings: Settings, clock: Clock) -> DailySafe | None:
    """Return what makes the daily backup, None where the settings want none."""
    return DailySafe(settings, clock) if settings.backup.is_daily else None
