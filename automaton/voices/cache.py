"""Every prompt once: a folder of `.alaw` files named by what they say.

A prompt's id is a hash of its content, voice, language and of the processing, so
the same text is never rendered twice and a file never changes under its name. What is
said to one person, or of the moment, stands on a shelf of its own (`PASSING`): it is
deleted some time after it was last said, and rendered anew where it is said again. So
do agreed words (`WORDS`), which are kept while somebody has them.
Blocking: callers in the daemon keep it off the event loop. What makes sounds is
imported when one is made: the shell starts without it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NewType

from automaton.errors import RequestError
from automaton.voices.reading import spoken_form
from automaton.voices.voice import LINE_RATE, Sound, Voice

PromptId = NewType("PromptId", str)

PROCESSING_VERSION = 2  # raise it when the same content shall sound different
LONGEST_TEXT = 6_000
ALAW = ".alaw"
PASSING, WORDS = "said-", "word-"  # of one length
_WHERE = struct.Struct("hhqqi4x")  # struct flock: kind, whence, start, length, pid
BREATH = b"\xd5" * (LINE_RATE // 4)  # A-law silence between prompts that are joined


class PromptCache:
    """The prompts of one node, safe for threads and for several processes.

    `folder` is made where it is missing; its files are readable by Asterisk's user.
    `durable`: a prompt is on the disk before it is named; else one that a power cut
    takes is rendered anew. `shelf`: where its prompts stand, `PASSING` or `WORDS`.
    """

    def __init__(self, folder: Path, *, durable: bool = True, shelf: str = "") -> None:
        self.folder = folder
        self._durable = durable
        self._shelf = shelf

    def render_text(self, text: str, language: str, voice: Voice) -> PromptId:
        """Return the prompt that says the text, rendered now if it is new.

        Raises `RequestError` (text-empty, text-too-long, sound-silent,
        sound-too-long) and `VoiceUnavailableError`.
        """
        spoken = spoken_form(text, language)
        _refuse_unspeakable(spoken)
        prompt = _prompt_id(self._shelf, "text", spoken, voice.name, language)
        return self._kept(prompt, lambda: voice.render(spoken, language))

    def render_recording(self, path: Path) -> PromptId:
        """Return the prompt that plays the recording, converted now if it is new.

        Raises `RequestError` as `recorded.recording` does.
        """
        from automaton.voices.recorded import (  # noqa: PLC0415 - 0.1 s
            recording,
            refuse_absent,
        )

        refuse_absent(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return self._kept(
            _prompt_id(self._shelf, "recording", digest), lambda: recording(path)
        )

    def joined(self, *prompts: PromptId) -> PromptId:
        """Return the prompt that plays some one after another, as one.

        Raises `RequestError` where one of them is not kept.
        """
        whole = _prompt_id(self._shelf, "joined", *prompts)
        if not self.path(whole).is_file():
            sounds = [self._alaw(prompt) for prompt in prompts]
            write_whole(self.path(whole), BREATH.join(sounds))
        return whole

    def path(self, prompt: PromptId) -> Path:
        """Return where the prompt is or would be."""
        return self.folder / f"{prompt}{ALAW}"

    def forget(self, prompt: PromptId) -> None:
        """Delete a prompt that nothing plays any more."""
        self.path(prompt).unlink(missing_ok=True)

    def forget_text(self, text: str, language: str, voices: Iterable[str]) -> None:
        """Delete what any of these voices has ever said of a text to somebody."""
        spoken = spoken_form(text, language)
        for voice in voices:
            for shelf in ("", PASSING):
                self.forget(_prompt_id(shelf, "text", spoken, voice, language))

    def duration(self, prompt: PromptId) -> timedelta:
        """Return how long the prompt plays; `RequestError` where it is not kept."""
        return timedelta(seconds=len(self._alaw(prompt)) / LINE_RATE)

    def preview(self, prompt: PromptId, path: Path) -> None:
        """Write a WAV (8 kHz, 16 bits) of exactly what the telephone will play."""
        written_wav(self._alaw(prompt), path)

    def _alaw(self, prompt: PromptId) -> bytes:
        try:
            return self.path(prompt).read_bytes()
        except FileNotFoundError as error:
            message = f"There is no prompt {prompt}."
            raise RequestError(message, error_id="prompt-missing") from error

    def _kept(self, prompt: PromptId, sound: Callable[[], Sound]) -> PromptId:
        if self._is_there(prompt):
            return prompt
        from automaton.voices.audio import (  # noqa: PLC0415 - 0.1 s
            encoded,
            for_telephone,
        )

        self.folder.mkdir(parents=True, exist_ok=True)
        with _only_one(self.folder / ".lock", prompt):
            if not is_whole(self.path(prompt)):
                alaw = encoded(for_telephone(sound()))
                write_whole(self.path(prompt), alaw, durable=self._durable)
        return prompt

    def _is_there(self, prompt: PromptId) -> bool:
        """Tell whether a prompt is kept; on a shelf it counts as said now."""
        path = self.path(prompt)
        if not is_whole(path):
            return False
        if self._shelf:
            with suppress(PermissionError):  # somebody else's: it passes sooner
                try:
                    os.utime(path)
                except FileNotFoundError:
                    return False
        return True


def unsaid(folder: Path, since: Mapping[str, datetime]) -> Iterator[PromptId]:
    """Yield what of some shelves was not said since a moment of each.

    The folder is looked through once, and nothing of it held: it may be large.
    """
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            shelf = entry.name[: len(PASSING)]
            if shelf in since and entry.name.endswith(ALAW):
                with suppress(FileNotFoundError):
                    if entry.stat().st_mtime < since[shelf].timestamp():
                        yield PromptId(entry.name.removesuffix(ALAW))


def is_whole(path: Path) -> bool:
    """Tell whether a file is there with something in it: a power cut may empty it."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def written_wav(alaw: bytes, path: Path) -> None:
    """Write raw A-law as a WAV of 8 kHz and 16 bits, which every player knows."""
    import soundfile  # noqa: PLC0415 - 0.1 s

    from automaton.voices.audio import decoded  # noqa: PLC0415 - 0.1 s

    sound = decoded(alaw)
    soundfile.write(path, sound.samples, LINE_RATE, format="WAV", subtype="PCM_16")


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put the file there complete, and on the disk if it is durable, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            if durable:
                os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _only_one(lock: Path, prompt: PromptId) -> Iterator[None]:
    """Hold one prompt's lock, against threads and processes alike.

    It is a byte of the file for each: nobody waits for another prompt's rendering.
    """
    place = int(prompt[-15:], 16)
    with lock.open("w") as file:
        fcntl.fcntl(
            file, fcntl.F_OFD_SETLKW, _WHERE.pack(fcntl.F_WRLCK, 0, place, 1, 0)
        )
        yield


def _prompt_id(shelf: str, *content: str) -> PromptId:
    whole = json.dumps([PROCESSING_VERSION, *content]).encode()
    return PromptId(shelf + hashlib.sha256(whole).hexdigest()[:32])


def _refuse_unspeakable(spoken: str) -> None:
    if not any(sign.isalnum() for sign in spoken):
        message = "The text is empty: write what shall be said."
        raise RequestError(message, error_id="text-empty")
    if len(spoken) > LONGEST_TEXT:
        message = f"The text is longer than {LONGEST_TEXT} characters: shorten it."
        raise RequestError(message, error_id="text-too-long")
