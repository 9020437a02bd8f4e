"""Recordings that people made, in whatever file they have.

soundfile reads WAV, MP3, OGG and FLAC; M4A and WebM go through pydub and ffmpeg where
ffmpeg is installed. What Asterisk records is raw A-law. What cannot be used is a
`RequestError` in one sentence.
"""

from __future__ import annotations

import codecs
import importlib
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
import soxr

from automaton.errors import RequestError
from automaton.voices.audio import LONGEST, decoded, refuse_overlong
from automaton.voices.voice import LINE_RATE, Samples, Sound, from_pcm16

if TYPE_CHECKING:
    from collections.abc import Iterator

TELEPHONE = ".alaw"
READABLE = "WAV, MP3, OGG or FLAC, and M4A or WebM where ffmpeg is installed"
LOUDEST = 0.98  # of full scale; A-law's last step is 0.984
SOUND_RATES = range(4_000, 192_001)
MOST_CHANNELS = 8
# ffmpeg is only ever told one of these, by the first bytes of the file: left to
# guess, it would follow playlists to other files and addresses.
FFMPEG_SIGNATURES = ((4, b"ftyp", "mp4"), (0, b"\x1aE\xdf\xa3", "matroska"))


def recording(path: Path) -> Sound:
    """Return the recording in mono at 8 kHz, read piece by piece.

    Raises `RequestError`: recording-missing, -empty, -corrupt, -format, or
    sound-too-long.
    """
    refuse_absent(path)
    if path.suffix == TELEPHONE:
        return _by_telephone(path)
    if _is_text(path):
        raise _corrupt(path.name)
    container = _ffmpeg_container(path)
    if container:
        return _by_ffmpeg(path.resolve(), container)
    try:
        with soundfile.SoundFile(path) as source:
            return _streamed(source, path.name)
    except soundfile.LibsndfileError as error:
        raise _corrupt(path.name) from error


def refuse_absent(path: Path) -> None:
    """Raise `RequestError` where there is no file, or nothing in it."""
    if not path.is_file():
        message = f"There is no recording at {path}."
        raise RequestError(message, error_id="recording-missing")
    if path.stat().st_size == 0:
        raise _empty(path.name)


def _by_telephone(path: Path) -> Sound:
    """Return what Asterisk recorded: raw A-law at 8 kHz."""
    refuse_overlong(path.stat().st_size / LINE_RATE)
    return decoded(path.read_bytes())


def clipped_share(sound: Sound) -> float:
    """Return which share of the samples is as loud as A-law can tell, or louder."""
    return float(np.mean(np.abs(sound.samples) >= LOUDEST))


def _is_text(path: Path) -> bool:
    """Tell whether a file begins as text; a decoder would complain aloud of it."""
    with path.open("rb") as file:
        head = file.read(512)
    try:
        return "\0" not in codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False


def _streamed(source: soundfile.SoundFile, name: str) -> Sound:
    if source.samplerate not in SOUND_RATES or source.channels > MOST_CHANNELS:
        raise _corrupt(name)
    to_line = soxr.ResampleStream(source.samplerate, LINE_RATE, 1, dtype="float32")
    pieces = [to_line.resample_chunk(mono) for mono in _mono_blocks(source, name)]
    pieces.append(to_line.resample_chunk(np.zeros(0, np.float32), last=True))
    samples = np.concatenate(pieces)
    if not len(samples):
        raise _empty(name)
    return Sound(samples, LINE_RATE)


def _mono_blocks(source: soundfile.SoundFile, name: str) -> Iterator[Samples]:
    """Yield one second after another, and stop at a length that is refused anyway."""
    frames = 0
    while len(block := source.read(source.samplerate, "float32", always_2d=True)):
        if not np.isfinite(block).all():
            raise _corrupt(name)
        frames += len(block)
        refuse_overlong(frames / source.samplerate)
        yield block.mean(axis=1)


def _ffmpeg_container(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(12)
    for offset, signature, container in FFMPEG_SIGNATURES:
        if head[offset:].startswith(signature):
            return container
    return None


def _by_ffmpeg(path: Path, container: str) -> Sound:
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        message = f"{path.name} needs ffmpeg, which is not installed: send {READABLE}."
        raise RequestError(message, error_id="recording-format")
    pydub = _pydub()
    longest = LONGEST.total_seconds() + 1
    try:
        segment = pydub.AudioSegment.from_file(path, format=container, duration=longest)
    except (pydub.exceptions.PydubException, OSError, IndexError, KeyError) as error:
        raise _corrupt(path.name) from error
    mono = segment.set_channels(1).set_sample_width(2)
    sound = from_pcm16(mono.raw_data, mono.frame_rate)
    return Sound(soxr.resample(sound.samples, sound.rate, LINE_RATE), LINE_RATE)


def _pydub() -> Any:
    with warnings.catch_warnings():
        # On Python 3.11 and 3.12 pydub imports audioop, which warns of its end.
        warnings.simplefilter("ignore")
        importlib.import_module("pydub.exceptions")
        return importlib.import_module("pydub")


def _corrupt(name: str) -> RequestError:
    message = f"{name} is no recording that can be read: send {READABLE}."
    return RequestError(message, error_id="recording-corrupt")


def _empty(name: str) -> RequestError:
    return RequestError(f"The recording {name} is empty.", error_id="recording-empty")
