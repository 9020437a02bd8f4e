from datetime import UTC, datetime, timedelta
from threading import Event

import numpy as np
import pytest

from automaton.clock import SettableClock
from automaton.errors import RequestError
from automaton.settings import Settings, VoicesSettings
from automaton.voices.chain import RESTS_FOR, Chains, TimelyVoice
from automaton.voices.choice import spoken_by_first
from automaton.voices.pico import Pico
from automaton.voices.voice import Sound, VoiceUnavailableError

SOON, LATE = timedelta(seconds=0.05), timedelta(seconds=30)


class Ill:
    """A voice that fails in a way of its own, and counts how often it was asked."""

    name = "ill"
    languages = frozenset({"fr"})

    def __init__(self, fault=None) -> None:
        self.fault = fault
        self.asked = 0

    def render(self, text: str, language: str) -> Sound:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return Sound(np.zeros(8_000, np.float32), 8_000)


class Hanging(Ill):
    """A voice that says nothing until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = Event()

    def render(self, text: str, language: str) -> Sound:
        self.released.wait()
        return super().render(text, language)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(datetime(2030, 1, 15, 10, 0, tzinfo=UTC))


@pytest.fixture
def hanging():
    voice = Hanging()
    yield voice
    voice.released.set()


def test_a_voice_that_hangs_is_left_behind_and_the_next_one_speaks(
    cache, clock, hanging
):
    slow = TimelyVoice(hanging, SOON, clock)
    spoken = spoken_by_first(cache, "Montez à l'étage.", "fr", [slow, Pico()])
    assert spoken.voice == "pico"
    assert spoken.notices == (
        "The voice ill is unavailable: it took longer than 0.05 s.",
    )


def test_what_hangs_keeps_no_other_text_from_being_rendered(cache, clock, hanging):
    slow = TimelyVoice(hanging, SOON, clock)
    for word in ("mimosa", "lilas", "rose", "muguet"):
        assert spoken_by_first(cache, word, "fr", [slow, Pico()]).voice == "pico"


def test_a_voice_that_failed_rests_before_it_is_asked_again(clock):
    ill = Ill(VoiceUnavailableError("ill", "it is offline"))
    timely = TimelyVoice(ill, LATE, clock)
    for _ in range(3):
        with pytest.raises(VoiceUnavailableError, match="it is offline"):
            timely.render("Bonjour", "fr")
    assert ill.asked == 1
    clock.move(RESTS_FOR)
    ill.fault = None
    assert timely.render("Bonjour", "fr").seconds == 1
    assert ill.asked == 2
    assert timely.render("Bonjour", "fr").seconds == 1


def test_a_voice_that_breaks_in_its_own_way_is_unavailable(clock):
    broken = TimelyVoice(Ill(ZeroDivisionError()), LATE, clock)
    with pytest.raises(VoiceUnavailableError, match=r"it broke \(ZeroDivisionError\)"):
        broken.render("Bonjour", "fr")


def test_what_is_refused_is_refused_by_whatever_voice(clock):
    refusing = TimelyVoice(Ill(RequestError("no", error_id="text-empty")), LATE, clock)
    for _ in range(2):
        with pytest.raises(RequestError, match="no"):
            refusing.render("Bonjour", "fr")


def test_a_voice_that_says_nothing_of_a_text_is_replaced_for_that_text(cache, clock):
    silent = TimelyVoice(Ill(), LATE, clock)
    spoken = spoken_by_first(cache, "Bonjour", "fr", [silent, Pico()])
    assert spoken.voice == "pico"
    assert "nothing can be heard of this text" in spoken.notices[0]
    assert silent.render("Bonjour", "fr").seconds == 1


def test_what_no_voice_can_render_fit_for_a_telephone_is_refused(cache, clock):
    class Endless(Ill):
        def render(self, text: str, language: str) -> Sound:
            return Sound(np.ones(8_000 * 301, np.float32), 8_000)

    with pytest.raises(RequestError) as refusal:
        spoken_by_first(cache, "Bonjour", "fr", [Endless(), Pico()])
    assert refusal.value.error_id == "sound-too-long"


def test_the_voices_of_a_language_are_those_of_the_settings_then_ours(clock):
    settings = VoicesSettings.model_validate(
        {"by_language": {"fr": ["gtts", "espeak"]}}
    )
    chains = Chains(Settings(voices=settings), clock)
    assert [voice.name for voice in chains("fr")] == ["gtts", "espeak", "pico"]
    assert [voice.name for voice in chains("en")] == ["pico", "espeak"]
    assert chains("fr") is chains("fr")
    assert {"fr", "en"} <= chains("fr")[0].languages
    assert chains("fr")[2].render("Bonjour", "fr").seconds > 0.5


def test_while_somebody_waits_no_voice_speaks_that_takes_its_time(clock):
    # An officer on the telephone would hear nothing for as long as Kokoro takes.
    chosen = VoicesSettings.model_validate(
        {"default": ["kokoro", "gtts", "piper", "espeak"]}
    )
    chains = Chains(Settings(voices=chosen), clock, at_once=True)
    assert [voice.name for voice in chains("fr")] == ["espeak", "pico"]
