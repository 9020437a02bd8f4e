"""What other programs did beside the daemon, as tables of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Round = Mapping[str, Any]

ROUNDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "speed": (
        "{calls} homes, each 7 s on one of {lines} lines",
        {
            "calls a second": "calls_per_second",
            "share of line time": "line_utilisation",
            "ms from a BYE to the next INVITE": "turn_ms",
            "ms of processor a call": "cpu_ms_per_call",
            "of Asterisk's": "asterisk_cpu_ms_per_call",
            "broken calls": "broken_calls",
            "lost keys": "lost_keys",
        },
    ),
    "words": (
        "{calls} homes of all kinds (busy, not allocated, choking, silent ...)",
        {
            "wrong outcomes": "wrong_outcomes",
            "untold outcomes": "untold_outcomes",
            "lost keys": "lost_keys",
        },
    ),
    "cut": (
        "The manager interface is cut for 3 s",
        {
            "rung again after a key": "rung_again_after_a_key",
            "rung twice at once": "rung_twice_at_once",
            "never rung": "never_rung",
            "lost keys": "lost_keys",
            "wrong outcomes": "wrong_outcomes",
        },
    ),
    "kill": (
        "The program is killed (`kill -9`) and started 3 s later",
        {
            "rung again after a key": "rung_again_after_a_key",
            "rung twice at once": "rung_twice_at_once",
            "never rung": "never_rung",
            "lost keys": "lost_keys",
            "untold outcomes": "untold_outcomes",
        },
    ),
}
HEAD = """## Beside other programs

The same homes on the same lines, rung by one program after another, through the same
Asterisk. The loops append each key and each end to a file, and read it when they start;
the daemon alone has a database and is careful: a call of theirs costs less, and a fault
more. Who each is, and what each figure means, is told in
[benchmarks](benchmarks.md#the-peers)."""


def peers(found: Mapping[str, Round]) -> str:
    """Return a table for each round that was measured; nothing without any."""
    told = [_table(name, found[name]) for name in ROUNDS if name in found]
    return "\n\n".join([HEAD, *told]) + "\n" if told else ""


def _table(name: str, measured: Round) -> str:
    title, columns = ROUNDS[name]
    about = measured["about"]
    title = title.format(calls=about["calls"], lines=about["lines"])
    rows = [
        f"| {contender} | {' | '.join(_cell(told.get(c)) for c in columns.values())} |"
        for contender, told in measured["contenders"].items()
    ]
    heading = f"| {name} | {' | '.join(columns)} |"
    ruler = f"| --- |{' ---: |' * len(columns)}"
    return "\n".join([f"{title}:", "", heading, ruler, *rows])


def _cell(value: float | int | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"
