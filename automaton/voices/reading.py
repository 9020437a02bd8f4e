"""How a text is read aloud: written out by the tables of its language, on one line.

Nothing in it is an order to a voice: markup, phonemes and entities are taken out.
"""

from __future__ import annotations

import unicodedata

from automaton.voices.english import ENGLISH
from automaton.voices.french import FRENCH
from automaton.voices.rules import EVERYWHERE

BY_LANGUAGE = {"fr": FRENCH, "en": ENGLISH}
SILENT = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "So", "Sk", "Zl", "Zp"})


def spoken_form(text: str, language: str) -> str:
    """Return the text as a voice should read it: one line, abbreviations written out.

    Idempotent for texts without abbreviations; an unknown language is only cleaned.
    """
    text = unicodedata.normalize("NFC", text).strip()
    for pattern, replacement in (*EVERYWHERE, *BY_LANGUAGE.get(language, ())):
        text = pattern.sub(replacement, text)
    speakable = "".join(sign if _is_speakable(sign) else " " for sign in text)
    return " ".join(speakable.split())


def _is_speakable(sign: str) -> bool:
    if sign in "<>":  # Pico would take them for markup
        return False
    return sign == "°" or unicodedata.category(sign) not in SILENT
