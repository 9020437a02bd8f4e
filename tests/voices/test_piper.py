"""piper with a voice by path."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from automaton.voices.choice import spoken_by_first, voice_named
from automaton.voices.pico import Pico
from automaton.voices.piper import Piper
from automaton.voices.voice import Voice, VoiceUnavailableError
from tests.voices.contract import UNPRONOUNCEABLE, VoiceContract
from tests.voices.optional import needs_piper, settings

SOON = timedelta(seconds=20)


@needs_piper
@pytest.mark.slow
class TestPiper(VoiceContract):
    tongues = ("en",)

    @pytest.fixture
    def voice(self) -> Voice:
        return voice_named("piper", settings())

    def test_it_survives_what_cannot_be_pronounced(self, voice: Voice) -> None:
        assert voice.render(UNPRONOUNCEABLE, "en").seconds < 30


def test_a_model_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    model = tmp_path / "mine.onnx"
    with pytest.raises(VoiceUnavailableError, match="there is no model"):
        Piper({"fr": model}, SOON).render("Bonjour", "fr")


def test_without_its_package_the_next_voice_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache
) -> None:
    model = tmp_path / "mine.onnx"
    model.touch()
    monkeypatch.setitem(sys.modules, "piper", None)
    spoken = spoken_by_first(
        cache, "Bonjour", "fr", [Piper({"fr": model}, SOON), Pico()]
    )
    assert spoken.voice == "pico"
    assert "piper-tts is not installed" in spoken.notices[0]


@needs_piper
@pytest.mark.parametrize("described", [None, "{}", "no JSON"])
def test_a_model_that_is_not_described_is_unavailable(
    tmp_path: Path, described: str | None
) -> None:
    model = tmp_path / "mine.onnx"
    model.touch()
    if described is not None:
        model.with_name("mine.onnx.json").write_text(described)
    with pytest.raises(VoiceUnavailableError, match="does not describe the model"):
        Piper({"fr": model}, SOON).render("Bonjour", "fr")
