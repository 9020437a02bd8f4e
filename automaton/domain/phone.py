"""Telephone numbers: one form inside (E.164), the trunk's own form at the edge."""

from __future__ import annotations

import re
from collections.abc import Sequence

import phonenumbers

from automaton.errors import RequestError

E164 = re.compile(r"\+[1-9][0-9]{5,14}")

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


def region_of(code: str | None, default: str = "FR") -> str:
    """Return the numbering region of a French postal or INSEE code."""
    return OVERSEAS.get((code or "").strip()[:3], default)


def to_e164(written: str, region: str) -> str:
    """Return a number as people write it in E.164; `RequestError` says what is wrong.

    A possible number is taken even where the plan does not list it as assigned: the
    numbers kept for fiction, and new ranges, are such.
    """
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException as error:
        raise _bad(written) from error
    if not phonenumbers.is_possible_number(number):
        raise _bad(written)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _bad(written: str) -> RequestError:
    return RequestError(
        f"« {written} » is not a telephone number that can be called.",
        error_id="bad_number",
    )


def is_e164(number: str) -> bool:
    """Tell whether a number has the form in which we keep it."""
    return E164.fullmatch(number) is not None


def may_dial(number: str, prefixes: Sequence[str]) -> bool:
    """Tell whether a trunk with these E.164 prefixes may dial the number."""
    return any(number.startswith(prefix) for prefix in prefixes)


def written_for(number: str, form: str) -> str:
    """Return an E.164 number as a trunk wants it: `e164`, `00` or `national`."""
    if form == "00":
        return "00" + number[1:]
    if form == "national":
        return _national(number)
    return number


def _national(number: str) -> str:
    """Return a number as dialled inside its own country (France: 0 and nine digits)."""
    parsed = phonenumbers.parse(number, None)
    region = phonenumbers.region_code_for_number(parsed)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region or "FR")
    prefix = metadata.national_prefix if metadata is not None else None
    return f"{prefix or ''}{phonenumbers.national_significant_number(parsed)}"


def masked(number: str) -> str:
    """Return a number fit for logs: +33 1 •• •• •• 23."""
    if len(number) < 6:
        return "••"
    return f"{number[:3]} {number[3]} •• •• •• {number[-2:]}"
