"""What residents and the network say: rendered at start into the town's own folder.

Out: raw A-law at 8 kHz, which Asterisk plays as it is: `allo`, `greeting` (about five
seconds of speech), `beep`, `announcement`, and `hush`, a line on which nobody speaks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import ttspico

Samples = npt.NDArray[np.float64]

RATE = 8000
SPOKEN = {
    "allo": "Allô ?",
    "greeting": "Bonjour, vous êtes bien chez Martine et Paul. Nous sommes sortis. "
    "Laissez un message après le bip.",
    "announcement": "Le numéro que vous avez demandé n'est pas attribué. "
    "Veuillez consulter l'annuaire.",
}
HUSH_SECONDS = 30


def make_sounds(folder: Path) -> None:
    """Render every sound into `folder` (takes about 0.1 s)."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = ttspico.TtsEngine("fr-FR")
    for name, text in SPOKEN.items():
        _write(folder / f"{name}.alaw", _speech(engine, text))
    _write(folder / "beep.alaw", _tone(1000.0, 0.4))
    _write(folder / "hush.alaw", np.zeros(RATE * HUSH_SECONDS))


def _speech(engine: ttspico.TtsEngine, text: str) -> Samples:
    """Return the text spoken, 8 kHz, peak at half of full scale."""
    wide = np.frombuffer(engine.speak(text), dtype="<i2").astype(np.float64)
    narrow = np.convolve(wide, _low_pass(), mode="same")[::2]
    return 0.5 * narrow / np.abs(narrow).max()


def _low_pass(taps: int = 63) -> Samples:
    """Return a windowed sinc that lets half the band through (16 kHz to 8 kHz)."""
    reach = np.arange(taps) - taps // 2
    window = np.sinc(0.45 * reach) * np.hamming(taps)
    return np.asarray(window / window.sum())


def _tone(hertz: float, seconds: float) -> Samples:
    moments = np.arange(int(RATE * seconds)) / RATE
    return np.asarray(0.4 * np.sin(2 * np.pi * hertz * moments))


def _write(path: Path, samples: Samples) -> None:
    path.write_bytes(alaw(samples))


def alaw(samples: Samples) -> bytes:
    """Return samples (−1 to 1) in A-law, even bits inverted (ITU-T G.711)."""
    linear = np.clip(np.round(samples * 4095), -4095, 4095).astype(np.int64)
    size = np.abs(linear)
    octave = np.floor(np.log2(np.maximum(size, 1))).astype(np.int64)
    segment = np.maximum(octave - 4, 0)
    fine = (size >> np.maximum(segment, 1)) & 15
    code = (segment << 4) | fine
    sign = np.where(linear >= 0, 0x80, 0)
    return bytes(((code | sign) ^ 0x55).astype(np.uint8).tobytes())
