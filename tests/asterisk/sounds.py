"""Sounds for tests: raw A-law at 8 kHz, made without any library."""

from __future__ import annotations

from pathlib import Path

from automaton.asterisk.checkup import PHRASES

RATE = 8000
SILENCE = b"\xd5"
SQUARE_WAVE = b"\xaa" * 4 + b"\x2a" * 4  # 1 kHz, loud


def tone(seconds: float) -> bytes:
    """Return a loud tone."""
    return SQUARE_WAVE * int(seconds * RATE / len(SQUARE_WAVE))


def speech(seconds: float) -> bytes:
    """Return sound with the short gaps that speech has, but no pause."""
    return (tone(0.16) + silence(0.04)) * int(seconds / 0.2)


def greeting(*phrases: float) -> bytes:
    """Return "Bonjour", then phrases so many seconds long, with natural pauses."""
    rest = b"".join(silence(0.3) + speech(seconds) for seconds in phrases)
    return speech(0.6) + silence(0.06) + rest


def silence(seconds: float) -> bytes:
    """Return silence."""
    return SILENCE * int(seconds * RATE)


def write(path: Path, sound: bytes) -> None:
    """Write one sound, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sound)


def write_prompts(folder: Path, phrase_seconds: float = 0.4) -> None:
    """Write short stand-ins for every phrase, and three messages.

    `message` lasts 1.2 s, `middle-message` 3 s, `long-message` 6 s, `short-text`
    (for machines) 0.6 s.
    """
    for name in PHRASES:
        write(folder / "fr" / f"{name}.alaw", tone(phrase_seconds))
    write(folder / "fr/goodbye.alaw", tone(2 * phrase_seconds))
    write(folder / "message.alaw", tone(1.2))
    write(folder / "middle-message.alaw", tone(3))
    write(folder / "long-message.alaw", tone(6))
    write(folder / "short-text.alaw", tone(0.6))
    write(folder / "codeword.alaw", tone(0.4))
