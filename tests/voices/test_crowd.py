import os

import pytest

from automaton.errors import LineError
from automaton.settings import Settings
from automaton.voices.cache import PASSING, PromptCache
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
    passing = PromptCache(tmp_path, shelf=PASSING)
    inodes = {p: p.stat().st_ino for p in kept}
    prompt = passing.render_text("Mary Roy", "en", Pico())
    assert {p: p.stat().st_ino for p in kept} == inodes
    assert passing.path(prompt) in kept


def test_a_batch_says_how_many_it_was_asked_for(tmp_path):
    assert render_batch(tmp_path, SETTINGS, [("Odile", "fr"), ("…", "fr")]) == 2
    assert len([p for p in tmp_path.iterdir() if p.suffix == ".alaw"]) == 1


class Deadly:
    """Settings that end the process in which they are unpacked."""

    def __reduce__(self):
        return os._exit, (1,)


def test_a_crowd_that_is_ended_from_outside_is_told(tmp_path):
    with pytest.raises(LineError, match="after 0 of 1 texts"):
        render_many(tmp_path, Deadly(), [("Odile", "fr")], lambda done, of: None)
