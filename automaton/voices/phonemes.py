"""How a text sounds, in the signs that Kokoro was taught: IPA by espeak-ng, mended.

espeak-ng drops the punctuation, by which Kokoro breathes: each stretch between two
marks is asked for alone, and the marks are put back. The American table says what
misaki says, by which Kokoro was taught English (github.com/hexgrad/misaki).
"""

from __future__ import annotations

import re
import subprocess
import textwrap

from automaton.voices.voice import VoiceUnavailableError

LONGEST = 500  # signs in one breath; the model takes 510
DEADLINE = 10.0
VARIANTS = {"fr": "fr-fr", "en": "en-us"}
TIE = "^"
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_MARK = re.compile(r"([,;:.!?…]+)(?=\s|$)")
_NOTE = re.compile(r"\([^()\s]*\)")  # "(en)" before a word of another language
_MISTAKEN_FOR_ORDERS = dict.fromkeys(map(ord, "[]<>{}|_^@#~\\"), " ")
_SYLLABIC = re.compile("(\\S)\u0329")
_ENGLISH = (
    ("ʔˌn\u0329", "tᵊn"),
    ("ʔn\u0329", "tᵊn"),
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("o^ʊ", "O"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
    ("ə^l", "ᵊl"),
    ("ɜːɹ", "ɜɹ"),
    ("ɜː", "ɜɹ"),
    ("ɪə", "iə"),
    ("ɚ", "əɹ"),
    ("e", "A"),
    ("o", "ɔ"),
    ("r", "ɹ"),
    ("ç", "k"),
    ("x", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("ʔ", "t"),
    ("ʲ", ""),
    ("ː", ""),
    ("\u0303", ""),
)
_FRENCH = (("t^ʃ", "ʧ"), ("d^ʒ", "ʤ"), ("-", ""))
_MENDED = {"fr": _FRENCH, "en": _ENGLISH}


def breaths(text: str, language: str, command: str = "espeak-ng") -> list[str]:
    """Return the sentences of a text as Kokoro reads them, none over `LONGEST` signs.

    Raises `VoiceUnavailableError` where espeak-ng is missing or fails.
    """
    plain = text.translate(_MISTAKEN_FOR_ORDERS)
    plain = "".join(sign if sign.isprintable() else " " for sign in plain)
    found = []
    for sentence in _SENTENCE_END.split(plain):
        sounds = _sentence(sentence, language, command)
        found += textwrap.wrap(sounds, LONGEST, break_on_hyphens=False)
    return found


def _sentence(sentence: str, language: str, command: str) -> str:
    """Return one sentence with its marks; it ends with one."""
    pieces = [*_MARK.split(sentence), ""]
    sounds = ""
    for stretch, mark in zip(pieces[::2], pieces[1::2], strict=True):
        if any(sign.isalnum() for sign in stretch):
            sounds += f" {_spoken(stretch, language, command)}{mark[:1]}"
    return sounds.strip() + ("" if not sounds or sounds[-1] in ",;:.!?…" else ".")


def _spoken(stretch: str, language: str, command: str) -> str:
    sounds = _NOTE.sub("", _asked(stretch, language, command).replace("(^", "("))
    for old, new in _MENDED[language]:
        sounds = sounds.replace(old, new)
    sounds = _SYLLABIC.sub(r"ᵊ\1", sounds).replace(TIE, "")
    return " ".join(sounds.split())


def _asked(stretch: str, language: str, command: str) -> str:
    order = [command, "-q", "--ipa", f"--tie={TIE}", "-v", VARIANTS[language]]
    try:
        done = subprocess.run(
            [*order, "-b", "1", "--stdin"],
            input=stretch.encode(),
            capture_output=True,
            timeout=DEADLINE,
            check=True,
        )
    except FileNotFoundError as error:
        reason = f"the command {command} is not installed"
        raise VoiceUnavailableError("kokoro", reason) from error
    except (OSError, subprocess.SubprocessError) as error:
        reason = f"{command} gave no phonemes"
        raise VoiceUnavailableError("kokoro", reason) from error
    return done.stdout.decode()
