"""A message is read aloud; it is never an option, a file or a command of a voice."""

from __future__ import annotations

from pathlib import Path

import pytest

from automaton.voices.espeak import Espeak
from automaton.voices.voice import VoiceUnavailableError

SPY = '#!/bin/sh\necho "$@" > "$0.order"\ncat > "$0.text"\n'


@pytest.mark.parametrize(
    "text",
    ["-f /etc/hostname", "--path=/", "$(id)", "`id`", "a; id", "a\n-w /x", "| id"],
)
def test_no_text_becomes_an_option_or_a_command(tmp_path: Path, text: str) -> None:
    spy = tmp_path / "spy"
    spy.write_text(SPY)
    spy.chmod(0o700)
    with pytest.raises(VoiceUnavailableError):
        Espeak(str(spy)).render(text, "fr")
    assert (tmp_path / "spy.order").read_text().split() == [
        *("-v", "fr-fr", "-s", "150", "-b", "1", "--stdin", "--stdout")
    ]
    assert (tmp_path / "spy.text").read_text() == text


def test_no_text_becomes_phonemes(tmp_path: Path) -> None:
    # "[[h@'loU]]" was said as "hello".
    spy = tmp_path / "spy"
    spy.write_text(SPY)
    spy.chmod(0o700)
    with pytest.raises(VoiceUnavailableError):
        Espeak(str(spy)).render("avant [[h@'loU]] après", "fr")
    assert (tmp_path / "spy.text").read_text() == "avant  h@'loU]] après"
