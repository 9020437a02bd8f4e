"""A voice that is heavy speaks in a process of its own, with a deadline.

Its memory is given back when it ends, it makes way for calls (nice 10), and nobody
waits for it longer than the deadline: then it is ended, and the next voice speaks.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock

from automaton.voices.voice import VoiceUnavailableError

NICE = 10
UNFIT = 3  # exit code of a process that says why on its last line
_one_at_a_time = Lock()


def said_apart(voice: str, order: Sequence[str], text: bytes, deadline: float) -> bytes:
    """Return what the process writes when it is given the text, within `deadline` s.

    One process lives at a time, and the wait for it counts. Raises
    `VoiceUnavailableError`; the process has ended then too.
    """
    ends = time.monotonic() + deadline
    with _turn(voice, deadline), _started(voice, order) as process:
        try:
            answer, errors = process.communicate(text, ends - time.monotonic())
        except subprocess.TimeoutExpired as error:
            raise _late(voice, deadline) from error
    if process.returncode:
        raise VoiceUnavailableError(voice, _reason(process.returncode, errors))
    return answer


@contextmanager
def _turn(voice: str, deadline: float) -> Iterator[None]:
    if not _one_at_a_time.acquire(timeout=deadline):
        raise _late(voice, deadline)
    try:
        yield
    finally:
        _one_at_a_time.release()


@contextmanager
def _started(voice: str, order: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that does not outlive the block."""
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(order, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        reason = f"{order[0]} cannot be started"
        raise VoiceUnavailableError(voice, reason) from error
    with process:
        with suppress(OSError):  # gone already
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, process.pid, own + NICE)
        try:
            yield process
        finally:
            process.kill()


def _late(voice: str, deadline: float) -> VoiceUnavailableError:
    return VoiceUnavailableError(voice, f"it has not spoken within {deadline:g} s")


def _reason(code: int, errors: bytes) -> str:
    lines = errors.decode(errors="replace").strip().splitlines()
    if code == UNFIT and lines:
        return lines[-1].rstrip(".")
    return f"its process failed ({code})"
