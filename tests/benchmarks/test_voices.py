"""The voices' table, and what it is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from automaton.voices.choice import voice_names
from benchmarks.voices import (
    BEGIN,
    END,
    HEADINGS,
    LICENCES,
    PAGE,
    Trial,
    size,
    table,
    trial,
    with_table,
)
from tests.voices.optional import settings


def test_the_page_has_a_row_for_each_voice_with_its_licence() -> None:
    inside = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in inside.splitlines() if line.startswith("|")]
    rows = [line.split("|")[1].strip() for line in lines[2:]]
    assert set(rows) == set(voice_names()) == set(LICENCES)


def test_the_table_tells_why_a_voice_was_not_measured() -> None:
    gone = Trial("gtts", "fr", reason=f"no {Path.home()}/x | here")
    row = table([gone], {"gtts": 0})[-1]
    assert row.count("|") == len(HEADINGS) + 1
    assert "not measured here: no ~/x / here" in row


def test_a_table_takes_the_place_of_the_one_before() -> None:
    page = f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    assert (
        with_table(page, ["| new |"]) == f"before\n\n{BEGIN}\n| new |\n{END}\n\nafter\n"
    )


def test_a_voice_is_tried_in_a_process_of_its_own(tmp_path: Path) -> None:
    found = trial("espeak", "en", tmp_path)
    assert not found.reason
    assert found.memory > 1
    assert 0 < found.figures["factor"] < 1
    assert found.figures["heard_lufs"] == pytest.approx(-20, abs=1)
    assert found.figures["heard_peak"] <= -3
    sound, rate = soundfile.read(tmp_path / "espeak-en.wav")
    assert rate == 8000
    assert len(sound) / rate == pytest.approx(found.figures["speech_s"], abs=1)
    assert size("pico", settings()) > 1


def test_a_voice_that_cannot_speak_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    found = trial("piper", "fr", tmp_path)
    assert "it does not speak 'fr'" in found.reason
    assert list(tmp_path.iterdir()) == []
