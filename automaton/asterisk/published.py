"""The numbers that we answer, as operators may write them in an incoming call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from automaton.domain.phone import written_for
from automaton.settings import TrunkSettings

OFFICERS = 3
"""Places of their own for officers, who press * where all others are taken."""


@dataclass(frozen=True)
class Published:
    """What an incoming call may ask for, and the number (E.164) that is meant."""

    extension: str
    e164: str


def published(trunks: Sequence[TrunkSettings]) -> tuple[Published, ...]:
    """Return every writing of the numbers that the trunks publish, each once.

    A trunk that registers is often called by the name of its account: that means its
    number where it has only one.
    """
    found: dict[str, str] = {}
    for trunk in trunks:
        for e164 in trunk.dids:
            found.update(dict.fromkeys(_writings(e164), e164))
        if trunk.registration is not None and len(trunk.dids) == 1:
            found.setdefault(trunk.registration.user, *trunk.dids)
    return tuple(Published(one, e164) for one, e164 in found.items())


def answering_lines(trunks: Sequence[TrunkSettings]) -> int:
    """Return how many callers are answered at once: as many as lines are kept back."""
    return max(1, sum(trunk.reserved_lines for trunk in trunks))


def _writings(e164: str) -> tuple[str, ...]:
    digits = e164.removeprefix("+")
    forms = (written_for(e164, form) for form in ("e164", "00", "national"))
    return tuple(dict.fromkeys((*forms, digits)))
