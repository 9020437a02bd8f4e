"""How soon a town's names are sounds: `python -m benchmarks names`.

19,000 distinct names as variables of a message, by the default voice and all
processors, into an empty folder: when the first hundred are there, and when all are.
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from time import monotonic

from automaton.lab.people import FIRST_NAMES, LAST_NAMES
from automaton.settings import Settings
from automaton.voices.crowd import render_batch, render_many
from automaton.voices.voice import untold

NAMES, FIRST, LANGUAGE = 19_000, 100, "fr"


def main(_: None) -> None:
    texts = [(name, LANGUAGE) for name in names(NAMES)]
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        began = monotonic()
        render_batch(Path(folder), settings, texts[:FIRST])
        first = monotonic() - began
        render_many(Path(folder), settings, texts[FIRST:], untold)
        last = monotonic() - began
        kept = sum(1 for _ in Path(folder).glob("*.alaw"))
    print(f"the first {FIRST} names: {first:.1f} s")
    print(f"{kept} of {NAMES} names: {last:.0f} s, {last / NAMES * 1e3:.1f} ms each")


def names(count: int) -> list[str]:
    """Return so many distinct names of two words, one of them in two."""
    pairs = itertools.permutations(LAST_NAMES, 2)
    whole = (f"{first} {one}-{other}" for one, other in pairs for first in FIRST_NAMES)
    return list(itertools.islice(whole, count))
