"""Many short texts at once: processes of their own, one for each processor.

A voice speaks one text at a time in a process, and the daemon is on the same machine:
the crowd gives way to everybody else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

from automaton.errors import LineError, RequestError
from automaton.settings import Settings
from automaton.voices.cache import PASSING, PromptCache
from automaton.voices.chain import Chains
from automaton.voices.choice import spoken_by_first
from automaton.voices.voice import Told

Texts = Sequence[tuple[str, str]]
"""Each with its language."""
BATCH = 50
GIVES_WAY = 10  # of nice


def render_many(folder: Path, settings: Settings, texts: Texts, told: Told) -> None:
    """Render what passes into a folder of prompts; what no voice can say is left out.

    `LineError` where the crowd was ended from outside.
    A prompt is not yet on the disk when it is named: one that a power cut empties is
    rendered anew.
    """
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    crowd = ProcessPoolExecutor(
        os.cpu_count(),
        mp_context=get_context("spawn"),
        initializer=os.nice,
        initargs=(GIVES_WAY,),
    )
    done = 0
    try:
        with crowd:
            work = [crowd.submit(render_batch, folder, settings, b) for b in batches]
            for one in as_completed(work):
                done += one.result()
                told(done, len(texts))
    except BrokenExecutor as error:
        message = f"Voices were ended from outside after {done} of {len(texts)} texts."
        raise LineError(message, error_id="voices-ended") from error


def render_batch(folder: Path, settings: Settings, texts: Texts) -> int:
    """Render some texts in this process; return how many were asked for."""
    chains = Chains(settings, at_once=True)
    cache = PromptCache(folder, durable=False, shelf=PASSING)
    for text, language in texts:
        with suppress(LineError, RequestError):
            spoken_by_first(cache, text, language, chains(language))
    return len(texts)
