"""Which numbers a trunk may ring: an allow-list, ranges that cost, and no emergency.

A number is E.164, or short without a plus. What is refused here is refused by every
door: settings, import, duty list, trunk test, dispatch, and where the order leaves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from automaton.errors import RequestError

# France's list of emergency numbers (Arcep, decision 02-1179 as amended), the European
# 116 range, and those of other countries that networks lead to the same place.
_EMERGENCY = "15|17|18|11[02459]|116[0-9]{3}|19[167]|911|999"
_COUNTRY = "|".join(map(str, sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)))
EMERGENCY = rf"(?:(?:\+|00)(?:{_COUNTRY})?)?0{{0,2}}(?:{_EMERGENCY})"
"""Every writing of an emergency number: 112, 0112, +33112, 0033112, +330112, 00112."""
_IS_EMERGENCY = re.compile(EMERGENCY)
_PUNCTUATION = re.compile(r"[\s.()/\u2010-\u2015-]+")


@dataclass(frozen=True, slots=True)
class AllowList:
    """What one trunk may dial.

    The longest beginning decides: a range in `costly` is dialled only where `prefixes`
    names it, or a part of it. `countries` are regions such as FR or RE.
    """

    prefixes: tuple[str, ...] = ("+",)
    countries: tuple[str, ...] = ()
    short_numbers: tuple[str, ...] = ()
    costly: tuple[str, ...] = ()

    def names(self, number: str) -> bool:
        """Tell whether the trunk may dial the number; never an emergency number."""
        if is_emergency(number):
            return False
        if not number.startswith("+"):
            return number in self.short_numbers
        named, costs = _longest(self.prefixes, number), _longest(self.costly, number)
        if named or not self.countries:
            return named > 0 and named >= costs
        return not costs and country_of(number) in self.countries


def _longest(beginnings: tuple[str, ...], number: str) -> int:
    """Return how long the longest of these beginnings of a number is; 0: none is one.

    Half a million numbers are asked for at once, and few cost: the first look is cheap.
    """
    if not number.startswith(beginnings):
        return 0
    return max(len(one) for one in beginnings if number.startswith(one))


def is_emergency(number: str) -> bool:
    """Tell whether this is an emergency number, in whatever writing."""
    return _IS_EMERGENCY.fullmatch(_PUNCTUATION.sub("", number)) is not None


def refuse_emergency(written: str) -> None:
    """Raise `RequestError` for an emergency number."""
    if is_emergency(written):
        raise RequestError(
            f"« {written} » is an emergency number: the automaton never calls it.",
            error_id="emergency_number",
        )


@lru_cache(maxsize=4096)
def country_of(number: str) -> str:
    """Return the region of an E.164 number, "" where the plans know none."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""
