import os
import signal

import pytest

from automaton.errors import LineError
from automaton.settings import Settings
from automaton.voices.cache import PromptCache
from automaton.voices.crowd import BATCH, render_batch, render_many
from automaton.voices.pico import Pico

SETTINGS = Settings()


def test_many_texts_are_rendered_by_several_processes(tmp_path):
    texts = [(f"Odile {n}", "fr") for n in range(BATCH + 2)]
    texts += [("…", "fr"), ("Mary Roy", "en")]
    told = []
    render_many(tmp_path, SETTINGS, texts, lambda done, of: told.append((done, of)))
    assert told[-1] == (len(texts), len(texts))
    kept = [p for p in tmp_path.iterdir() if p.suffix == ".alaw"]
    assert len(kept) == len(texts) - 1  # one says nothing
    before = {p: p.stat().st_mtime_ns for p in kept}
    prompt = PromptCache(tmp_path).render_text("Mary Roy", "en", Pico())
    assert {p: p.stat().st_mtime_ns for p in kept} == before
    assert PromptCache(tmp_path).path(prompt) in before


def test_a_batch_says_how_many_it_was_asked_for(tmp_path):
    assert render_batch(tmp_path, SETTINGS, [("Odile", "fr"), ("…", "fr")]) == 2
    assert len([p for p in tmp_path.iterdir() if p.suffix == ".alaw"]) == 1


def test_a_crowd_that_is_ended_from_outside_is_told(tmp_path, monkeypatch):
    # The setting stands for a process that is killed: it cannot be made here.
    class Killing(Settings):
        def __setstate__(self, state):
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(LineError, match="after 0 of 1 texts"):
        render_many(tmp_path, Killing(), [("Odile", "fr")], lambda done, of: None)
