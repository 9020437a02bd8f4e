import numpy as np
import pytest
import soxr

from automaton.errors import RequestError
from automaton.voices.audio import (
    CEILING,
    LINE_RATE,
    decoded,
    encoded,
    for_telephone,
)
from automaton.voices.espeak import Espeak
from automaton.voices.levels import active_speech_level, level, loudness, peak
from automaton.voices.pico import Pico
from automaton.voices.voice import Sound

RANDOM = np.random.default_rng(7)


def heard(sound: Sound) -> Sound:
    """What the resident's telephone gets."""
    return decoded(encoded(for_telephone(sound)))


def at_48_khz(sound: Sound) -> Sound:
    """The same with what lies between the samples."""
    return Sound(soxr.resample(sound.samples, sound.rate, 48_000), 48_000)


def tone(hertz: float, seconds: float, amplitude: float = 0.5, rate=16_000) -> Sound:
    times = np.arange(int(seconds * rate)) / rate
    wave = amplitude * np.sin(2 * np.pi * hertz * times)
    return Sound(wave.astype(np.float32), rate)


def joined(*sounds: Sound) -> Sound:
    return Sound(np.concatenate([s.samples for s in sounds]), sounds[0].rate)


def uneven_speech() -> Sound:
    spoken = Pico().render("Fermez les volets. Montez à l'étage.", "fr")
    shape = np.linspace(0.05, 1, len(spoken.samples), dtype=np.float32)
    return Sound(spoken.samples * shape, spoken.rate)


SOUNDS = {
    "pico": lambda: Pico().render("Bonjour, ici la mairie.", "fr"),
    "pico, one word": lambda: Pico().render("Oui.", "fr"),
    "pico, English": lambda: Pico().render("To confirm, press 1.", "en"),
    "espeak": lambda: Espeak().render("Bonjour, ici la mairie.", "fr"),
    "tone, very quiet": lambda: tone(440, 3, amplitude=0.004),
    "tone, overdriven": lambda: tone(440, 3, amplitude=1.0),
    "tone, 44.1 kHz": lambda: tone(1_000, 2, rate=44_100),
    "tone, 8 kHz": lambda: tone(1_000, 2, rate=8_000),
    "tone, 0.3 s": lambda: tone(440, 0.3),
    "noise": lambda: Sound(RANDOM.normal(0, 0.3, 96_000).astype(np.float32), 48_000),
    "speech, growing": uneven_speech,
}


ALERT = "La rivière monte. Montez à l'étage. Coupez l'électricité. N'appelez pas."


@pytest.mark.parametrize("voice", [Pico(), Espeak()], ids=lambda voice: voice.name)
def test_a_message_is_level_by_its_loudness_and_a_name_by_its_speech(voice):
    message, name = (heard(voice.render(t, "fr")) for t in (ALERT, "Mme Lefèvre"))
    assert message.seconds > 3 > name.seconds
    assert loudness(message) == pytest.approx(-20, abs=1)
    assert active_speech_level(name) == pytest.approx(-20, abs=1)
    # Joined in one call, neither is louder than the other: within a few dB.
    assert active_speech_level(message) == pytest.approx(-20, abs=2)


@pytest.mark.parametrize("name", SOUNDS)
def test_every_sound_arrives_at_minus_20_and_below_minus_3_dbfs(name):
    arrived = heard(SOUNDS[name]())
    assert level(arrived) == pytest.approx(-20, abs=1)
    assert peak(arrived) <= -3
    assert peak(at_48_khz(arrived)) <= -3
    assert arrived.rate == LINE_RATE


def test_the_peak_is_held_below_minus_3_dbfs_where_loudness_alone_would_clip():
    # Clicks: so little energy that -20 LUFS would need peaks far above full scale.
    clicks = np.zeros(48_000 * 5, np.float32)
    for start in range(0, len(clicks), 4_800):
        clicks[start : start + 30] = 1
    arrived = heard(Sound(clicks, 48_000))
    assert -4.2 < peak(arrived) <= -3
    assert peak(at_48_khz(arrived)) <= -3


def test_the_peak_bound_holds_for_each_a_law_step_above_the_ceiling():
    steps = Sound(np.linspace(-CEILING, CEILING, 4_001, dtype=np.float32), LINE_RATE)
    assert peak(decoded(encoded(steps))) <= -3


def test_silence_around_the_speech_is_trimmed(speech):
    rate = speech.rate
    silence = Sound(np.zeros(3 * rate, np.float32), rate)
    plain, padded = (
        for_telephone(speech),
        for_telephone(joined(silence, speech, silence)),
    )
    assert padded.seconds == pytest.approx(plain.seconds, abs=0.3)
    assert padded.seconds <= speech.seconds + 0.25


def test_a_pause_inside_the_speech_is_kept():
    pause = Sound(np.zeros(16_000, np.float32), 16_000)
    spoken = for_telephone(joined(tone(440, 1), pause, tone(440, 1)))
    assert spoken.seconds == pytest.approx(3, abs=0.3)


def test_a_low_hum_does_not_take_the_loudness_from_the_voice():
    voice = tone(1_000, 2, amplitude=0.05)
    hum = tone(50, 2, amplitude=0.8)
    arrived = for_telephone(Sound(voice.samples + hum.samples, voice.rate))
    spectrum = np.abs(np.fft.rfft(arrived.samples))
    hertz = np.fft.rfftfreq(len(arrived.samples), 1 / LINE_RATE)
    assert hertz[spectrum.argmax()] == pytest.approx(1_000, abs=2)
    assert spectrum[hertz < 60].max() < spectrum.max() / 100


def test_what_a_telephone_cannot_carry_does_not_fold_back_into_the_voice():
    spoken = Sound(tone(1_000, 2).samples + tone(5_500, 2).samples, 16_000)
    arrived = for_telephone(spoken)
    spectrum = np.abs(np.fft.rfft(arrived.samples))
    hertz = np.fft.rfftfreq(len(arrived.samples), 1 / LINE_RATE)
    assert spectrum[np.abs(hertz - 2_500) < 50].max() < spectrum.max() / 1_000


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(np.zeros(0), id="no samples"),
        pytest.param(np.zeros(16_000), id="zeros"),
        pytest.param(RANDOM.normal(0, 1e-4, 16_000), id="faint noise"),
        pytest.param(tone(20, 2).samples, id="only a rumble no telephone carries"),
        pytest.param(tone(440, 0.03).samples, id="a click"),
    ],
)
def test_nothing_to_hear_is_refused(samples):
    with pytest.raises(RequestError) as refusal:
        for_telephone(Sound(samples.astype(np.float32), 16_000))
    assert refusal.value.error_id == "sound-silent"


def test_more_than_five_minutes_are_refused_and_five_are_not():
    with pytest.raises(RequestError) as refusal:
        for_telephone(tone(440, 300.1, rate=8_000))
    assert refusal.value.error_id == "sound-too-long"
    assert for_telephone(tone(440, 300, rate=8_000)).seconds == pytest.approx(300, 0.01)


def test_a_law_is_one_byte_a_sample_and_close_to_what_went_in(speech):
    fit = for_telephone(speech)
    alaw = encoded(fit)
    assert len(alaw) == len(fit.samples)
    error = decoded(alaw).samples - fit.samples
    noise = 10 * np.log10(np.mean(fit.samples**2) / np.mean(error**2))
    assert noise > 35
