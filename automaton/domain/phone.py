"""Telephone numbers: one form inside (E.164), the trunk's own form at the edge."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import CountryCodeSource, PhoneNumber

from automaton.domain.dialling import refuse_emergency
from automaton.errors import RequestError

# Postal and INSEE codes of the overseas departments, to their numbering regions:
# 0596 parsed as metropolitan would become a wrongly valid number.
OVERSEAS = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "975": "PM",
    "976": "YT",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}

# Metropolitan France and five departments share one plan of 0 and nine digits: what
# follows the 0 tells the country code (8 and 9 do not; 0639 98, kept for fiction, is
# metropolitan inside Mayotte's 0639).
METROPOLE = 33
DEPARTMENTS = {
    262: ("262", "263", "269", "639", "692", "693", "7092", "70935", "70936", "70937"),
    590: ("590", "690", "691", "7090"),
    594: ("594", "694", "70930", "70931", "70932", "70933"),
    596: ("596", "696", "697", "7091"),
}
_DEPARTMENT_OF = {start: code for code, own in DEPARTMENTS.items() for start in own}
OVERSEAS_START = re.compile(rf"(?!63998)({'|'.join(_DEPARTMENT_OF)})")
_METROPOLITAN = re.compile(r"(?:[1-6]|7[1-9])\d+")
_NATIONAL = re.compile(r"\+(?:33|262|590|594|596)(\d{9})")
SHORTEST_MASKED = 10


def is_region(name: str) -> bool:
    """Tell whether a country or territory has a known way of writing numbers."""
    return name in phonenumbers.SUPPORTED_REGIONS


def exchange_of(e164: str) -> str:
    """Return the block of ten thousand numbers in which an exchange has this one."""
    return e164[:-4]


def region_of(code: str | None, default: str = "FR") -> str:
    """Return the numbering region of a French postal or INSEE code."""
    return OVERSEAS.get((code or "").strip()[:3], default)


def to_e164(written: str, region: str) -> str:
    """Return a number as people write it in E.164; `RequestError` says what is wrong.

    An emergency number is refused in whatever writing. A possible number is taken even
    where the plan does not list it as assigned: the numbers kept for fiction, and new
    ranges, are such. What is written in any part of France without its country, and
    begins like another part, is a number of that.
    """
    refuse_emergency(written)
    try:
        number = phonenumbers.parse(written, region, keep_raw_input=True)
    except phonenumbers.NumberParseException as error:
        raise _bad(written) from error
    if not phonenumbers.is_possible_number(number):
        raise _bad(written)
    if number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY:
        number = _at_home(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def caller_number(written: str | None, region: str) -> str | None:
    """Return the number that a network tells of a caller in E.164; None for none.

    Many write the country without a sign before it: 33199000001.
    """
    for form in () if written is None else (written, f"+{written}"):
        try:
            return to_e164(form, region)
        except RequestError:
            continue
    return None


def _at_home(number: PhoneNumber) -> PhoneNumber:
    """Return a number of the French plan with the country code of its own part."""
    code = number.country_code
    if code != METROPOLE and code not in DEPARTMENTS:
        return number
    digits = phonenumbers.national_significant_number(number)
    if start := OVERSEAS_START.match(digits):
        code = _DEPARTMENT_OF[start[1]]
    elif _METROPOLITAN.fullmatch(digits):
        code = METROPOLE
    return PhoneNumber(code, number.national_number)


def _bad(written: str) -> RequestError:
    return RequestError(
        f"« {written} » is not a telephone number that can be called.",
        error_id="bad_number",
    )


def written_for(number: str, form: str) -> str:
    """Return an E.164 number as a trunk wants it: `e164`, `00` or `national`.

    `national` is the French plan; a number outside it keeps its country, after 00.
    A short number such as 3117 has one form only.
    """
    if form == "e164" or not number.startswith("+"):
        return number
    at_home = _NATIONAL.fullmatch(number) if form == "national" else None
    return f"0{at_home[1]}" if at_home else f"00{number[1:]}"


_NUMBERS = re.compile(
    r"(?<![\w.+])(?:\+[1-9]\d{7,14}|00[1-9]\d{7,14}|0[1-9]\d{8})(?!\w)"
)


def without_numbers(text: str) -> str:
    """Return a text fit for logs: every telephone number in it is masked."""
    return _NUMBERS.sub(lambda found: masked(found[0]), text)


def masked(number: str) -> str:
    """Return a number fit for logs: +33 1 •• •• •• 23."""
    if len(number) < SHORTEST_MASKED:
        return "••"
    return f"{number[:3]} {number[3]} •• •• •• {number[-2:]}"
