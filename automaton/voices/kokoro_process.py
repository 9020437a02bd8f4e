"""Kokoro itself, in a process of its own: `python -m automaton.voices.kokoro_process`.

In: a JSON object on standard input (`Wish`). Out: 16-bit mono samples at 24 kHz. It
ends with code 3 and one line on standard error where it cannot speak.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from automaton.voices.apart import UNFIT
from automaton.voices.kokoro_files import digest
from automaton.voices.voice import Samples

RATE = 24_000
PAUSE = 0.35
MARGIN = 0.03
AUDIBLE = 0.01
STYLE_SHAPE = (-1, 1, 256)


class UnfitError(Exception):
    """Kokoro cannot speak here; the message says why."""


@dataclass(frozen=True)
class Wish:
    """What to say: numbers of signs, one row for each breath, and by which files."""

    model: str
    model_sha256: str
    style: str
    style_sha256: str
    breaths: list[list[int]]

    def as_json(self) -> bytes:
        """Return it as it travels."""
        return json.dumps(asdict(self)).encode()


def main() -> int:
    """Say what standard input asks for, on standard output."""
    try:
        samples = spoken(Wish(**json.load(sys.stdin)))
    except UnfitError as reason:
        print(reason, file=sys.stderr)  # noqa: T201 - the way out of this process
        return UNFIT
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    sys.stdout.buffer.write(pcm)
    return 0


def spoken(wish: Wish) -> Samples:
    """Return the sentences one after another, with pauses between them."""
    style = np.frombuffer(checked(wish.style, wish.style_sha256).read_bytes(), "<f4")
    rows = style.reshape(STYLE_SHAPE)
    session = _session(checked(wish.model, wish.model_sha256))
    return joined([_breath(session, rows, signs) for signs in wish.breaths])


def checked(name: str, sha256: str) -> Path:
    """Return the file; `UnfitError` where it is missing or another one."""
    path = Path(name)
    if not path.is_file():
        raise UnfitError(f"there is no {path}: run automaton voice install")
    if digest(path) != sha256:
        raise UnfitError(f"{path} is another file than the one known (sha256)")
    return path


def joined(breaths: list[Samples]) -> Samples:
    """Return sentences with equal pauses, whatever silence each brought along."""
    pause = np.zeros(int(PAUSE * RATE), np.float32)
    parts: list[Samples] = []
    for breath in breaths:
        parts += [trimmed(breath), pause]
    return np.concatenate(parts[:-1]) if parts else pause[:0]


def trimmed(samples: Samples) -> Samples:
    """Cut silence at both ends, all but 30 ms."""
    heard = np.flatnonzero(np.abs(samples) > AUDIBLE)
    if not len(heard):
        return samples[:0]
    margin = int(MARGIN * RATE)
    return samples[max(int(heard[0]) - margin, 0) : int(heard[-1]) + margin]


def _session(model: Path) -> Any:
    try:
        library = import_module("onnxruntime")
    except ImportError as error:
        raise UnfitError("the package onnxruntime is not installed") from error
    library.set_seed(1)  # the same text sounds the same
    library.set_default_logger_severity(3)
    return library.InferenceSession(str(model), providers=["CPUExecutionProvider"])


def _breath(session: Any, style: Samples, signs: list[int]) -> Samples:
    """Say one sentence: 0 opens and closes it, its style goes by its length."""
    row = style[min(len(signs), len(style)) - 1]
    fed = {
        "tokens": np.array([[0, *signs, 0]], np.int64),
        "style": row.astype(np.float32),
        "speed": np.ones(1, np.float32),
    }
    return np.asarray(session.run(None, fed)[0], np.float32).ravel()


if __name__ == "__main__":
    sys.exit(main())
