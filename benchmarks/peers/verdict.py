"""What SIPp saw beside what a peer says: doubled calls, lost keys, wrong outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from benchmarks.figures import Figures, lost
from benchmarks.observer import Call

KEY_SECONDS = 5.0
"""After the answer, as landline.xml has it."""
REFUSALS = {
    404: {"unallocated"},
    480: {"unreachable", "no_answer"},
    486: {"busy"},
    487: {"no_answer"},
    503: {"congestion"},
    603: {"rejected"},
}
"""What may be said of a home by the code that it refused with: right by either name."""
SAYS_NOTHING = {"", "unknown", "failed", "not_answered"}
"""Neither right nor wrong."""


@dataclass(frozen=True)
class Told:
    """What a peer has on record at its end, by number."""

    keys: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)


def judged(calls: Sequence[Call], told: Told, asked: Collection[str]) -> Figures:
    """Return the figures of a round: homes, but for `calls` and `lost_keys`."""
    homes = by_home(calls)
    said = {n: told.outcomes.get(n, "") for n in homes}
    clear = {n: word for n, word in said.items() if word not in SAYS_NOTHING}
    return {
        "asked": len(asked),
        "calls": len(calls),
        "never_rung": len(set(asked) - homes.keys()),
        "rung_again_after_a_key": sum(map(is_doubled, homes.values())),
        "rung_twice_at_once": sum(map(is_rung_at_once, homes.values())),
        "lost_keys": lost_by_home(homes, told),
        "wrong_outcomes": sum(w not in truth(homes[n]) for n, w in clear.items()),
        "untold_outcomes": len(said) - len(clear),
    }


def by_home(calls: Sequence[Call]) -> dict[str, list[Call]]:
    """Return the calls of each number, in the order of their INVITEs."""
    homes = defaultdict(list)
    for call in sorted(calls, key=lambda one: one.invited):
        homes[call.number].append(call)
    return dict(homes)


def is_doubled(calls: Sequence[Call]) -> bool:
    """Tell whether a home was rung again although it had pressed its key."""
    return any(
        first.keys and later.invited >= first.answered + KEY_SECONDS
        for first, later in combinations(calls, 2)
    )


def is_rung_at_once(calls: Sequence[Call]) -> bool:
    """Tell whether a home was rung while a call to it was not over."""
    return any(
        not first.ended or later.invited < first.ended
        for first, later in combinations(calls, 2)
    )


def lost_by_home(homes: Mapping[str, Sequence[Call]], told: Told) -> int:
    """Count the homes that pressed a key which nobody has."""
    return sum(bool(lost(calls, told.keys)) for calls in homes.values())


def truth(calls: Sequence[Call]) -> set[str]:
    """Return what may be said of a home."""
    if any(call.keys for call in calls):
        return {"acknowledged"}
    if any(call.answered for call in calls):
        return {"answered_no_key"}
    return REFUSALS.get(calls[0].refused, set())
