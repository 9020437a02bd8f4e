"""What the history checker finds, in words and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from automaton.cli.shell import Shell
from automaton.lab.history import INVARIANTS, HistoryRules, Violation, verdicts

MOST_SHOWN = 20


def tell_history(
    shell: Shell, found: Sequence[Violation], rules: HistoryRules, as_json: bool
) -> None:
    """Say of each invariant whether it held, and how it was broken."""
    if as_json:
        return shell.print_json(as_plain(found, rules))
    for name, broken in verdicts(found).items():
        tell_invariant(shell, name, broken, is_judged(name, rules))
    return None


def as_plain(found: Sequence[Violation], rules: HistoryRules) -> dict[str, object]:
    """Return the verdicts for a program; `held` is null for what was not judged."""
    return {
        "held": not found,
        "invariants": {
            name: {
                "invariant": INVARIANTS[name],
                "held": not broken if is_judged(name, rules) else None,
                "violations": [
                    {"number": one.number, "at": one.at, "text": one.text}
                    for one in broken
                ],
            }
            for name, broken in verdicts(found).items()
        },
    }


def is_judged(name: str, rules: HistoryRules) -> bool:
    """Tell whether the rules say what an invariant needs."""
    trunk = rules.any_trunk
    needed = {"I6": trunk.calls_per_second, "I7": trunk.lines}
    if name == "I5":
        return rules.has_ended
    return name not in needed or needed[name] is not None


def tell_invariant(
    shell: Shell, name: str, broken: Sequence[Violation], judged: bool
) -> None:
    """Say one invariant, and the first of its breaks."""
    sentence = shell.words(INVARIANTS[name])
    if not judged:
        shell.tell("{name} not judged: {sentence}", name=name, sentence=sentence)
    elif not broken:
        shell.tell("{name} held: {sentence}", name=name, sentence=sentence)
    else:
        shell.tell(
            "{name} broken ({count}): {sentence}",
            name=name,
            count=len(broken),
            sentence=sentence,
        )
    for one in broken[:MOST_SHOWN]:
        text = shell.refusal(one.text, "contradictions")
        shell.print(f"  - {one.number} {_clock(shell, one.at)}{text}")
    if len(broken) > MOST_SHOWN:
        shell.tell("  … and {count} more", count=len(broken) - MOST_SHOWN)


def _clock(shell: Shell, at: float | None) -> str:
    if at is None:
        return ""
    zone = shell.settings.calling.zone
    return f"{datetime.fromtimestamp(at, zone):%H:%M:%S %Z} "
