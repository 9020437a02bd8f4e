"""How a text is read aloud: what voices mis-speak, written out, by table.

Learnt by comparing what Pico says for both spellings: "12 h" came out as "douze
hache", "10 min" as "dix main", CCAS as "cas", "n° 3" as "ène degré trois".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import TypeAlias

Replacement: TypeAlias = str | Callable[[re.Match[str]], str]
Rule: TypeAlias = tuple[re.Pattern[str], Replacement]

_TO_SIXTEEN = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize "
    "quatorze quinze seize"
)
_LETTERS = (
    "B:bé C:cé D:dé F:effe G:gé H:hache J:ji K:ka L:elle M:emme N:ène P:pé "
    "Q:ku R:erre S:esse T:té V:vé W:double-vé X:ixe Z:zède"
)
FRENCH_TO_SIXTEEN = _TO_SIXTEEN.split()
FRENCH_TENS = ("vingt", "trente", "quarante", "cinquante", "soixante", "soixante")
FRENCH_LETTERS = dict(pair.split(":") for pair in _LETTERS.split())
FRENCH_HOURS = {"0": "zéro heure", "1": "une heure", "21": "vingt et une heures"}


def spoken_form(text: str, language: str) -> str:
    """Return the text as a voice should read it: one line, abbreviations written out.

    Idempotent for texts without abbreviations; an unknown language is only cleaned.
    """
    for pattern, replacement in (*EVERYWHERE, *BY_LANGUAGE.get(language, ())):
        text = pattern.sub(replacement, unicodedata.normalize("NFC", text))
    speakable = "".join(sign if _is_speakable(sign) else " " for sign in text)
    return " ".join(speakable.split())


def french_pair(digits: str) -> str:
    """Return two digits as they are said inside a French telephone number."""
    if digits[0] == "0":
        return f"zéro {FRENCH_TO_SIXTEEN[int(digits[1])]}"
    return _french_number(int(digits))


def _french_number(number: int) -> str:
    if number <= 16:
        return FRENCH_TO_SIXTEEN[number]
    if number < 20:
        return f"dix-{FRENCH_TO_SIXTEEN[number - 10]}"
    if number >= 80:
        return "quatre-vingt" + _after(number - 80, "-")
    ten = FRENCH_TENS[number // 10 - 2]
    rest = number - 60 if number >= 60 else number % 10
    return ten + _after(rest, " et " if rest in {1, 11} else "-")


def _after(rest: int, link: str) -> str:
    return f"{link}{_french_number(rest)}" if rest else ""


def _french_phone(match: re.Match[str]) -> str:
    digits = "0" + re.sub(r"\D", "", match["rest"])
    pairs = re.findall("..", digits)
    return ", ".join(french_pair(pair) for pair in pairs)


def _english_phone(match: re.Match[str]) -> str:
    digits = "0" + re.sub(r"\D", "", match["rest"])
    return ", ".join(" ".join(pair) for pair in re.findall("..", digits))


def _french_hour(match: re.Match[str]) -> str:
    hour = str(int(match["hour"]))
    minutes = (match["minutes"] or "").lstrip("0")
    said = FRENCH_HOURS.get(hour, f"{hour} heures")
    return f"{said} {minutes}".rstrip()


def _french_spelling(match: re.Match[str]) -> str:
    return " ".join(FRENCH_LETTERS[letter] for letter in match[0])


def _is_speakable(sign: str) -> bool:
    if sign in "<>":  # Pico would take them for markup
        return False
    return sign == "°" or unicodedata.category(sign) not in {
        "Cc",
        "Cf",
        "Cn",
        "Co",
        "Cs",
        "So",
        "Sk",
        "Zl",
        "Zp",
    }


def _rules(*table: tuple[str, Replacement]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), to) for pattern, to in table)


PHONE = (
    r"(?<![\d+])(?:(?:\+|00)33\s?(?:\(0\)\s?)?|0)"
    r"(?P<rest>[1-9](?:[\s.-]?\d\d){4})(?!\d)"
)
HOUR = (
    r"(?<![\d,.:])(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?[hH]\s?|:(?=[0-5]\d))(?P<minutes>[0-5]\d)?(?![\w:])"
)
EVERYWHERE = _rules(
    ("[\u00a0\u2007\u202f]", " "),
    ("’", "'"),
    (r"(?:…|\.{3,})\s*", ". "),
    (r"\s[–—-]\s", ", "),
    ('[«»“”"]', " "),
)
FRENCH = _rules(
    (PHONE, _french_phone),
    (HOUR, _french_hour),
    (r"(?<=\d)\s?[hH]\b", " heures"),
    (r"(?<=\d)\s?min\b", " minutes"),
    (r"(?<=\d)\s?km/h\b", " kilomètres heure"),
    (r"\b[nN](?:[°º]|os?\.)\s?(?=\d)|№\s?", "numéro "),
    (r"\b[tT][ée]l\b\.?", "téléphone"),
    (r"\b(?:[aA]v|AV)\.\s?(?=\w)", "avenue "),
    (r"\b(?:[bB]d|[bB]ld|BD)\b\.?", "boulevard"),
    (r"\bS(?:t|T)[. -]+(?=[A-ZÀ-Ý])", "saint "),
    (r"\bS(?:te|TE)[. -]+(?=[A-ZÀ-Ý])", "sainte "),
    (r"\bCCAS\b", "cé cé a esse"),
    (r"\bEDF\b", "e dé effe"),
    (r"\bEHPAD\b", "épade"),
    (r"\b(?!MM\b)[B-DF-HJ-NP-TV-XZ]{2,5}\b", _french_spelling),
)
ENGLISH = _rules((PHONE, _english_phone))
BY_LANGUAGE = {"fr": FRENCH, "en": ENGLISH}
