"""What an exchange that chokes lost and when its town was reached, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEARNED = "learned"
_TOWN = "choke_town_80_s_"
HEAD = """## An exchange that chokes

400 homes in an exchange that takes 240 calls a minute, 200 in one that takes all; at
rates that are learned, and at fixed ones of the whole trunk. A fixed rate that happens
to suit the exchange may be earlier by seconds; nobody knows it beforehand.

| rate | lost calls | 80 % there (s) | 80 % of the town (s) | last home elsewhere (s) |
| --- | --- | ---: | ---: | ---: |
"""


def choke(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of what was measured, the learned rate first; else nothing."""
    names = [n.removeprefix(_TOWN) for n in figures if n.startswith(_TOWN)]
    if not names:
        return ""
    rows = [_row(figures, name) for name in sorted(names, key=_order)]
    return HEAD + "\n".join(rows) + "\n"


def _order(name: str) -> float:
    return 0.0 if name == LEARNED else float(name.removeprefix("fixed_"))


def _row(figures: Mapping[str, Mapping[str, Any]], name: str) -> str:
    def seen(what: str) -> str:
        return f"{figures[f'choke_{what}_{name}']['value']:.0f}"

    told = name if name == LEARNED else f"{name.replace('fixed_', 'fixed, ')} a second"
    lost = f"{seen('lost_calls')} of {seen('calls')}"
    times = (seen("80_s"), seen("town_80_s"), seen("others_s"))
    return f"| {told} | {lost} | {' | '.join(times)} |"
