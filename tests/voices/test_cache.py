import os
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import soundfile

from automaton.errors import RequestError
from automaton.voices import cache as cache_module
from automaton.voices.cache import (
    PASSING,
    PromptCache,
    PromptId,
    unsaid,
    write_whole,
)
from automaton.voices.levels import loudness
from automaton.voices.voice import Sound

RACER = """
import sys
from pathlib import Path
from automaton.voices.cache import PromptCache
from automaton.voices.pico import Pico

class Logged(Pico):
    def render(self, text, language):
        with open(sys.argv[2], "a") as log:
            log.write("rendered\\n")
        return super().render(text, language)

print("ready", flush=True)
sys.stdin.readline()
print(PromptCache(Path(sys.argv[1])).render_text("Bonjour. " * 30, "fr", Logged()))
"""


def files_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith(".lock"))


def test_a_text_is_rendered_once_under_an_id_of_32_hex_digits(cache, counting):
    first = cache.render_text("Montez à l'étage.", "fr", counting)
    assert cache.render_text("Montez à l'étage.", "fr", counting) == first
    assert len(counting.asked) == 1
    assert len(bytes.fromhex(first)) == 16
    assert files_in(cache.folder) == [f"{first}.alaw"]


def test_the_voice_gets_the_text_as_it_is_read_aloud(cache, counting):
    cache.render_text("  À 18 h,\n montez. ", "fr", counting)
    assert counting.asked == [("À 18 heures, montez.", "fr")]


def test_another_text_language_voice_or_processing_is_another_prompt(
    cache, counting, monkeypatch
):
    other = type("Other", (type(counting),), {"name": "other"})()
    ids = [
        cache.render_text("Bonjour", "fr", counting),
        cache.render_text("Bonsoir", "fr", counting),
        cache.render_text("Bonjour", "en", counting),
        cache.render_text("Bonjour", "fr", other),
    ]
    monkeypatch.setattr(cache_module, "PROCESSING_VERSION", 99)
    ids.append(cache.render_text("Bonjour", "fr", counting))
    assert len(set(ids)) == 5


def test_a_recording_is_converted_once_whatever_its_name(cache, save, speech):
    path = save("a.wav", speech)
    first = cache.render_recording(path)
    kept_at = cache.path(first).stat().st_mtime_ns
    renamed = path.rename(path.with_name("b.wav"))
    assert cache.render_recording(renamed) == first
    assert cache.path(first).stat().st_mtime_ns == kept_at


def test_the_duration_and_the_preview_are_what_the_telephone_plays(
    cache, save, speech, tmp_path
):
    prompt = cache.render_recording(save("a.ogg", speech))
    heard, rate = soundfile.read(_previewed(cache, prompt, tmp_path), dtype="float32")
    assert rate == 8_000
    assert cache.duration(prompt) == timedelta(seconds=len(heard) / 8_000)
    assert loudness(Sound(heard, rate)) == pytest.approx(-20, abs=1)
    raw, _ = soundfile.read(
        cache.path(prompt),
        samplerate=8_000,
        channels=1,
        format="RAW",
        subtype="ALAW",
        dtype="float32",
    )
    assert np.array_equal(heard, raw)


def _previewed(cache: PromptCache, prompt: PromptId, folder: Path) -> Path:
    cache.preview(prompt, folder / "preview.wav")
    return folder / "preview.wav"


def test_threads_that_ask_at_once_render_once(cache, counting):
    with ThreadPoolExecutor(8) as threads:
        ids = set(
            threads.map(
                lambda _: cache.render_text("Bonjour", "fr", counting), range(32)
            )
        )
    assert (len(ids), len(counting.asked)) == (1, 1)


def test_two_processes_that_ask_at_once_render_once(tmp_path):
    log = tmp_path / "log"
    order = [sys.executable, "-c", RACER, tmp_path / "prompts", log]
    racers = [
        subprocess.Popen(
            order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    ids = {racer.communicate(timeout=60)[0].strip() for racer in racers}
    assert log.read_text() == "rendered\n"
    assert files_in(tmp_path / "prompts") == [f"{ids.pop()}.alaw"]
    assert not ids


def test_nobody_waits_for_another_prompt_to_be_rendered(cache, counting):
    # Prompts shared sixteen locks: a call waited for a heavy voice that read another.
    begun, may_end = Event(), Event()

    class Slow(type(counting)):
        name = "slow"

        def render(self, text, language):
            begun.set()
            may_end.wait(60)
            return super().render(text, language)

    with ThreadPoolExecutor(2) as threads:
        heavy = threads.submit(cache.render_text, "Un long discours", "fr", Slow())
        assert begun.wait(30)
        try:
            for number in range(64):
                text = f"Foyer {number}"
                asked = threads.submit(cache.render_text, text, "fr", counting)
                assert cache.path(asked.result(10)).is_file()
            assert not heavy.done()
        finally:
            may_end.set()


@pytest.mark.parametrize("text", ["", "  \n", "… !", "\U0001f600"])
def test_an_empty_text_is_refused(text, cache, counting):
    with pytest.raises(RequestError) as refusal:
        cache.render_text(text, "fr", counting)
    assert refusal.value.error_id == "text-empty"


def test_a_text_of_more_than_6000_characters_is_refused(cache, counting):
    with pytest.raises(RequestError) as refusal:
        cache.render_text("mot " * 1_501, "fr", counting)
    assert (refusal.value.error_id, counting.asked) == ("text-too-long", [])


def test_a_refused_sound_leaves_nothing_behind(cache, save):
    silent = save("a.wav", Sound(np.zeros(8_000, np.float32), 8_000))
    with pytest.raises(RequestError):
        cache.render_recording(silent)
    assert files_in(cache.folder) == []


def test_an_unknown_prompt_is_refused(cache, tmp_path):
    for ask in (
        cache.duration,
        lambda prompt: cache.preview(prompt, tmp_path / "a.wav"),
    ):
        with pytest.raises(RequestError, match="There is no prompt 00"):
            ask(PromptId("00"))


def test_a_file_that_cannot_be_put_in_place_leaves_no_piece(tmp_path):
    (tmp_path / "taken" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "taken", b"content")
    assert files_in(tmp_path) == ["taken"]


def test_prompts_are_readable_by_asterisk(cache, counting):
    prompt = cache.render_text("Bonjour", "fr", counting)
    assert cache.path(prompt).stat().st_mode & 0o777 == 0o644


def test_what_voices_have_said_of_a_text_is_forgotten(cache, counting):
    gone = cache.render_text("Odile Vasseur", "fr", counting)
    kept = cache.render_text("Odile Vasseur", "en", counting)
    cache.forget_text("Odile  Vasseur", "fr", ["pico", counting.name])
    assert not cache.path(gone).exists()
    assert cache.path(kept).exists()


def test_a_prompt_that_a_power_cut_emptied_is_rendered_anew(tmp_path, counting):
    cache = PromptCache(tmp_path, durable=False)
    prompt = cache.render_text("Odile", "fr", counting)
    cache.path(prompt).write_bytes(b"")
    assert cache.render_text("Odile", "fr", counting) == prompt
    assert cache.path(prompt).stat().st_size > 0
    assert len(counting.asked) == 2


def test_what_passes_counts_as_said_whenever_it_is_asked_for(tmp_path, counting):
    passing, kept = PromptCache(tmp_path, shelf=PASSING), PromptCache(tmp_path)
    old, new = (passing.render_text(name, "fr", counting) for name in ("Odile", "Inès"))
    message = kept.render_text("Odile", "fr", counting)
    for prompt in (old, new, message):
        os.utime(passing.path(prompt), (0, 0))
    assert passing.render_text("Inès", "fr", counting) == new
    since = datetime.now(UTC) - timedelta(days=1)
    assert list(unsaid(tmp_path, {PASSING: since})) == [old]
    assert len(counting.asked) == 3


def test_a_look_through_a_large_folder_holds_none_of_it(tmp_path):
    # 20,000 sounds were 5.6 MB, half a million 140 MB, and that at the start.
    for number in range(5_000):
        (tmp_path / f"{number:032x}.alaw").touch()
    since = {PASSING: datetime.now(UTC)}
    tracemalloc.start()
    try:
        assert list(unsaid(tmp_path, since)) == []
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 100_000


def test_a_folder_that_is_not_there_yet_holds_nothing(tmp_path):
    assert list(unsaid(tmp_path / "none", {PASSING: datetime.now(UTC)})) == []


def test_what_passed_meanwhile_is_rendered_anew(tmp_path, counting, monkeypatch):
    passing, touch = PromptCache(tmp_path, shelf=PASSING), os.utime
    prompt = passing.render_text("Odile", "fr", counting)

    def deleted_before(path: Path) -> None:
        path.unlink()
        touch(path)

    monkeypatch.setattr(os, "utime", deleted_before)
    assert passing.render_text("Odile", "fr", counting) == prompt
    assert passing.path(prompt).is_file()
