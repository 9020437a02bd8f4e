"""Whom the bank consists of: a frozen list, the same for a seed wherever it is made.

In: a seed and the voices at hand. Out: greetings, of which nothing is sound yet: who
speaks, how fast, how loud, through which noise, and what follows.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from automaton.lab.numbers import landline

SEED = 112
TEXTS = Path(__file__).with_name("texts.toml")
PAUSE = re.compile(r"\[([0-9.]+)\]")
# How many of each, by language.
PLAN: dict[tuple[str, str], dict[str, int]] = {
    ("person", "short"): {"fr": 34, "en": 20, "de": 6, "es": 6, "it": 6},
    ("person", "named"): {"fr": 24, "en": 14},
    ("person", "two_sentences"): {"fr": 30, "en": 18},
    ("person", "slow"): {"fr": 26, "en": 14},
    ("person", "hesitant"): {"fr": 26, "en": 14},
    ("person", "business"): {"fr": 14, "en": 8},
    ("person", "talks_on"): {"fr": 18, "en": 10},
    ("machine", "personal"): {"fr": 22, "en": 12},
    ("machine", "operator"): {"fr": 14, "en": 8},
    ("machine", "with_pauses"): {"fr": 8, "en": 4},
    ("machine", "brief"): {"fr": 4, "en": 4},
    ("screener", "asks_for_a_key"): {"fr": 9, "en": 5},
    ("screener", "asks_for_a_name"): {"fr": 8, "en": 6},
}
SLOW_TEXTS = ("named", "two_sentences")
NOISES = {"none": 50, "hiss": 20, "street": 15, "television": 15}
NOISE_DB = {"hiss": (15, 30), "street": (12, 25), "television": (15, 25)}
ESPEAK_KINDS = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4", "f5")
ACCENTS = {
    "fr": ("fr-fr", "fr-be", "fr-ch"),
    "en": ("en-gb", "en-us", "en-gb-scotland"),
}
ONLY_PICO = ("de", "es", "it")
BEEPS_HZ = (440, 620, 850, 1000, 1400)


@dataclass(frozen=True)
class Speaker:
    """One person's voice. `speed` 1 is normal, `size` scales all its frequencies."""

    voice: str
    accent: str
    speed: float
    size: float
    pitch: int


@dataclass(frozen=True)
class Greeting:
    """Who picks up, and what is heard then.

    `says`: texts and pauses (seconds) in turn; `level` in dBFS, `noise_below` in dB
    under it; `beep`: its wait, seconds and hertz.
    """

    number: str
    who: str
    kind: str
    language: str
    speaker: Speaker
    says: tuple[str | float, ...]
    level: float
    noise: str = "none"
    noise_below: float = 0.0
    beep: tuple[float, float, int] | None = None
    wait: float = 0.0


def bank(
    seed: int = SEED, voices: Sequence[str] = ("pico", "espeak")
) -> list[Greeting]:
    """Return every greeting; each differs from the others."""
    wanted = [
        (who, kind, language)
        for (who, kind), counts in PLAN.items()
        for language, count in counts.items()
        for _ in range(count)
    ]
    return [
        _greeting(random.Random(f"{seed}/{index}"), index, row, voices)
        for index, row in enumerate(wanted)
    ]


@cache
def texts() -> Mapping[str, Any]:
    """Return all that is said."""
    return tomllib.loads(TEXTS.read_text("utf-8"))


def _greeting(
    dice: random.Random, index: int, row: tuple[str, str, str], voices: Sequence[str]
) -> Greeting:
    who, kind, language = row
    text_kind = dice.choice(SLOW_TEXTS) if kind == "slow" else kind
    said = dice.choice(texts()[who][text_kind][language])
    noise = (
        dice.choices([*NOISES], [*NOISES.values()])[0] if who == "person" else "none"
    )
    return Greeting(
        number=landline(index),
        who=who,
        kind=kind,
        language=language,
        speaker=_speaker(dice, kind, language, voices),
        says=tuple(_in_turn(said)),
        level=dice.uniform(-30, -16),
        noise=noise,
        noise_below=dice.uniform(*NOISE_DB.get(noise, (0, 0))),
        beep=_beep(dice, who, kind),
        wait=dice.uniform(3, 6),
    )


def _speaker(
    dice: random.Random, kind: str, language: str, voices: Sequence[str]
) -> Speaker:
    voice = "pico" if language in ONLY_PICO else dice.choice(voices)
    accent = dice.choice(ACCENTS.get(language, (language,)))
    if voice == "espeak":
        accent += f"+{dice.choice(ESPEAK_KINDS)}"
    speed = dice.uniform(0.6, 0.8) if kind == "slow" else dice.uniform(0.85, 1.15)
    return Speaker(
        voice, accent, speed, dice.uniform(0.88, 1.12), dice.randint(80, 120)
    )


def _in_turn(said: str) -> Iterator[str | float]:
    """Yield texts and pauses in turn."""
    for place, part in enumerate(PAUSE.split(said)):
        if place % 2:
            yield float(part)
        elif part.strip():
            yield part.strip()


def _beep(dice: random.Random, who: str, kind: str) -> tuple[float, float, int] | None:
    """Every machine beeps, and one name-taker in four."""
    if who == "machine" or (kind == "asks_for_a_name" and dice.random() < 0.25):
        return dice.uniform(0.2, 1.6), dice.uniform(0.2, 1.0), dice.choice(BEEPS_HZ)
    return None
