"""What the safeguard does to a trunk and why, in the person's words.

In: the conditions that the daemon wrote down. Out: a sentence, for every screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo

from automaton.cli.findings import Finder, Finding
from automaton.cli.rooms import is_absent
from automaton.cli.shell import Shell
from automaton.domain.health import SAME_WORD
from automaton.domain.outcome import Outcome
from automaton.ports import TrunkCondition
from automaton.services.commands import is_open
from automaton.services.report_words import words_in
from automaton.store.engine import open_database, reading
from automaton.store.notes import unsound_trunks

BURST = "unallocated_burst"
IN_A_ROW = "{count} numbers in a row were not in use for it (404)"


def unsound(shell: Shell) -> Mapping[str, TrunkCondition]:
    """Return the trunks that are slowed or left now, by name.

    None where no daemon runs: nobody probes them, and its start takes all for sound.
    """
    url = shell.settings.database_url
    if is_absent(url) or not is_open(shell.settings.control_socket):
        return {}
    engine = open_database(url)
    try:
        with reading(engine) as connection:
            found = unsound_trunks(connection)
            return {condition.name: condition for condition in found}
    finally:
        engine.dispose()


def condition_told(shell: Shell, condition: TrunkCondition | None, zone: tzinfo) -> str:
    """Return how a trunk fares, since when and why."""
    if condition is None or condition.is_sound:
        return shell.words("sound")
    day = "%d/%m/%Y" if shell.language == "fr" else "%Y-%m-%d"
    since = f"{condition.at.astimezone(zone):{day} %H:%M}"
    if condition.broken_until is not None:
        why = _reason(shell, condition.reason)
        left = "left since {since}, only probed until a call passes: {why}"
        return shell.words(left, since=since, why=why)
    rate = f"{condition.rate:.3g}"
    rate = rate.replace(".", ",") if shell.language == "fr" else rate
    slowed = "slowed to {rate} calls a second: {why}"
    return shell.words(slowed, rate=rate, why=_reason(shell, Outcome.CONGESTION))


def conditions_told(
    shell: Shell, conditions: Iterable[TrunkCondition], zone: tzinfo
) -> list[str]:
    """Return one sentence for each trunk."""
    sentence = "trunk {name} {told}"
    return [
        shell.words(sentence, name=one.name, told=condition_told(shell, one, zone))
        for one in conditions
    ]


def condition_warnings(
    shell: Shell, find: Finder, condition: TrunkCondition | None
) -> Iterator[Finding]:
    """Yield a finding where a trunk is slowed or left."""
    if condition is None:
        return
    told = condition_told(shell, condition, shell.settings.calling.zone)
    left = "run: automaton trunk test NUMBER --trunk {name}; it says what to change"
    slowed = "lower calls_per_second, or ask the operator for more"
    advice = slowed if condition.broken_until is None else left
    yield find.warn("{name} {told}", advice, name=condition.name, told=told)


def _reason(shell: Shell, reason: str) -> str:
    if reason == BURST:
        return shell.words(IN_A_ROW, count=SAME_WORD)
    return words_in(shell.language, "UTC")("outcome", reason)
