"""What the rules of reading have in common: their form, and patterns of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Replacement: TypeAlias = str | Callable[[re.Match[str]], str]
Rule: TypeAlias = tuple[re.Pattern[str], Replacement]

PHONE = (
    r"(?<![\d+])(?:(?:\+|00)33\s?(?:\(0\)\s?)?|0)"
    r"(?P<rest>[1-9](?:[\s.-]?\d\d){4})(?!\d)"
)
FREE_PHONE = (
    r"(?<![\d+])0\s?(?P<hundred>8\d\d)(?P<groups>(?:[\s.]?\d{3}){2})(?![\s.]?\d)"
)
HOUR = (
    r"(?<![\d,.:])(?P<hour>[01]?\d|2[0-4])"
    r"(?:\s?[hH]\s?|:(?=[0-5]\d))(?P<minutes>[0-5]\d)?(?![\w:])"
)
DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
DATE = (
    rf"(?<![\d/.]){DAY}[/.](?P<month>0?[1-9]|1[0-2])"
    r"[/.](?P<year>(?:19|20)\d\d)(?!\d)"
)
SPELLED = r"\b(?!MM\b)[B-DF-HJ-NP-TV-XZ]{2,5}\b"
"""Capitals without a vowel: no word is written so, unless it is a Roman number."""
DOTTED = r"\b(?:[A-Z]\.){2,}"


def rules(*table: tuple[str, Replacement]) -> tuple[Rule, ...]:
    """Return a table of patterns and what is said for them, made ready."""
    return tuple((re.compile(pattern), said) for pattern, said in table)


def joined(match: re.Match[str]) -> str:
    """Return a number without what parts its thousands."""
    return re.sub(r"\D", "", match[0])


def units_after_digits(units: dict[str, str]) -> tuple[str, Replacement]:
    """Return the rule of units: said in words where they follow a number."""
    longest_first = sorted(units, key=len, reverse=True)
    choice = "|".join(map(re.escape, longest_first))
    pattern = rf"(?<=\d)\s?(?P<unit>{choice})(?![\w'²³/])"
    return pattern, lambda match: f" {units[match['unit']]}"


EVERYWHERE = rules(
    ("[\u00a0\u2007\u2009\u202f]", " "),
    ("[’ʼ]", "'"),
    (r"(?:…|\.{3,})\s*", ". "),
    # the end of a line ends a sentence, and each is followed by its pause
    (r"(?<=[^\s.!?:;,])[ \t]*[\r\n][\s]*(?=\S)", ". "),
    (r"(?<=[a-zà-ÿ])([.!?])(?=[A-ZÀ-Ý][a-zà-ÿ' ])", r"\1 "),
    (r"\s[–—-]\s", ", "),
    # quotation, and what some voice would take for an order: phonemes, markup
    ('[«»“”"`_^~|\\\\\\[\\]{}]', " "),
)
