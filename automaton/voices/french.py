"""How French is read aloud: what voices mis-speak, written out, by table.

Learnt by comparing what Pico and espeak-ng say for both spellings: "12 h" came out as
"douze hache", "10 min" as "dix main", CCAS as "cas", "n° 3" as "ène degré trois",
"2e" as "deux e", "12/03" as "douze zéro trois", "pl." as "pé elle".
"""

from __future__ import annotations

import re

from automaton.voices.rules import (
    DATE,
    DAY,
    DOTTED,
    FREE_PHONE,
    HOUR,
    PHONE,
    SPELLED,
    Rule,
    joined,
    rules,
    units_after_digits,
)

_TO_SIXTEEN = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize "
    "quatorze quinze seize"
)
_LETTERS = (
    "A:a B:bé C:cé D:dé E:e F:effe G:gé H:hache I:i J:ji K:ka L:elle M:emme N:ène "
    "O:o P:pé Q:ku R:erre S:esse T:té U:u V:vé W:double-vé X:ixe Y:i-grec Z:zède"
)
_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre "
    "décembre"
)
# With vowels, only what is known is spelled: a sentence in capitals is no acronym.
_KNOWN_ACRONYMS = (
    "APA ARS CCAS CHU CIAS CODIS EDF EPCI ERP IGN IRM ONF RATP RER SOS TER UE USB ZA "
    "ZAC ZI"
)
_COUNTED = r"\d|[%€°]|k?m\b|personnes|habitants|foyers"  # no short number then
TO_SIXTEEN = _TO_SIXTEEN.split()
TENS = ("vingt", "trente", "quarante", "cinquante", "soixante", "soixante")
LETTERS = dict(pair.split(":") for pair in _LETTERS.split())
MONTHS = _MONTHS.split()
HOURS = {"0": "zéro heure", "1": "une heure", "21": "vingt et une heures"}
UNITS = {
    "km/h": "kilomètres heure",
    "m/s": "mètres par seconde",
    "m³/s": "mètres cubes par seconde",
    "m3/s": "mètres cubes par seconde",
    "km²": "kilomètres carrés",
    "km2": "kilomètres carrés",
    "m²": "mètres carrés",
    "m2": "mètres carrés",
    "m³": "mètres cubes",
    "m3": "mètres cubes",
    "km": "kilomètres",
    "m": "mètres",
    "cm": "centimètres",
    "mm": "millimètres",
    "kg": "kilogrammes",
    "g": "grammes",
    "ha": "hectares",
    "l": "litres",
    "L": "litres",
    "ml": "millilitres",
    "kW": "kilowatts",
    "kWh": "kilowattheures",
    "hPa": "hectopascals",
    "min": "minutes",
    "mn": "minutes",
    "s": "secondes",
    "j": "jours",
    "°C": "degrés",
    "° C": "degrés",
    "°": "degrés",
    "%": "pour cent",
    "€": "euros",
}


def pair(digits: str) -> str:
    """Return two digits as they are said inside a French telephone number."""
    if digits[0] == "0":
        return f"zéro {TO_SIXTEEN[int(digits[1])]}"
    return number(int(digits))


def number(value: int) -> str:
    """Return a number below a hundred in words."""
    if value <= 16:
        return TO_SIXTEEN[value]
    if value < 20:
        return f"dix-{TO_SIXTEEN[value - 10]}"
    if value >= 80:
        return "quatre-vingt" + _after(value - 80, "-")
    ten = TENS[value // 10 - 2]
    rest = value - 60 if value >= 60 else value % 10
    return ten + _after(rest, " et " if rest in {1, 11} else "-")


def ordinal(value: int) -> str:
    """Return a number from two to ninety-nine as an ordinal."""
    words = number(value)
    if words.endswith("cinq"):
        return f"{words}uième"
    if words.endswith("neuf"):
        return f"{words.removesuffix('f')}vième"
    return f"{words.removesuffix('e')}ième"


def _after(rest: int, link: str) -> str:
    return f"{link}{number(rest)}" if rest else ""


def _phone(match: re.Match[str]) -> str:
    digits = "0" + re.sub(r"\D", "", match["rest"])
    return ", ".join(map(pair, re.findall("..", digits)))


def _free_phone(match: re.Match[str]) -> str:
    groups = re.sub(r"\D", "", match["groups"])
    return f"zéro {match['hundred']}, {groups[:3]}, {groups[3:]}"


def _hour(match: re.Match[str]) -> str:
    hour = str(int(match["hour"]))
    minutes = (match["minutes"] or "").lstrip("0")
    said = HOURS.get(hour, f"{hour} heures")
    return f"{said} {minutes}".rstrip()


def _date(match: re.Match[str]) -> str:
    day, month = int(match["day"]), MONTHS[int(match["month"]) - 1]
    said = "premier" if day == 1 else str(day)
    return f"{said} {month} {match['year']}".rstrip()


def _decimal(match: re.Match[str]) -> str:
    rest = match["rest"].lstrip("0")
    zeros = ["zéro"] * (len(match["rest"]) - len(rest))
    said = ("virgule", *zeros, rest) if rest else ()
    return " ".join([match["whole"], *said])


def _spelled(match: re.Match[str]) -> str:
    """Return the names of letters; a full stop stays where a sentence follows."""
    return " ".join(LETTERS[letter] for letter in match[0] if letter.isalpha())


NUMBERS = rules(
    (PHONE, _phone),
    (FREE_PHONE, _free_phone),
    (rf"\b([Ll]e|[Aa]u) (3\d)(\d\d)\b(?! ?(?:{_COUNTED}))", r"\1 \2 \3"),
    (DATE, _date),
    (rf"(?<=\b[LlDdAa][eu] ){DAY}/(?P<month>0[1-9]|1[0-2])(?P<year>)\b", _date),
    (r"(?<=\d)(\s?[hH]\s?(?:[0-5]\d)?)\s?-\s?(?=\d)", r"\1 à "),
    (HOUR, _hour),
    (r"(?<=\d)\s?[hH]\b", " heures"),
    (r"(?<!\d )(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d.]| \d)", joined),
    (r"(?<![\d,.])(\d+),(\d\d)\s?€", r"\1 euros \2"),
    (r"(?<![\d,.])(?P<whole>\d+),(?P<rest>\d+)(?![\d,])", _decimal),
    (r"(?<![\w.,-])-(?=\d)", "moins "),
    (r"(?<![\d-])(\d{1,4})-(?=\d{1,4}(?![\d-]))", r"\1 à "),
    units_after_digits(UNITS),
    (r"\b1er\b", "premier"),
    (r"\b1(?:re|ère)\b", "première"),
    (r"\b([2-9]|[1-9]\d)(?:e|è|ème|eme)\b", lambda found: ordinal(int(found[1]))),
    (r"\b[nN](?:[°º]|os?\.)\s?(?=\d)|№\s?", "numéro "),
)
ABBREVIATIONS = rules(
    (r"\b[tT][ée]l\b\.?", "téléphone"),
    (r"\b(?:[aA]v|AV)\.\s?(?=\w)", "avenue "),
    (r"\b(?:[bB]d|[bB]ld|BD)\b\.?", "boulevard"),
    (r"\b[pP]l\.\s?(?=\w)", "place "),
    (r"\b[iI]mp\.\s?(?=\w)", "impasse "),
    (r"\b[aA]ll\.\s?(?=\w)", "allée "),
    (r"\b[cC]h(?:em)?\.\s?(?=\w)", "chemin "),
    (r"\b[rR]te\b\.?", "route"),
    (r"\b[fF](?:b)?g\b\.?", "faubourg"),
    (r"\b[bB]ât\.\s?(?=\w)", "bâtiment "),
    (r"\b[rR][ée]s\.\s?(?=\w)", "résidence "),
    (r"\b[aA]pp?t\b\.?", "appartement"),
    (r"\bRDC\b", "rez-de-chaussée"),
    (r"\bS(?:t|T)[. -]+(?=[A-ZÀ-Ý])", "saint "),
    (r"\bS(?:te|TE)[. -]+(?=[A-ZÀ-Ý])", "sainte "),
    (r"\bM\. (?=[A-ZÀ-Ý])", "monsieur "),
    (r"\bMM\. (?=[A-ZÀ-Ý])", "messieurs "),
    (r"\bMme\b\.?", "madame"),
    (r"\bMmes\b\.?", "mesdames"),
    (r"\bMlle\b\.?", "mademoiselle"),
    (r"\bDr\.? (?=[A-ZÀ-Ý])", "docteur "),
    (r"\benv\.", "environ"),
    (r"\betc\b\.?", "et cétéra"),
    (r"\bwww\.", "trois double-vé point "),
    (r"(?<=\w)@(?=\w)", " arobase "),
    (r"(?<=\w)\.(?=(?:fr|com|org|net|eu|gouv|alsace|bzh)\b)", " point "),
    (r"\s?&\s?", " et "),
    ("#", " dièse "),
    (r"\*", " étoile "),
    (r"\bEHPAD\b", "épade"),
    (DOTTED, _spelled),
    (rf"\b(?:{'|'.join(_KNOWN_ACRONYMS.split())})\b", _spelled),
    (SPELLED, _spelled),
)
FRENCH: tuple[Rule, ...] = (*NUMBERS, *ABBREVIATIONS)
