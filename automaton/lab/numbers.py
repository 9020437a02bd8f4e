"""Numbers kept for fiction, and the ways in which people write them.

Source: the ranges that the French regulator keeps for works of fiction. Nobody can be
rung by mistake under them.
"""

from __future__ import annotations

import re

LANDLINES = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649")
MOBILES = ("+3363998",)
PER_RANGE = 10_000


def landline(index: int) -> str:
    """Return the landline of that index, 0 to 49,999, in E.164."""
    return _at(LANDLINES, index)


def mobile(index: int) -> str:
    """Return the mobile of that index, 0 to 9,999, in E.164."""
    return _at(MOBILES, index)


def is_fiction(number: str) -> bool:
    """Tell whether an E.164 number lies in the ranges kept for fiction."""
    return len(number) == 12 and number.startswith(LANDLINES + MOBILES)


def as_dialled(user: str) -> str:
    """Return in E.164 what a trunk dialled: +33…, 0033…, 33… or 0…; else as it came."""
    digits = re.sub(r"[^0-9+]", "", user)
    for prefix, length in (("+33", 12), ("0033", 13), ("33", 11), ("0", 10)):
        if digits.startswith(prefix) and len(digits) == length:
            return "+33" + digits[len(prefix) :]
    return digits


def as_written(number: str, style: int) -> str:
    """Return a French E.164 number as people write it, in one of four styles."""
    national = "0" + number[3:]
    pairs = [national[i : i + 2] for i in range(0, 10, 2)]
    return (" ".join(pairs), number, ".".join(pairs), national)[style % 4]


def _at(ranges: tuple[str, ...], index: int) -> str:
    block, rest = divmod(index, PER_RANGE)
    return f"{ranges[block]}{rest:04d}"
