"""What every voice promises. Inherit it, with a fixture `voice`.

`VoiceContract` is for all, by a sentence of each of its `tongues`; one that is quick
and always says the same passes `LightVoiceContract`.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from automaton.voices.choice import voice_named
from automaton.voices.voice import Voice, VoiceUnavailableError

SHORT = {"fr": "Bonjour, ici la mairie.", "en": "Hello, this is the town hall."}
UNPRONOUNCEABLE = "<volume level='500'>fort</volume> ☃ \0 & \\ \x1b[31m é"


class VoiceContract:
    tongues: tuple[str, ...] = ("fr", "en")

    def test_it_is_found_by_its_name(self, voice: Voice) -> None:
        assert type(voice_named(voice.name)) is type(voice)

    def test_it_reads_every_language_aloud(self, voice: Voice) -> None:
        assert set(self.tongues) <= voice.languages
        for language in self.tongues:
            sound = voice.render(SHORT[language], language)
            assert sound.samples.dtype == np.float32
            assert sound.samples.ndim == 1
            assert 1 < sound.seconds < 4
            assert 0.05 < np.abs(sound.samples).max() <= 1

    def test_it_is_unavailable_in_a_language_that_it_lacks(self, voice: Voice) -> None:
        with pytest.raises(VoiceUnavailableError, match="it does not speak 'br'"):
            voice.render("Demat", "br")


class LightVoiceContract(VoiceContract):
    def test_it_takes_more_time_for_more_words(self, voice: Voice) -> None:
        words = ("Oui.", "Oui. " * 10)
        short, long = (voice.render(text, "fr").seconds for text in words)
        assert long > 3 * short

    def test_it_survives_what_cannot_be_pronounced(self, voice: Voice) -> None:
        assert voice.render(UNPRONOUNCEABLE, "fr").seconds < 30
        assert voice.render("-v en --help", "fr").seconds > 0.5

    def test_it_says_the_same_from_any_thread(self, voice: Voice) -> None:
        alone = voice.render("Au revoir.", "fr").samples
        with ThreadPoolExecutor(8) as threads:
            sounds = threads.map(lambda _: voice.render("Au revoir.", "fr"), range(16))
            assert all(np.array_equal(sound.samples, alone) for sound in sounds)
