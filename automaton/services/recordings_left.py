"""What callers left to be registered: listed, heard and dealt with by a person.

A look and a listen are written into the audit, as every access to people's data is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from automaton.domain.collectivity import Act, Collectivity
from automaton.errors import RequestError, unwritable
from automaton.private import open_private
from automaton.services.office import Office
from automaton.store.call_ins import CallInDesk, RecordingLeft
from automaton.voices.cache import written_wav


class LeftRecordings:
    """The recordings of one installation, for somebody who is named in the audit."""

    def __init__(self, office: Office, by: str) -> None:
        self._office, self._by = office, by
        self._desk = CallInDesk(office.desk.engine)

    def listed(
        self, whose: Collectivity, *, is_all: bool = False
    ) -> Sequence[RecordingLeft]:
        """Return what waits for somebody, or all of it; the oldest first."""
        found = self._desk.recordings(whose.id, is_done=None if is_all else False)
        act = self._act("recordings_listed", whose.id, whose.id)
        self._desk.note_act(act)
        return found

    def heard(self, begun: str, to: Path | None = None) -> tuple[RecordingLeft, Path]:
        """Write a recording as a WAV for its owner alone; return it and where it is.

        `RequestError` where its sound is gone, or the file cannot be written.
        """
        left = self._desk.recording(begun)
        source = self._office.settings.folders.recordings / left.file
        if not source.is_file():
            message = "Its sound is no longer kept on this machine."
            raise RequestError(message, error_id="recording-gone")
        target = to or Path(f"{left.id}.wav")
        try:
            open_private(target).close()
            written_wav(source.read_bytes(), target)
        except OSError as error:
            raise unwritable(target, error, "recording-path") from error
        self._desk.note_act(self._act("recording_heard", left.id, left.collectivity_id))
        return left, target

    def done(self, begun: str) -> RecordingLeft:
        """Write that somebody has dealt with a recording."""
        left = self._desk.recording(begun)
        act = self._act("recording_done", left.id, left.collectivity_id)
        self._desk.finish(left.id, act)
        return left

    def _act(self, action: str, about: str, whose: str) -> Act:
        kind = "collectivity" if about == whose else "recording"
        return Act(self._by, self._office.clock.now(), action, kind, about, whose)
