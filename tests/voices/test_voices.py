import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from automaton.errors import ConfigurationError, LineError
from automaton.voices.choice import (
    Speaker,
    spoken_by_first,
    voice_named,
    voices_from,
)
from automaton.voices.espeak import Espeak
from automaton.voices.gtts import Gtts
from automaton.voices.pico import LOCALES, Pico
from automaton.voices.voice import VoiceUnavailableError

OWN = [Pico(), Espeak()]
UNPRONOUNCEABLE = "<volume level='500'>fort</volume> ☃ \0 & \\ \x1b[31m é"


@pytest.fixture(params=OWN, ids=lambda voice: voice.name)
def voice(request):
    return request.param


def test_a_voice_is_found_by_its_name(voice):
    assert type(voice_named(voice.name)) is type(voice)


def test_a_voice_reads_french_and_english_aloud(voice):
    assert {"fr", "en"} <= voice.languages
    for language in ("fr", "en"):
        sound = voice.render("Bonjour, ici la mairie.", language)
        assert sound.samples.dtype == np.float32
        assert sound.samples.ndim == 1
        assert 1 < sound.seconds < 4
        assert 0.05 < np.abs(sound.samples).max() <= 1


def test_a_voice_takes_more_time_for_more_words(voice):
    short, long = (voice.render(t, "fr").seconds for t in ("Oui.", "Oui. " * 10))
    assert long > 3 * short


def test_a_voice_survives_what_cannot_be_pronounced(voice):
    assert voice.render(UNPRONOUNCEABLE, "fr").seconds < 30
    assert voice.render("-v en --help", "fr").seconds > 0.5


def test_a_voice_says_the_same_from_any_thread(voice):
    alone = voice.render("Au revoir.", "fr").samples
    with ThreadPoolExecutor(8) as threads:
        sounds = threads.map(lambda _: voice.render("Au revoir.", "fr"), range(16))
        assert all(np.array_equal(sound.samples, alone) for sound in sounds)


def test_a_voice_without_the_language_is_unavailable(voice):
    with pytest.raises(VoiceUnavailableError, match="it does not speak 'br'"):
        voice.render("Demat", "br")


@pytest.mark.parametrize("command", ["no-such-espeak", "false", "true"])
def test_an_espeak_that_does_not_work_is_unavailable(command):
    with pytest.raises(VoiceUnavailableError):
        Espeak(command).render("Bonjour", "fr")


@pytest.fixture
def offline(monkeypatch):
    """Nothing listens on port 9 of the loopback: the internet is unreachable."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_gtts_offline_is_a_line_error_at_once(offline):
    with pytest.raises(LineError, match="The voice gtts is unavailable") as failure:
        Gtts().render("Bonjour", "fr")
    assert failure.value.error_id == "voice-unavailable"
    assert "\n" not in str(failure.value)


def test_gtts_offline_is_replaced_by_pico_and_it_is_said(offline, cache):
    spoken = spoken_by_first(cache, "Bonjour", "fr", voices_from("gtts"))
    assert spoken.voice == "pico"
    assert [n.split(":")[0] for n in spoken.notices] == [
        "The voice gtts is unavailable"
    ]
    assert spoken.prompt == cache.render_text("Bonjour", "fr", Pico())


def test_the_next_voice_speaks_where_the_first_is_missing(cache):
    spoken = spoken_by_first(cache, "Bonjour", "fr", [Espeak("missing"), Pico()])
    assert spoken.voice == "pico"
    assert "missing is not installed" in spoken.notices[0]


def test_where_no_voice_can_speak_the_last_reason_is_told(cache):
    with pytest.raises(VoiceUnavailableError, match="nowhere is not installed"):
        spoken_by_first(cache, "Bonjour", "fr", [Espeak("no"), Espeak("nowhere")])
    with pytest.raises(VoiceUnavailableError, match="none is named"):
        spoken_by_first(cache, "Bonjour", "fr", [])


def test_pico_is_followed_by_espeak():
    assert [voice.name for voice in voices_from("pico")] == ["pico", "espeak"]
    assert [voice.name for voice in voices_from("gtts")] == ["gtts", "pico", "espeak"]
    chain = voices_from("gtts", "espeak", "gtts")
    assert [voice.name for voice in chain] == ["gtts", "espeak", "pico"]


def test_an_unknown_voice_is_refused_with_the_ones_there_are():
    with pytest.raises(ConfigurationError, match=r"no voice 'piper'.*pico"):
        voice_named("piper")


def test_the_speaker_says_a_text_by_the_first_voice_that_can(cache, counting):
    speaker = Speaker(cache, lambda _: [Espeak("missing"), counting])
    prompt = speaker.say("La ligne est perdue.", "fr")
    assert cache.path(prompt).is_file()
    assert counting.asked == [("La ligne est perdue.", "fr")]


@pytest.mark.parametrize(
    ("package", "voice"), [("ttspico", Pico()), ("gtts", Gtts())], ids=["pico", "gtts"]
)
def test_a_voice_whose_package_is_missing_is_unavailable(package, voice, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(VoiceUnavailableError, match=f"{package} is not installed"):
        voice.render("Bonjour", "fr")


def test_pico_without_the_files_of_a_language_is_unavailable(monkeypatch):
    monkeypatch.setitem(LOCALES, "br", "br-FR")
    with pytest.raises(VoiceUnavailableError, match="no files for br-FR"):
        Pico().render("Demat", "br")


class Cloud:
    """Stands for the package gtts, and answers without the internet."""

    class gTTSError(Exception):  # noqa: N801 - the package's own name
        pass

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def gTTS(self, text: str, *, lang: str, timeout: float) -> "Cloud":  # noqa: N802
        assert (text, lang) == ("Bonjour", "fr")
        assert timeout <= 10
        return self

    def write_to_fp(self, file) -> None:
        file.write(self.answer)


def test_the_mp3_that_gtts_fetches_becomes_a_sound(save, speech, monkeypatch):
    mp3 = save("answer.mp3", speech).read_bytes()
    monkeypatch.setitem(sys.modules, "gtts", Cloud(mp3))
    heard = Gtts().render("Bonjour", "fr")
    assert heard.seconds == pytest.approx(speech.seconds, abs=0.2)


def test_an_answer_that_is_no_sound_makes_gtts_unavailable(monkeypatch):
    monkeypatch.setitem(sys.modules, "gtts", Cloud(b"<html>captcha</html>"))
    with pytest.raises(VoiceUnavailableError, match="its answer is no sound"):
        Gtts().render("Bonjour", "fr")
