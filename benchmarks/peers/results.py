"""The peers' figures: kept beside the others in latest.json, and shown as tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.figures import RESULTS, Figures, keep, latest, plain

Rounds = dict[str, dict[str, Figures]]
"""Figures by round and contender."""
ASKED = ("runs", "calls", "lines")


def keep_round(
    name: str, contenders: Mapping[str, Figures], about: Figures, folder: Path = RESULTS
) -> Path:
    """Write a round into the latest result, under `peers`; return where.

    Who was asked for the same before, by an order of its own, stays beside them.
    """
    others = latest(folder).get("peers", {})
    before = others.get(name, {})
    is_same = all(before.get("about", {}).get(n) == about.get(n) for n in ASKED)
    kept = before.get("contenders", {}) if is_same else {}
    round_ = {"about": about, "contenders": {**kept, **contenders}}
    return keep({"peers": {**others, name: round_}}, folder)


def tables(rounds: Rounds) -> str:
    """Return one table a round: contenders down, figures across."""
    return "\n\n".join(table(name, who) for name, who in rounds.items())


def table(name: str, contenders: Mapping[str, Figures]) -> str:
    """Return the table of one round, in Markdown."""
    columns = list(next(iter(contenders.values()), {}))
    rows = [[name, *columns], ["---", *("---:" for _ in columns)]]
    for who, figures in contenders.items():
        rows.append([who, *(plain(figures[column]) for column in columns)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
