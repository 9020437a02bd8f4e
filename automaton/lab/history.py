"""The history checker: a report against the town's own log, by eight named invariants.

In: the report's recipients as plain JSON, the town's log, the rules, the spans in which
something was down. Out: a `Violation` per break; none means that all hold. Pure, and a
matter of seconds for 50,000 calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from automaton.lab.history_limits import budget, lines, pace
from automaton.lab.history_lives import History, Row, history
from automaton.lab.history_peace import left_in_peace, one_call_at_once
from automaton.lab.history_records import final_states, keys_kept, outcomes
from automaton.lab.history_rules import (
    INVARIANTS,
    HistoryRules,
    Outage,
    TrunkRules,
    Violation,
)
from automaton.lab.log import Event

__all__ = [
    "INVARIANTS",
    "HistoryRules",
    "Outage",
    "TrunkRules",
    "Violation",
    "check",
    "verdicts",
]

_CHECKS = (
    left_in_peace,
    one_call_at_once,
    keys_kept,
    budget,
    final_states,
    pace,
    lines,
    outcomes,
)

Logs = Iterable[Event] | Mapping[str, Iterable[Event]]


def check(
    records: Iterable[Row],
    log: Logs,
    rules: HistoryRules | None = None,
    outages: Iterable[Outage] = (),
) -> list[Violation]:
    """Return every break of an invariant, I1 first, each invariant's in their order.

    `records`: recipients of the JSON report, under its own names or those of
    `compare`; of several campaigns, one after the other. `log`: the events of one
    town, or those of several by the name of the trunk that leads there. `outages`
    excuse what could not be done in them, and nothing else.
    """
    logs = log if isinstance(log, Mapping) else {"": log}
    told: History = history(records, logs, rules or HistoryRules(), outages)
    return list(chain.from_iterable(judge(told) for judge in _CHECKS))


def verdicts(violations: Iterable[Violation]) -> dict[str, list[Violation]]:
    """Return the violations by invariant, all eight of them; empty: it held."""
    found: dict[str, list[Violation]] = {name: [] for name in INVARIANTS}
    for violation in violations:
        found[violation.invariant].append(violation)
    return found
