"""What names or lets hear somebody is deleted in time, on each node what it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from automaton.domain.help import HelpAlarm, told, told_in_short
from automaton.services import call_ins, takes
from automaton.services.office import Office
from automaton.store.alarms import all_alarms, told_no_more
from automaton.store.call_ins import CallInDesk
from automaton.store.codewords import words_in_use
from automaton.store.people import SqlBook
from automaton.store.tombstones import last_erasure
from automaton.voices.cache import PASSING, WORDS, unsaid
from automaton.voices.choice import voice_names

A_WHILE = timedelta(hours=1)  # no call lasts so long: none plays or records it still


@dataclass(frozen=True, slots=True)
class Purged:
    """What was found amiss: sounds of no record, kept; records without a sound.

    Of several nodes each has the sounds of its own callers and officers alone.
    """

    strangers: int = 0
    soundless: int = 0


class Retention:
    """Deletes what was kept for long enough. Blocks: keep it off the loop."""

    def __init__(self, office: Office) -> None:
        self._office, self._takes = office, SqlBook(office.desk.engine)
        self._calls = CallInDesk(office.desk.engine)

    def look(self) -> Purged:
        """Delete what is due now; return what was found amiss."""
        now = self._office.clock.now()
        self._forget_calls_for_help(now)
        self._forget_sounds(now)
        return self._forget_recordings(now)

    def _forget_calls_for_help(self, now: datetime) -> None:
        """Delete what those on duty were told of a home, and need not be any more.

        Who told them deletes it at once, unless it was killed.
        """
        engine, language = self._office.desk.engine, self._office.settings.language
        over = told_no_more(engine, now - self._passing_kept, now - A_WHILE)
        still = [one for one in all_alarms(engine, closed=False) if not one.taken_at]
        needed = {words for one in still for words in _words(one, language)}
        for words in {words for one in over for words in _words(one, language)}:
            if words not in needed:
                self._office.studio.passing.forget_text(words, language, voice_names())

    def _forget_sounds(self, now: datetime) -> None:
        """Delete what was not said for long, nor since somebody was erased.

        Agreed words only where nobody has them; new ones may not be on record yet.
        """
        kept_since = now - self._passing_kept
        since = {PASSING: self._private_since(now, kept_since), WORDS: kept_since}
        passing, in_use = self._office.studio.passing, None
        for prompt in unsaid(passing.folder, since):
            if prompt.startswith(WORDS):
                if in_use is None:
                    in_use = words_in_use(self._office.desk.engine)
                if prompt in in_use:
                    continue
            passing.forget(prompt)

    def _private_since(self, now: datetime, kept_since: datetime) -> datetime:
        """Return since when something is kept of which nobody knows whose it is.

        What is older than the last erasure may be of whoever was erased.
        """
        erased_at = last_erasure(self._office.desk.engine) or kept_since
        return min(max(kept_since, erased_at), now - A_WHILE)

    def _forget_recordings(self, now: datetime) -> Purged:
        """Delete what callers and officers said long ago.

        A sound of no record is kept as long: an older database may have been put back.
        """
        settings = self._office.settings.call_ins
        kept_since = now - settings.recordings_kept
        gone = self._calls.purge(now - settings.calls_kept, kept_since)
        for name in gone | self._takes.purge_takes(kept_since):
            (self._office.settings.folders.recordings / name).unlink(missing_ok=True)
        drafts = self._takes.take_files()
        left, there = self._calls.files(), self._files()
        strangers = [file for file in there if file.name not in {*left, *drafts}]
        expected = {*left, *(name for name, is_kept in drafts.items() if is_kept)}
        return Purged(
            self._forget_strangers(strangers, now, kept_since),
            len(expected - {file.name for file in there}),
        )

    def _forget_strangers(
        self, strangers: Iterable[Path], now: datetime, kept_since: datetime
    ) -> int:
        """Delete sounds of no record in their time; count those that are kept.

        Another node deletes the record of what was begun just before.
        """
        since, kept = self._private_since(now, kept_since + A_WHILE), 0
        for file in strangers:
            spoken_at = _written_at(file)
            if spoken_at is None or spoken_at >= now - A_WHILE:
                continue  # somebody may speak still
            if spoken_at < since:
                file.unlink(missing_ok=True)
            else:
                kept += 1
        return kept

    def _files(self) -> list[Path]:
        folder = self._office.settings.folders.recordings
        prefixes: Iterable[str] = (call_ins.PREFIX, takes.PREFIX)
        return [f for prefix in prefixes for f in folder.glob(f"{prefix}*.alaw")]

    @property
    def _passing_kept(self) -> timedelta:
        return self._office.settings.voices.passing_kept


def _words(alarm: HelpAlarm, language: str) -> tuple[str, str]:
    """Return what those on duty may have heard of a call for help."""
    return told(alarm, language), told_in_short(alarm, language)


def _written_at(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
