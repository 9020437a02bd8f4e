import sys

import pytest

from automaton.errors import ConfigurationError, LineError
from automaton.settings import Settings
from automaton.voices.choice import (
    Speaker,
    spoken_by_first,
    voice_named,
    voice_names,
    voices_from,
)
from automaton.voices.espeak import Espeak
from automaton.voices.gtts import Gtts
from automaton.voices.pico import LOCALES, Pico
from automaton.voices.voice import VoiceUnavailableError
from tests.voices.contract import LightVoiceContract


class TestPico(LightVoiceContract):
    @pytest.fixture
    def voice(self):
        return Pico()


class TestEspeak(LightVoiceContract):
    @pytest.fixture
    def voice(self):
        return Espeak()


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
    with pytest.raises(ConfigurationError, match=r"no voice 'nobody'.*pico"):
        voice_named("nobody")


def test_every_voice_of_the_house_is_declared():
    assert voice_names() == ("espeak", "gtts", "kokoro", "pico", "piper")


def test_a_voice_gets_the_settings_that_it_asks_for(tmp_path):
    model = tmp_path / "mine.onnx"
    settings = Settings(voices={"piper_models": {"fr": model}})
    assert voice_named("piper", settings).languages == {"fr"}
    assert voice_named("piper").languages == frozenset()
    assert voices_from("piper", settings=settings)[0].languages == {"fr"}


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
