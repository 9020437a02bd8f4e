import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automaton.errors import RequestError
from automaton.voices.audio import decoded, encoded, for_telephone
from automaton.voices.levels import loudness, peak
from automaton.voices.recorded import recording
from automaton.voices.voice import Sound

FFMPEG = shutil.which("ffmpeg")
FORMATS = [
    ("a.wav", "PCM_16"),
    ("a.wav", "PCM_U8"),
    ("a.wav", "PCM_24"),
    ("a.wav", "FLOAT"),
    ("a.wav", "ALAW"),
    ("a.mp3", None),
    ("a.ogg", "VORBIS"),
    ("a.ogg", "OPUS"),
    ("a.flac", None),
]


def refusal_of(path) -> str:
    with pytest.raises(RequestError) as refusal:
        for_telephone(recording(path))
    assert "\n" not in str(refusal.value)
    return refusal.value.error_id


@pytest.mark.parametrize(("name", "subtype"), FORMATS)
def test_every_format_arrives_whole_and_level(name, subtype, save, speech):
    path = save(name, speech, subtype)
    arrived = decoded(encoded(for_telephone(recording(path))))
    assert loudness(arrived) == pytest.approx(-20, abs=1)
    assert peak(arrived) <= -3
    assert arrived.seconds == pytest.approx(for_telephone(speech).seconds, abs=0.3)


def test_the_format_is_known_by_its_content_not_by_its_name(save, speech):
    path = save("a.flac", speech)
    misnamed = path.rename(path.with_name("message.wav"))
    assert recording(misnamed).seconds == pytest.approx(speech.seconds, abs=0.01)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 96_000])
def test_stereo_at_any_rate_becomes_8_khz_mono(rate, save):
    times = np.arange(rate) / rate
    left = 0.5 * np.sin(2 * np.pi * 440 * times)
    both = np.stack([left, np.zeros(rate)], axis=1)
    heard = recording(save("a.wav", Sound(both, rate)))
    assert (heard.rate, heard.samples.ndim) == (8_000, 1)
    assert heard.seconds == pytest.approx(1, abs=0.002)
    assert np.abs(heard.samples[2_000:6_000]).max() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.m4a", "aac"), ("a.mp4", "aac"), ("a.webm", "libopus")]
)
def test_m4a_and_webm_pass_through_ffmpeg_where_it_is(name, codec, save, speech):
    path = save("a.wav", speech).with_name(name)
    if not FFMPEG:  # a first contribution need not install it
        path.write_bytes(b"\0\0\0\x1cftypM4A ")
        assert refusal_of(path) == "recording-format"
        return
    order = [FFMPEG, "-v", "error", "-i", path.with_name("a.wav"), "-c:a", codec, path]
    subprocess.run(order, check=True, timeout=60)
    heard = recording(path)
    assert (heard.rate, heard.seconds) == (8_000, pytest.approx(speech.seconds, 0.02))


def test_m4a_without_ffmpeg_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "a.m4a"
    path.write_bytes(b"\0\0\0\x1cftypM4A \0\0\0\0")
    with pytest.raises(RequestError, match="needs ffmpeg, which is not installed"):
        recording(path)


@pytest.mark.parametrize("head", [b"\0\0\0\x1cftypM4A ", b"\x1aE\xdf\xa3webm"])
def test_broken_m4a_and_webm_are_refused(head, tmp_path):
    path = tmp_path / "broken"
    path.write_bytes(head + bytes(500))
    wanted = "recording-corrupt" if FFMPEG else "recording-format"
    assert refusal_of(path) == wanted


def test_a_playlist_never_reaches_ffmpeg(tmp_path, save, speech):
    # ffmpeg, left to guess, would open whatever file or address this names.
    path = tmp_path / "a.m4a"
    path.write_text(f"#EXTM3U\n#EXTINF:1,\n{save('secret.wav', speech)}\n")
    assert refusal_of(path) == "recording-corrupt"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"Bonjour, ici la mairie.\n" * 50, id="a text"),
        pytest.param(bytes(10_000), id="zeros"),
        pytest.param(b"RIFF\xff\xff\xff\xffWAVEfmt ", id="a cut header"),
        pytest.param(b"fLaC" + bytes(200), id="a hollow FLAC"),
        pytest.param(b"OggS" + bytes(200), id="a hollow OGG"),
        pytest.param(b"ID3\x03\0\0\0\0\0\0" + bytes(400), id="a hollow MP3"),
        pytest.param(np.random.default_rng(3).bytes(20_000), id="random bytes"),
    ],
)
def test_what_is_no_recording_is_refused(content, tmp_path):
    path = tmp_path / "message.mp3"
    path.write_bytes(content)
    assert refusal_of(path) in {"recording-corrupt", "recording-empty"}


def test_a_flac_damaged_in_its_middle_is_refused(save, speech):
    path = save("a.flac", speech)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4_000] = bytes(4_000)
    path.write_bytes(content)
    assert refusal_of(path) == "recording-corrupt"


def test_samples_that_are_no_numbers_are_refused(save):
    samples = np.full(16_000, np.nan, np.float32)
    path = save("a.wav", Sound(samples, 16_000), "FLOAT")
    assert refusal_of(path) == "recording-corrupt"


@pytest.mark.parametrize(("rate", "channels"), [(2_000, 1), (500_000, 1), (8_000, 9)])
def test_rates_and_channels_of_no_recorder_are_refused(rate, channels, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros((100, channels)), rate)
    assert refusal_of(path) == "recording-corrupt"


def test_an_empty_file_and_a_wav_without_samples_are_refused(tmp_path, save):
    empty = tmp_path / "empty.wav"
    empty.touch()
    assert refusal_of(empty) == "recording-empty"
    hollow = save("hollow.wav", Sound(np.zeros(0, np.float32), 8_000))
    assert refusal_of(hollow) == "recording-empty"


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert refusal_of(tmp_path / "nowhere.wav") == "recording-missing"
    assert refusal_of(tmp_path) == "recording-missing"


def test_a_silent_recording_is_refused(save):
    silence = Sound(np.zeros(16_000, np.float32), 16_000)
    assert refusal_of(save("a.wav", silence)) == "sound-silent"


def test_a_recording_over_five_minutes_is_refused_before_it_is_all_read(save):
    hour = Sound(np.zeros(8_000 * 3_600, np.int16), 8_000)  # 100 kB of FLAC
    assert refusal_of(save("hour.flac", hour)) == "sound-too-long"


def test_a_text_that_calls_itself_mp3_is_refused_in_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # The decoder wrote three lines of its own before ours.
    file = tmp_path / "notes.mp3"
    file.write_text("Réunion du conseil, à 18 h.\n" * 200, "utf-8")
    with pytest.raises(RequestError) as refused:
        recording(file)
    assert refused.value.error_id == "recording-corrupt"
    assert capfd.readouterr() == ("", "")
