"""What was made of each greeting, counted.

A false machine is a person who is not labelled a person, a false human a machine that
is. AMD's NOTSURE, its word where five seconds did not suffice, counts as a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.figures import Figures
from benchmarks.greetings.bank import PLAN, Greeting

OURS = ("human", "machine", "screened")
STOCK = ("HUMAN", "NOTSURE", "MACHINE")


@dataclass(frozen=True)
class Verdict:
    """What was made of one greeting.

    `label`: ours; `stock`: AMD's; `plays`: whole plays of the message; `began`:
    seconds from the answer to the first word of the message, None where it had none.
    """

    greeting: Greeting
    label: str
    stock: str
    plays: int
    began: float | None

    @property
    def is_false_machine(self) -> bool:
        """Whether we took a person for something else."""
        return self.greeting.who == "person" and self.label != "human"

    @property
    def is_false_human(self) -> bool:
        """Whether we took a machine for a person."""
        return self.greeting.who == "machine" and self.label == "human"

    @property
    def is_wrong(self) -> bool:
        """Whether our label is not what it is."""
        right = {"person": "human", "machine": "machine", "screener": "screened"}
        return self.label != right[self.greeting.who]


@dataclass(frozen=True)
class Row:
    """One kind of greeting: how many, and how often each word was said of it."""

    who: str
    kind: str
    count: int
    ours: tuple[int, ...]
    stock: tuple[int, ...]


def rows_of(verdicts: Sequence[Verdict]) -> list[Row]:
    """Return a row for each kind, in the order of the plan."""
    return [
        _row(who, kind, [v for v in verdicts if v.greeting.kind == kind])
        for who, kind in PLAN
    ]


def _row(who: str, kind: str, verdicts: Sequence[Verdict]) -> Row:
    ours, stock = Counter(v.label for v in verdicts), Counter(v.stock for v in verdicts)
    return Row(
        who,
        kind,
        len(verdicts),
        tuple(ours[word] for word in OURS),
        tuple(stock[word] for word in STOCK),
    )


def figures(verdicts: Sequence[Verdict]) -> Figures:
    """Return the rates, as shares, and when people hear the first word."""
    people, machines, screeners = (
        [v for v in verdicts if v.greeting.who == who]
        for who in ("person", "machine", "screener")
    )
    began = [v.began for v in people if v.began is not None]
    return {
        "greetings_people": len(people),
        "greetings_machines": len(machines),
        "greetings_screeners": len(screeners),
        "greetings_false_machine": _share(v.is_false_machine for v in people),
        "greetings_false_human": _share(v.is_false_human for v in machines),
        "greetings_screened": _share(v.label == "screened" for v in screeners),
        "greetings_amd_false_machine": _share(v.stock == "MACHINE" for v in people),
        "greetings_amd_false_human": _share(
            v.stock in ("HUMAN", "NOTSURE") for v in machines
        ),
        "greetings_heard_it_all": _share(v.plays > 0 for v in people),
        "greetings_first_word_s": median(began),
        "greetings_first_word_worst_s": max(began),
    }


def _share(truths: Iterable[bool]) -> float:
    said = list(truths)
    return sum(said) / len(said)
