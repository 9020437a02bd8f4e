"""What campaigns have used of each trunk today, against its ceilings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time

from automaton.cli.findings import Finder, Finding
from automaton.cli.rooms import is_absent
from automaton.cli.shell import Shell
from automaton.domain.trunk import Spent
from automaton.settings import TrunkSettings
from automaton.store.days import spent_since
from automaton.store.engine import open_database, reading

NEARLY = 0.8


def spent_today(shell: Shell) -> Mapping[str, Spent]:
    """Return what was used of each trunk since midnight, by the settings' time zone."""
    url, zone = shell.settings.database_url, shell.settings.calling.zone
    if is_absent(url):
        return {}
    today = datetime.now(UTC).astimezone(zone).date()
    engine = open_database(url)
    try:
        with reading(engine) as connection:
            return spent_since(connection, datetime.combine(today, time.min, zone))
    finally:
        engine.dispose()


def minutes(spent: Spent) -> int:
    """Return the whole minutes that were talked."""
    return int(spent.talked.total_seconds() // 60)


def day_ceilings(find: Finder, trunk: TrunkSettings, spent: Spent) -> Iterator[Finding]:
    """Yield a finding where a trunk has used up its day, or nearly."""
    told = {
        "name": trunk.name,
        "calls": spent.calls,
        "most_calls": trunk.calls_per_day,
        "minutes": minutes(spent),
        "most_minutes": trunk.minutes_per_day,
    }
    sentence = (
        "{name}: used today: {calls} of {most_calls:call|calls}, {minutes} of "
        "{most_minutes:minute|minutes}"
    )
    share = max(
        spent.calls / trunk.calls_per_day, minutes(spent) / trunk.minutes_per_day
    )
    if share >= 1:
        yield find.fail(
            sentence,
            "wait for midnight, or raise calls_per_day, minutes_per_day",
            **told,
        )
    elif share >= NEARLY:
        yield find.warn(sentence, "look whether all these calls are yours", **told)
