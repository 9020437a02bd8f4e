"""How English is read aloud: what voices mis-speak, written out, by table.

Learnt as the French table: "18:00" came out as "eighteen hundred" or "eighteen zero
zero", "12 km" as "twelve K M", "Park Rd" as "Park R D", "12/03/2030" with its slashes.
"""

from __future__ import annotations

import re

from automaton.voices.rules import (
    DATE,
    DOTTED,
    FREE_PHONE,
    PHONE,
    SPELLED,
    Rule,
    joined,
    rules,
    units_after_digits,
)

_MONTHS = (
    "January February March April May June July August September October November "
    "December"
)
_KNOWN_ACRONYMS = "ARS CCAS EDF EHPAD EU RATP SOS UK USB"
MONTHS = _MONTHS.split()
NOON = 12
# A time without "am" and "pm": 18:30, 18h30. "2 h" is how long something lasts.
HOUR = (
    r"(?<![\d,.:])(?P<hour>[01]?\d|2[0-4])[:hH](?P<minutes>[0-5]\d)"
    r"(?![\w:])(?!\s?[ap]m\b)"
)
HALF = r"(?:(?P<half>[ap])m\b|(?P<dotted>[ap])\.m\.)"
UNITS = {
    "km/h": "kilometres an hour",
    "mph": "miles an hour",
    "m/s": "metres a second",
    "km²": "square kilometres",
    "m²": "square metres",
    "m2": "square metres",
    "m³": "cubic metres",
    "m3": "cubic metres",
    "km": "kilometres",
    "m": "metres",
    "cm": "centimetres",
    "mm": "millimetres",
    "kg": "kilograms",
    "g": "grams",
    "l": "litres",
    "ml": "millilitres",
    "kW": "kilowatts",
    "min": "minutes",
    "mins": "minutes",
    "h": "hours",
    "hrs": "hours",
    "s": "seconds",
    "°C": "degrees",
    "° C": "degrees",
    "°": "degrees",
    "%": "percent",
    "€": "euros",
    "£": "pounds",
}


def _phone(match: re.Match[str]) -> str:
    digits = "0" + re.sub(r"\D", "", match["rest"])
    return ", ".join(" ".join(pair) for pair in re.findall("..", digits))


def _free_phone(match: re.Match[str]) -> str:
    groups = re.sub(r"\D", "", match["groups"])
    parts = (f"0{match['hundred']}", groups[:3], groups[3:])
    return ", ".join(" ".join(part) for part in parts)


def _hour(match: re.Match[str]) -> str:
    """Return an hour by the clock of twelve, as it is said."""
    hour, minutes = int(match["hour"]), match["minutes"]
    if hour in {0, 24}:
        return "midnight" if minutes == "00" else f"12:{minutes} am"
    half = "pm" if hour >= NOON else "am"
    told = str(hour - NOON if hour > NOON else hour)
    return f"{told} {half}" if minutes == "00" else f"{told}:{minutes} {half}"


def _half_day(match: re.Match[str]) -> str:
    """Return an hour that says which half of the day it means."""
    half = f"{match['half'] or match['dotted']}m"
    if match["minutes"] in {None, "00"}:
        return f"{match['hour']} {half}"
    return f"{match['hour']}:{match['minutes']} {half}"


def _date(match: re.Match[str]) -> str:
    month = MONTHS[int(match["month"]) - 1]
    return f"{int(match['day'])} {month} {match['year']}"


def _spelled(match: re.Match[str]) -> str:
    return " ".join(letter for letter in match[0] if letter.isalpha())


NUMBERS = rules(
    (PHONE, _phone),
    (FREE_PHONE, _free_phone),
    (DATE, _date),
    (rf"\b(?P<hour>\d\d?)(?:[.:](?P<minutes>[0-5]\d))?\s?{HALF}", _half_day),
    (HOUR, _hour),
    (r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])", joined),
    (r"(?<!\d )(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d.,]| \d)", joined),
    (r"([€£])\s?(\d+(?:\.\d+)?)", r"\2 \1"),
    (r"(?<![\w.,-])-(?=\d)", "minus "),
    (r"(?<![\d-])(\d{1,4})-(?=\d{1,4}(?![\d-]))", r"\1 to "),
    units_after_digits(UNITS),
    (r"\b[nN](?:o\.|[°º])\s?(?=\d)|№\s?", "number "),
)
ABBREVIATIONS = rules(
    (r"\bRd\b\.?", "Road"),
    (r"\bAve?\.(?=[\s,])|\bAve\b", "Avenue"),
    (r"\bBlvd\b\.?|\b[bB]d\b\.?", "boulevard"),
    (r"\bSt\.? (?=[A-ZÀ-Ý])", "Saint "),
    (r"(?<=[a-z] )St\b\.?", "Street"),
    (r"\bDr\.? (?=[A-Z])", "Doctor "),
    (r"\bMr\.? (?=[A-Z])", "Mister "),
    (r"\bMrs\.? (?=[A-Z])", "Missus "),
    (r"\b[aA]pt\b\.?", "apartment"),
    (r"\b[tT]el\b\.?", "telephone"),
    (r"\be\.g\.", "for example"),
    (r"\bi\.e\.", "that is"),
    (r"\betc\b\.?", "et cetera"),
    (r"(?<=\w)@(?=\w)", " at "),
    (r"\bwww\.", "w w w dot "),
    (r"(?<=\w)\.(?=(?:fr|com|org|net|eu|gov|uk)\b)", " dot "),
    (r"\s?&\s?", " and "),
    ("#", " hash "),
    (r"\*", " star "),
    (DOTTED, _spelled),
    (rf"\b(?:{'|'.join(_KNOWN_ACRONYMS.split())})\b", _spelled),
    (SPELLED, _spelled),
)
ENGLISH: tuple[Rule, ...] = (*NUMBERS, *ABBREVIATIONS)
