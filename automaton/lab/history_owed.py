"""I8 of homes that a fault has touched: nobody is given up before all tries are made.

In: the attempts on record of a home whose calls no script can foresee any more. Out: a
sentence for each number that was owed another try. By hand from the project's page on
calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from automaton.lab.behaviours import BEHAVIOURS
from automaton.lab.history_lives import FOREVER, Home, Try
from automaton.lab.history_rules import HistoryRules
from automaton.lab.oracle import Expectation

# Final states that nobody has chosen: they come of the tries alone.
_GIVEN_UP = frozenset(
    {"reached_unconfirmed", "exhausted", "bad_data", "refused", "not_served"}
)
_COUNTED = frozenset(
    {
        "acknowledged",
        "opted_out",
        "answered_no_key",
        "machine",
        "no_answer",
        "busy",
        "unallocated",
        "number_changed",
        "rejected",
        "out_of_order",
        "screened",
        "announcement",
        "unknown",
        "cancelled",  # where it had left: it may have rung
    }
)
_COUNTED_IF_RANG = frozenset({"unreachable", "trunk_timeout"})
# So many of them at one number, and it is left.
_LIMITS = {
    "unallocated": 2,
    "rejected": 2,
    "screened": 2,
    "protocol_glitch": 3,
    "number_changed": 1,
    "bad_number": 1,
    "opted_out": 1,
}


def owed_tries(home: Home, expected: Expectation, rules: HistoryRules) -> Iterator[str]:
    """Yield what a home was not given that was given up on."""
    if home.state not in _GIVEN_UP or _has_had_all(home.tries, rules):
        return
    open_numbers = []
    for number in expected.numbers:
        tries = [one for one in home.tries if one.number == number]
        if not _is_done(sorted(tries, key=_claimed_at), rules):
            open_numbers.append((number, tries))
    if home.state == "reached_unconfirmed" and len(open_numbers) < len(
        expected.numbers
    ):
        return
    for number, tries in open_numbers:
        went = ", ".join(_outcome(one) for one in tries) or "no try"
        yield (
            f"{expected.name} ({number}) was given up as {home.state} after {went}:"
            " a try is owed."
        )


def _claimed_at(one: Try) -> datetime:
    return one.claimed_at or FOREVER


def _has_had_all(tries: Sequence[Try], rules: HistoryRules) -> bool:
    """Tell whether the budget of the whole home is used up."""
    counted = sum(map(_is_counted, tries))
    uncounted = len(tries) - counted
    return counted >= rules.tries_of_home or uncounted >= rules.uncounted_tries


def _is_done(tries: Sequence[Try], rules: HistoryRules) -> bool:
    """Tell whether one number has had all that it was to get."""
    outcomes = [_outcome(one) for one in tries]
    if sum(map(_is_counted, tries)) >= rules.tries:
        return True
    if any(outcomes.count(name) >= most for name, most in _LIMITS.items()):
        return True
    heard = [at for at, one in enumerate(tries) if _heard_all(one)]
    return bool(heard) and any(map(_is_counted, tries[heard[0] + 1 :]))


def _outcome(one: Try) -> str:
    return str(one.row.get("outcome"))


def _is_counted(one: Try) -> bool:
    if _outcome(one) in _COUNTED_IF_RANG:
        return bool(one.row.get("rang"))
    if one.claimed_at is None:
        return False
    return _outcome(one) in _COUNTED


def _heard_all(one: Try) -> bool:
    """Tell whether the resident let the message be said to its end, without a key."""
    if one.call is None or one.call.answered_at is None:
        return False
    behaviour = BEHAVIOURS.get(one.call.call.invite.behaviour)
    return behaviour is not None and behaviour.hears_all
