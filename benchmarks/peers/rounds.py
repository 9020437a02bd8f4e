"""What is asked of every contender: who is rung, on how many lines, for how long."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from automaton.lab.numbers import landline
from benchmarks import node as nodes
from benchmarks.observer import TALK_SECONDS

ALL_KINDS = "landlines_of_all_kinds.xml"
PLAIN_FROM = 40
"""The last two digits from which on homes of that scenario answer and press 1."""
RING_SECONDS, LIMIT_SECONDS = 30, 45
LONGEST_TURN = TALK_SECONDS + 5


@dataclass(frozen=True)
class Round:
    """One round; `homes` is the scenario that SIPp plays."""

    name: str
    numbers: list[str]
    lines: int
    homes: str = ALL_KINDS

    @property
    def seconds(self) -> float:
        """Return after how long it must be over: a given-up line is waited for."""
        calls = len(self.numbers)
        return 1.5 * calls * LONGEST_TURN / self.lines + 2 * LIMIT_SECONDS


def speed(calls: int, lines: int) -> Round:
    """Return the round in which every home answers at once and speed is measured."""
    return Round("speed", nodes.numbers(0, calls), lines, "landline.xml")


def words(lines: int) -> Round:
    """Return the round of 100 homes of all kinds: who says what became of each?"""
    return Round("words", nodes.numbers(0, 100), lines)


def faults(calls: int, lines: int) -> list[Round]:
    """Return the rounds in the middle of which something is cut or killed."""
    return [
        Round("cut", plain(1_000, calls), lines),
        Round("kill", plain(5_000, calls), lines),
    ]


def plain(first: int, count: int) -> list[str]:
    """Return numbers of homes that answer and press 1."""
    found = (i for i in itertools.count(first) if i % 100 >= PLAIN_FROM)
    return [landline(index) for index in itertools.islice(found, count)]
