"""What must be on record about each home when a campaign of the demonstration is over.

In: the plan. Out: an `Expectation` per home of the register, folded by hand from the
project's page on calls: three tries per number, a key ends everything, who heard the
whole message without a key is rung once more, 404 and 603 are tried twice, 503 costs
no try.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from automaton.lab.behaviours import BEHAVIOURS, Behaviour
from automaton.lab.plan import Home, Phone, Plan

UNCOUNTED_TRIES = 20


@dataclass(frozen=True, slots=True)
class Expectation:
    """One home: its final state and, per number, the outcome of each call in order.

    `outcomes` of a number are exact where the home has one number; of several, the
    interleaving is the caller's choice and a prefix of them is right.
    """

    name: str
    kind: str
    state: str
    outcomes: dict[str, tuple[str, ...]]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Return the numbers of the home, the preferred one first."""
        return tuple(self.outcomes)


def oracle(plan: Plan, tries: int = 3) -> list[Expectation]:
    """Return what is right for each home of the register under `tries` per number."""
    return [_expected(home, tries) for home in plan.residents()]


def _expected(home: Home, tries: int) -> Expectation:
    calls = {phone.number: list(_calls(phone, tries)) for phone in home.phones}
    outcomes = {
        number: tuple(behaviour.outcome for behaviour in row)
        for number, row in calls.items()
    }
    state = _state(list(calls.values()))
    name = f"{home.first_name} {home.last_name}"
    return Expectation(name, home.kind, state, outcomes)


def _calls(phone: Phone, tries: int) -> Iterator[Behaviour]:
    """Yield the calls that one number gets, as if it were the only one."""
    counted = uncounted = in_a_row = 0
    last, heard = None, False
    while counted < tries and uncounted < UNCOUNTED_TRIES:
        behaviour = BEHAVIOURS[phone.turn(counted + uncounted + 1).behaviour]
        yield behaviour
        counted += behaviour.counted
        uncounted += not behaviour.counted
        in_a_row = in_a_row + 1 if behaviour is last else 1
        last = behaviour
        if behaviour.outcome == "acknowledged" or in_a_row == behaviour.limit:
            return
        if heard and behaviour.counted:
            return
        heard = heard or behaviour.hears_all


def _state(numbers: list[list[Behaviour]]) -> str:
    """Fold the calls of all numbers into the final state of the recipient."""
    calls = [behaviour for row in numbers for behaviour in row]
    if any(behaviour.outcome == "acknowledged" for behaviour in calls):
        return "acknowledged"
    if any(behaviour.hears_all for behaviour in calls):
        return "reached_unconfirmed"
    last = {row[-1].outcome for row in numbers}
    if last == {"unallocated"}:
        return "bad_data"
    if last == {"rejected"}:
        return "refused"
    return "exhausted" if any(call.counted for call in calls) else "not_served"
