import re
import shutil

import pytest

from automaton.errors import ConfigurationError
from automaton.voices import phrasebook
from automaton.voices.audio import decoded
from automaton.voices.choice import voices_from
from automaton.voices.levels import SHORT_SECONDS, active_speech_level, loudness, peak
from automaton.voices.phrasebook import Phrasebook, SaidBy, shipped_phrases
from automaton.voices.phrases import phrase_seconds, spoken_phrases

# The names that the dialplan and the telephone console play.
PLAYED = {
    "again",
    "exercise",
    "ask-0",
    "ask-1",
    "ask-2",
    "ask-3",
    "ask-9",
    "wrong-key",
    "thanks-1",
    "thanks-3",
    "thanks-9",
    "transfer-0",
    "nobody-0",
    "sure-9",
    "goodbye",
    "duty-intro",
    "duty-ask",
    "duty-thanks",
    "machine",
    "trunk-test",
    "no-message",
    "not-now",
    "call-greeting",
    "shared-number",
    "menu-number",
    "menu-register",
    "ask-number",
    "wrong-number",
    "number-ask-1",
    "number-noted",
    "leave-name",
    "name-left",
    "nothing-heard",
    "all-busy",
    "still-busy",
}
LONGEST_SENTENCE = 16  # words: whoever listens is often over eighty
OURS = Phrasebook()
FIXED = OURS.fixed("fr").keys()
EVERY = OURS.phrases("fr").keys()
BRETON = """
[goodbye]
text = "Trugarez deoc'h. Kenavo."
by = "town"

[codeword]
text = "Ho ker : {word}."
by = "town"
"""


@pytest.fixture
def own(tmp_path):
    """The folder of an installation's own phrases, with a small third language."""
    folder = tmp_path / "own"
    (folder / "br").mkdir(parents=True)
    (folder / "br/catalogue.toml").write_text(BRETON)
    return folder


def pico(_language):
    return voices_from("pico")


def test_both_languages_have_every_phrase_and_the_same_ones():
    assert OURS.languages == ("en", "fr")
    for language in OURS.languages:
        every = OURS.phrases(language)
        assert OURS.fixed(language).keys() >= PLAYED
        assert {i: (p.blanks, p.by) for i, p in every.items()} == {
            i: (p.blanks, p.by) for i, p in OURS.phrases("fr").items()
        }
        assert every.keys() == EVERY
        assert OURS.missing(language) == ()
        assert every["goodbye"].by is SaidBy.TOWN
        assert every["duty-ask"].by is SaidBy.AUTOMATON


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_phrase_is_rendered_level_and_short(language, tmp_path):
    prompts = spoken_phrases(OURS, tmp_path, language, pico)
    assert prompts.keys() == FIXED
    for name in FIXED:
        heard = decoded((tmp_path / language / f"{name}.alaw").read_bytes())
        is_short = heard.seconds < SHORT_SECONDS
        measure = active_speech_level if is_short else loudness
        assert measure(heard) == pytest.approx(-20, abs=1), name
        assert peak(heard) <= -3, name
        assert 0.5 < heard.seconds < 15, name


@pytest.mark.parametrize("language", ["fr", "en"])
def test_sentences_are_short(language):
    for name, phrase in OURS.phrases(language).items():
        for sentence in re.split(r"[.?!]", phrase.text):
            assert len(sentence.split()) <= LONGEST_SENTENCE, (name, sentence)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("key", ["0", "1", "2", "3", "9"])
def test_the_key_is_named_after_the_action_at_the_end(language, key):
    assert OURS.phrases(language)[f"ask-{key}"].text.endswith(f" {key}.")


def test_the_confirmation_is_spoken_back_and_the_exercise_says_so_first():
    french, english = OURS.phrases("fr"), OURS.phrases("en")
    assert french["thanks-1"].text.startswith("Merci. C'est noté.")
    assert french["exercise"].text.startswith("Ceci est un exercice.")
    assert english["exercise"].text.startswith("This is an exercise.")


def test_only_what_changed_is_written_again(tmp_path, counting):
    spoken_phrases(OURS, tmp_path, "fr", lambda _: [counting])
    rendered = len(counting.asked)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "fr").iterdir()}
    (tmp_path / "fr" / "again.alaw").write_bytes(b"damaged")
    spoken_phrases(OURS, tmp_path, "fr", lambda _: [counting])
    after = {p: p.stat().st_mtime_ns for p in (tmp_path / "fr").iterdir()}
    assert len(counting.asked) == rendered
    assert [p.stem for p in after if after[p] != before[p]] == ["again"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_blanks_are_filled(language):
    number = {"caller": "la mairie", "number": "01 99 00 12 34"}
    said = OURS.filled("machine-number", language, **number)
    assert said.count("01 99 00 12 34") == 2
    subject = {"caller": "la mairie", "subject": "une alerte"}
    assert "la mairie" in OURS.filled("opening", language, **subject)
    assert "mimosa" in OURS.filled("codeword", language, word="mimosa")


def test_a_third_language_is_a_folder_alone(tmp_path, own, counting):
    book = Phrasebook(own)
    assert book.languages == ("br", "en", "fr")
    spoken_phrases(book, tmp_path / "prompts", "br", lambda _: [counting])
    assert {p.stem for p in (tmp_path / "prompts/br").iterdir()} == FIXED
    assert ("Trugarez deoc'h. Kenavo.", "br") in counting.asked
    assert book.filled("codeword", "br", word="balafenn") == "Ho ker : balafenn."


def test_a_third_language_may_lie_beside_ours(tmp_path, own):
    shipped = tmp_path / "voice_prompts"
    shutil.copytree(shipped_phrases(), shipped)
    shutil.copytree(own / "br", shipped / "br")
    assert Phrasebook(shipped=shipped).languages == ("br", "en", "fr")


def test_what_a_language_lacks_is_said_in_that_of_the_installation(own):
    book = Phrasebook(own, otherwise="en")
    lacking = book.missing("br")
    assert set(lacking) == EVERY - {"goodbye", "codeword"}
    assert book.phrases("br")["ask-1"] == book.phrases("en")["ask-1"]


def test_a_recording_of_the_mayor_replaces_the_voice(tmp_path, counting, save, speech):
    own = tmp_path / "own"
    (own / "fr").mkdir(parents=True)
    save("a.wav", speech).rename(own / "fr" / "goodbye.wav")
    save("b.wav", speech).rename(own / "fr" / "opening.wav")  # it has blanks
    book = Phrasebook(own)
    spoken_phrases(book, tmp_path / "prompts", "fr", lambda _: [counting])
    assert len(counting.asked) == len(FIXED) - 1
    heard = decoded((tmp_path / "prompts/fr/goodbye.alaw").read_bytes())
    assert heard.seconds == pytest.approx(speech.seconds, abs=1)
    assert book.missing("fr") == ()
    assert book.phrases("fr")["opening"].recording is None


def test_words_of_an_installation_go_before_ours(own):
    (own / "fr").mkdir()
    (own / "fr/catalogue.toml").write_text('[goodbye]\ntext = "Adieu."\nby = "town"')
    book = Phrasebook(own)
    assert book.phrases("fr")["goodbye"].text == "Adieu."
    assert book.phrases("fr")["again"] == OURS.phrases("fr")["again"]


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("[goodbye", "cannot be used"),
        ('goodbye = "Kenavo"', r"\[goodbye\] needs text and by"),
        ('[goodbye]\ntext = "Kenavo"', r"\[goodbye\] needs text and by"),
        ('[goodbye]\ntext = " "\nby = "town"', "says nothing"),
        ('[goodbye]\ntext = "Kenavo"\nby = "me"', "one of town, automaton"),
        ('["../x"]\ntext = "Kenavo"\nby = "town"', "no id of a phrase"),
        ('[goodbye]\ntext = "Kenavo {"\nby = "town"', "cannot be used"),
        ('[extra]\ntext = "Kenavo {}"\nby = "town"', "no word in braces"),
        ('[extra]\ntext = "{a.b}"\nby = "town"', "no word in braces"),
        ('[goodbye]\ntext = "Kenavo {name}"\nby = "town"', "must be: none"),
        ('[codeword]\ntext = "Ho ker"\nby = "town"', "must be: word"),
    ],
)
def test_a_catalogue_that_cannot_be_used_is_told_with_its_fault(own, written, fault):
    (own / "br/catalogue.toml").write_text(written)
    with pytest.raises(ConfigurationError, match=fault) as refusal:
        Phrasebook(own).phrases("br")
    assert refusal.value.error_id == "phrases-unreadable"


def test_a_phrase_that_is_not_installed_is_rendered_to_be_measured(tmp_path, counting):
    asked = (OURS, tmp_path, "fr", ["again", "ask-1"], lambda _: [counting])
    rendered = phrase_seconds(*asked)
    spoken_phrases(OURS, tmp_path, "fr", lambda _: [counting])
    assert phrase_seconds(*asked) == rendered


def test_a_language_without_phrases_is_refused(tmp_path, counting):
    for language in ("br", ".", "../tests"):
        with pytest.raises(ConfigurationError, match="choose one of en, fr"):
            spoken_phrases(OURS, tmp_path, language, lambda _: [counting])


def test_a_missing_folder_of_phrases_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(phrasebook, "SHIPPED", (tmp_path / "nowhere",))
    with pytest.raises(ConfigurationError, match="voice_prompts is missing"):
        Phrasebook()
