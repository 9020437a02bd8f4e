import re
import shutil

import pytest

from automaton.errors import ConfigurationError
from automaton.voices import phrases
from automaton.voices.audio import decoded, loudness, peak
from automaton.voices.choice import voices_from
from automaton.voices.phrases import (
    phrase_languages,
    phrase_names,
    phrases_folder,
    spoken_phrases,
    template,
)

# The names that the dialplan plays.
PLAYED = {
    "again",
    "exercise",
    "ask-1",
    "ask-2",
    "ask-3",
    "ask-9",
    "wrong-key",
    "thanks-1",
    "thanks-3",
    "thanks-9",
    "sure-9",
    "goodbye",
    "duty-intro",
    "duty-ask",
    "duty-thanks",
    "machine",
    "trunk-test",
    "no-message",
}
LONGEST_SENTENCE = 16  # words: whoever listens is often over eighty


def texts(language):
    folder = phrases_folder() / language
    return {
        name: (folder / f"{name}.txt").read_text() for name in phrase_names(language)
    }


def test_both_languages_have_every_phrase_and_the_same_ones():
    assert phrase_languages() == ("en", "fr")
    for language in phrase_languages():
        assert set(phrase_names(language)) == PLAYED


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_phrase_is_rendered_level_and_short(language, tmp_path):
    prompts = spoken_phrases(tmp_path, language, voices_from("pico"))
    assert set(prompts) == PLAYED
    for name in PLAYED:
        heard = decoded((tmp_path / language / f"{name}.alaw").read_bytes())
        assert loudness(heard) == pytest.approx(-20, abs=1), name
        assert peak(heard) <= -3, name
        assert 0.7 < heard.seconds < 15, name


@pytest.mark.parametrize("language", ["fr", "en"])
def test_sentences_are_short(language):
    for name, text in texts(language).items():
        for sentence in re.split(r"[.?!]", text):
            assert len(sentence.split()) <= LONGEST_SENTENCE, (name, sentence)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("key", ["1", "2", "3", "9"])
def test_the_key_is_named_after_the_action_at_the_end(language, key):
    assert texts(language)[f"ask-{key}"].strip().endswith(f" {key}.")


def test_the_confirmation_is_spoken_back_and_the_exercise_says_so_first():
    assert texts("fr")["thanks-1"].startswith("Merci. C'est noté.")
    assert texts("fr")["exercise"].startswith("Ceci est un exercice.")
    assert texts("en")["exercise"].startswith("This is an exercise.")


def test_only_what_changed_is_written_again(tmp_path, counting):
    spoken_phrases(tmp_path, "fr", [counting])
    rendered = len(counting.asked)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "fr").iterdir()}
    (tmp_path / "fr" / "again.alaw").write_bytes(b"damaged")
    spoken_phrases(tmp_path, "fr", [counting])
    after = {p: p.stat().st_mtime_ns for p in (tmp_path / "fr").iterdir()}
    assert len(counting.asked) == rendered
    assert [p.stem for p in after if after[p] != before[p]] == ["again"]


def test_a_recording_beside_the_text_replaces_the_voice(
    tmp_path, counting, save, speech, monkeypatch
):
    own = tmp_path / "voice_prompts"
    shutil.copytree(phrases_folder(), own)
    save("a.wav", speech).rename(own / "fr" / "goodbye.wav")
    monkeypatch.setattr(phrases, "_PLACES", (tmp_path / "nowhere", own))
    spoken_phrases(tmp_path / "prompts", "fr", [counting])
    assert len(counting.asked) == len(PLAYED) - 1
    heard = decoded((tmp_path / "prompts/fr/goodbye.alaw").read_bytes())
    assert heard.seconds == pytest.approx(speech.seconds, abs=1)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_templates_take_their_blanks(language):
    said = template("machine", language, caller="la mairie", number="01 99 00 12 34")
    assert said.count("01 99 00 12 34") == 2
    assert "la mairie" in template(
        "opening", language, caller="la mairie", subject="une alerte"
    )
    assert "mimosa" in template("codeword", language, word="mimosa")


def test_a_language_without_phrases_is_refused(tmp_path, counting):
    for language in ("br", ".", "../tests"):
        with pytest.raises(ConfigurationError, match="choose one of en, fr"):
            spoken_phrases(tmp_path, language, [counting])


def test_a_missing_folder_of_phrases_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(phrases, "_PLACES", (tmp_path / "nowhere",))
    with pytest.raises(ConfigurationError, match="voice_prompts is missing"):
        phrases_folder()
