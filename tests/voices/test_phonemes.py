"""Texts become the signs that Kokoro knows, breath by breath."""

import pytest

from automaton.voices.kokoro_files import known
from automaton.voices.phonemes import LONGEST, breaths
from automaton.voices.voice import VoiceUnavailableError
from tests.voices.conftest import ALERT
from tests.voices.contract import UNPRONOUNCEABLE

ENGLISH = (
    "Hello. This is the town hall, about a flood; the nice boy joins you. Change over"
    " there, little button! Press 1."
)


@pytest.mark.parametrize(
    ("text", "language"),
    [(ALERT, "fr"), (ENGLISH, "en"), (UNPRONOUNCEABLE, "fr"), ("[[h@l]]", "en")],
)
def test_every_sign_is_one_that_the_model_was_taught(text: str, language: str) -> None:
    spoken = "".join(breaths(text, language))
    assert spoken
    assert set(spoken) <= set(known()["symbols"])


def test_each_sentence_is_a_breath_that_keeps_its_marks() -> None:
    found = breaths(
        "Bonjour. Vite, montez : l'eau monte ! Où êtes-vous ? Chez moi", "fr"
    )
    assert [one[-1] for one in found] == [".", "!", "?", "."]
    assert [sum(one.count(mark) for mark in ",:") for one in found] == [0, 2, 0, 0]


def test_a_decimal_comma_is_read_and_no_pause() -> None:
    (spoken,) = breaths("Il faut 3,5 litres", "fr")
    assert "," not in spoken
    assert "viʁɡ" in spoken


def test_a_foreign_word_brings_no_note_along() -> None:
    # espeak-ng writes "(en)" before it: read aloud, that is nonsense.
    (spoken,) = breaths("un week-end", "fr")
    assert "(" not in spoken
    assert "wˈiːk" in spoken


def test_american_sounds_are_written_as_the_model_was_taught() -> None:
    (spoken,) = breaths("Now join the change over there", "en")
    assert {"W", "Y", "A", "O", "ʤ", "ʧ"} <= set(spoken)
    assert set("^ː") & set(spoken) == set()


def test_an_endless_sentence_is_taken_in_several_breaths() -> None:
    found = breaths("la rivière monte et " * 60, "fr")
    assert len(found) > 1
    assert all(0 < len(one) <= LONGEST for one in found)


@pytest.mark.parametrize("command", ["no-such-espeak", "false"])
def test_without_espeak_there_are_no_phonemes(command: str) -> None:
    with pytest.raises(VoiceUnavailableError, match=command):
        breaths("Bonjour", "fr", command)
