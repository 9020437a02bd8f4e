"""What a node must know of itself and of its trunks."""

from __future__ import annotations

from automaton.clock import Clock, SystemClock
from automaton.domain.readiness import Monthly, OwnNumber
from automaton.domain.trunk import Trunk
from automaton.engine.node import NodeSettings
from automaton.services.policies import Place, hours_of
from automaton.settings import Settings, TrunkSettings


def trunks(settings: Settings) -> tuple[Trunk, ...]:
    """Return the trunks as the engine sees them."""
    return tuple(_trunk(one, settings.calling.caller_id) for one in settings.trunks)


def terms_of_trunks(settings: Settings) -> dict[str, str]:
    """Return what the settings say of each trunk, by its name, as nodes compare it."""
    zone = settings.calling.timezone
    return {one.name: one.terms(zone) for one in trunks(settings)}


def node_settings(settings: Settings) -> NodeSettings:
    """Return what a node must know of itself."""
    return NodeSettings(
        name=settings.server.node,
        trunks=trunks(settings),
        zone=settings.calling.timezone,
        learn_rates=settings.calling.learn_rates,
        language=settings.language,
        grace=settings.server.shutdown,
        silence=settings.calling.silence_alarm,
        stuck=settings.calling.safeguard_pause,
        installation=settings.installation,
        daily_at=settings.backup.at,
        journal_kept=settings.backup.journal_kept,
        small_first=settings.calling.small_first,
        monthly=monthly(settings),
    )


def monthly(settings: Settings, clock: Clock | None = None) -> Monthly:
    """Return when telephones are rung for a proof, and our own numbers."""
    wanted, calling = settings.readiness, settings.calling
    if not wanted.monthly:
        return Monthly(numbers=own_numbers(settings))
    today = (clock or SystemClock()).now().date()
    hours = hours_of(wanted, calling, Place(calling.timezone, "", today))
    return Monthly(True, wanted.day, hours, own_numbers(settings))


def own_numbers(settings: Settings) -> tuple[OwnNumber, ...]:
    """Return the numbers that we publish, each with every trunk that it is on."""
    owners = {n: owner for one in settings.sip_trunks for n, owner in one.dids.items()}
    return tuple(
        OwnNumber(
            *(e164, owner),
            frozenset(t.name for t in settings.sip_trunks if e164 in t.dids),
        )
        for e164, owner in owners.items()
    )


def _trunk(trunk: TrunkSettings, shown: str | None) -> Trunk:
    """Return one trunk; the number that the settings show comes first in its list."""
    caller_ids = sorted(trunk.caller_ids, key=lambda number: number != shown)
    return Trunk(
        trunk.name,
        trunk.lines,
        trunk.reserved_lines,
        trunk.calls_per_second,
        trunk.allowed,
        tuple(caller_ids),
        trunk.number_format,
        trunk.is_sip,
        trunk.identity_format,
        trunk.calls_per_day,
        trunk.minutes_per_day,
        bool(trunk.dids),
    )
