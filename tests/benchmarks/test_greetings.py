"""The bank of greetings, what is heard of it, and how its verdicts are counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from automaton.voices.audio import decoded
from benchmarks.greetings.bank import Greeting, Speaker, bank
from benchmarks.greetings.page import BEGIN, END, block, draw
from benchmarks.greetings.studio import record
from benchmarks.greetings.verdicts import Verdict, figures, rows_of

SPEAKER = Speaker("pico", "fr-fr", 1.0, 1.0, 100)
MACHINE = Greeting(
    number="+33199000300",
    who="machine",
    kind="brief",
    language="fr",
    speaker=SPEAKER,
    says=("Absents.", 0.5, "Parlez après le bip."),
    level=-20.0,
    beep=(0.6, 0.4, 1000),
)


def test_the_bank_has_people_machines_that_beep_and_screeners() -> None:
    who = Counter(greeting.who for greeting in bank())
    assert who["person"] >= 200
    assert who["machine"] >= 40
    assert who["screener"] >= 20
    assert all(greeting.beep for greeting in bank() if greeting.who == "machine")


def test_people_speak_in_many_voices_and_half_of_them_through_noise() -> None:
    people = [greeting for greeting in bank() if greeting.who == "person"]
    assert len({(g.speaker.voice, g.speaker.accent) for g in people}) > 40
    assert len({g.number for g in people}) == len(people)
    noisy = sum(greeting.noise != "none" for greeting in people)
    assert 0.4 < noisy / len(people) < 0.6


def test_a_seed_makes_the_same_bank_and_another_one_another() -> None:
    assert bank(1) == bank(1)
    assert bank(1) != bank(2)


def test_a_recording_is_the_same_each_time_and_beeps_when_it_says() -> None:
    once, again = record(MACHINE, 1), record(MACHINE, 1)
    assert once.alaw == again.alaw
    sound = decoded(once.alaw).samples
    assert once.beep_ends is not None
    beep = sound[int((once.beep_ends - 0.3) * 8000) : int(once.beep_ends * 8000)]
    strongest = np.argmax(np.abs(np.fft.rfft(beep))) * 8000 / len(beep)
    assert strongest == pytest.approx(1000, abs=10)


def test_what_is_heard_is_in_the_band_of_a_telephone_and_as_loud_as_it_says() -> None:
    whole = record(MACHINE, 1)
    said = decoded(whole.alaw).samples[: int(whole.first_ends * 8000)]
    spectrum = np.abs(np.fft.rfft(said)) ** 2
    hertz = np.fft.rfftfreq(len(said), 1 / 8000)
    outside = spectrum[(hertz < 240) | (hertz > 3500)].sum() / spectrum.sum()
    assert outside < 0.001
    frames = said[: len(said) // 160 * 160].reshape(-1, 160)
    loud = np.sort(np.mean(frames**2, axis=1))[len(frames) // 2 :]
    assert 10 * np.log10(loud.mean()) == pytest.approx(-20, abs=3)


def test_noise_goes_on_when_the_person_is_silent() -> None:
    noisy = Greeting(
        number="+33199000301",
        who="person",
        kind="short",
        language="fr",
        speaker=SPEAKER,
        says=("Allô ?",),
        level=-18.0,
        noise="hiss",
        noise_below=20.0,
    )
    heard = decoded(record(noisy, 1).alaw)
    assert heard.seconds > 40
    assert np.abs(heard.samples[-8000:]).mean() > 0.005


def _verdict(who: str, kind: str, label: str, stock: str) -> Verdict:
    one = Greeting("+33199000302", who, kind, "fr", SPEAKER, ("Oui",), -20.0)
    return Verdict(one, label, stock, plays=1, began=1.0)


VERDICTS = [
    _verdict("person", "short", "human", "MACHINE"),
    _verdict("person", "short", "human", "NOTSURE"),
    _verdict("person", "slow", "machine", "HUMAN"),
    _verdict("person", "slow", "screened", "MACHINE"),
    _verdict("machine", "brief", "human", "NOTSURE"),
    _verdict("machine", "operator", "machine", "MACHINE"),
    _verdict("screener", "asks_for_a_key", "screened", "MACHINE"),
]


def test_whoever_is_not_called_a_person_and_is_one_is_a_false_machine() -> None:
    found = figures(VERDICTS)
    assert found["greetings_false_machine"] == 0.5
    assert found["greetings_false_human"] == 0.5
    assert found["greetings_screened"] == 1.0
    assert found["greetings_amd_false_machine"] == 0.5
    assert found["greetings_amd_false_human"] == 0.5


def test_the_block_is_drawn_at_the_end_and_then_in_its_place(tmp_path: Path) -> None:
    page = tmp_path / "voices.md"
    page.write_text("# Voices\n\nWords.\n", "utf-8")
    told = {"seed": 7, "voices": ["pico"], "load": 1.0}
    first = block(figures(VERDICTS), rows_of(VERDICTS), told)
    draw(first, page)
    page.write_text(page.read_text("utf-8") + "\n## After\n", "utf-8")
    draw(first.replace("seed 7", "seed 8"), page)
    text = page.read_text("utf-8")
    assert text.startswith("# Voices\n\nWords.\n\n" + BEGIN)
    assert "seed 8" in text
    assert "seed 7" not in text
    assert text.endswith(END + "\n\n## After\n")
    assert "| person, slow | 2 | 0 | 1 | 1 | 1 | 0 | 1 |" in text
