"""What names or lets hear somebody is deleted in time, on each node what it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from automaton.domain.help import HelpAlarm, told, told_in_short
from automaton.services import call_ins, takes
from automaton.services.office import Office
from automaton.store.alarms import all_alarms, told_no_more
from automaton.store.call_ins import CallInDesk
from automaton.store.codewords import words_in_use
from automaton.store.people import SqlBook
from automaton.store.tombstones import last_erasure
from automaton.voices.cache import WORDS, PromptCache
from automaton.voices.choice import voice_names

A_WHILE = timedelta(hours=1)  # no call lasts so long: none plays or records it still


@dataclass(frozen=True, slots=True)
class Purged:
    """What was found amiss: sounds of no record, deleted; records without a sound.

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
        self._forget_passing(now)
        self._forget_words(now)
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

    def _forget_passing(self, now: datetime) -> None:
        """Delete what was not said for long, nor since somebody was erased.

        What is said after that is said of others.
        """
        erased_at = last_erasure(self._office.desk.engine)
        since = max(now - self._passing_kept, erased_at or now - self._passing_kept)
        passing = self._office.studio.passing
        for prompt in passing.unsaid(min(since, now - A_WHILE)):
            passing.forget(prompt)

    def _forget_words(self, now: datetime) -> None:
        """Delete agreed words that nobody has; new ones may not be on record yet."""
        words = PromptCache(self._office.settings.folders.prompts, shelf=WORDS)
        old = set(words.unsaid(now - self._passing_kept))
        for prompt in old and old - words_in_use(self._office.desk.engine):
            words.forget(prompt)

    def _forget_recordings(self, now: datetime) -> Purged:
        """Delete what callers and officers said, and sounds that belong to nothing."""
        settings = self._office.settings.call_ins
        kept_since = now - settings.recordings_kept
        self._calls.purge(now - settings.calls_kept, kept_since)
        self._takes.purge_takes(kept_since)
        drafts = self._takes.take_files()
        left, there = self._calls.files(), self._files()
        strangers = [file for file in there if file.name not in {*left, *drafts}]
        old = [file for file in strangers if _is_old(file, now)]
        for file in old:
            file.unlink(missing_ok=True)
        expected = {*left, *(name for name, is_kept in drafts.items() if is_kept)}
        return Purged(len(old), len(expected - {file.name for file in there}))

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


def _is_old(file: Path, now: datetime) -> bool:
    try:
        return now.timestamp() - file.stat().st_mtime > A_WHILE.total_seconds()
    except FileNotFoundError:
        return False
