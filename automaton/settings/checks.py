"""What one setting cannot tell by itself: trunks and caller IDs side by side."""

from collections.abc import Iterator
from ipaddress import ip_network
from itertools import combinations

from automaton.settings.faults import Fault
from automaton.settings.model import Settings
from automaton.settings.prefixes import CallerIdRules, caller_id_rules
from automaton.settings.trunk import TrunkSettings, is_ipv6, is_loopback

PORTS_A_LINE = 2
_WHY = {
    "forbidden": "an automatic system may not show it in France",
    "unknown": "it is not in the list of numbers that an automatic system may show",
    "fiction": "it is kept for fiction, and nobody can call it back",
}


def contradictions(settings: Settings) -> Iterator[Fault]:
    """What makes the node refuse to start."""
    yield from _unlisted_caller_id(settings)
    yield from _ipv6(settings)
    yield from _unreachable_trunks(settings)
    yield from _narrow_sound(settings)
    for one, other in combinations(settings.trunks, 2):
        yield from _same_callers(one, other)
        yield from _same_numbers(one, other)
    if settings.calling.caller_id_rule == "enforce":
        yield from doubtful_caller_ids(settings)


def caller_id_warnings(settings: Settings) -> tuple[str, ...]:
    """What the operator should know of the caller IDs, one sentence each."""
    faults = (*_anonymous_trunks(settings), *doubtful_caller_ids(settings))
    return tuple(f"{'.'.join(fault.path)} {fault.words}." for fault in faults)


def doubtful_caller_ids(
    settings: Settings, rules: CallerIdRules | None = None
) -> Iterator[Fault]:
    """Every caller ID of a trunk that an automatic system may not show.

    A number kept for fiction is right on a loopback trunk, which rings nobody.
    """
    rules = rules or caller_id_rules()
    for trunk in settings.trunks:
        for number in trunk.caller_ids:
            verdict = rules.verdict(number)
            fictional_home = verdict == "fiction" and trunk.is_loopback
            if verdict != "permitted" and not fictional_home:
                words = f"has {number}: {_WHY[verdict]}"
                yield Fault(("trunk", trunk.name, "caller_ids"), words)


def _anonymous_trunks(settings: Settings) -> Iterator[Fault]:
    for trunk in settings.sip_trunks:
        if not trunk.caller_ids:
            words = "is empty: its calls show no number, and many people do not answer"
            yield Fault(("trunk", trunk.name, "caller_ids"), words)


def _unlisted_caller_id(settings: Settings) -> Iterator[Fault]:
    number = settings.calling.caller_id
    if number is not None and not settings.trunks_presenting(number):
        yield Fault(
            ("calling", "caller_id"),
            f"is {number}, which no trunk may show: add it to the caller_ids of the"
            " trunk whose contract lists it, or take another",
        )


def _unreachable_trunks(settings: Settings) -> Iterator[Fault]:
    asterisk = settings.asterisk
    if not asterisk.embedded or not is_loopback(asterisk.sip_bind):
        return
    for trunk in settings.sip_trunks:
        if not trunk.is_loopback:
            yield Fault(
                ("asterisk", "sip_bind"),
                f"is {asterisk.sip_bind}, from where trunk {trunk.name} cannot be"
                " reached: write the address of this machine, or 0.0.0.0",
            )


def _narrow_sound(settings: Settings) -> Iterator[Fault]:
    """Yield a fault where the ports named for sound do not suffice for all lines."""
    asterisk = settings.asterisk
    lines = sum(trunk.lines for trunk in settings.sip_trunks)
    room = asterisk.rtp_end - asterisk.rtp_start + 1
    if asterisk.embedded and asterisk.rtp_start and room < PORTS_A_LINE * lines:
        yield Fault(
            ("asterisk", "rtp_end"),
            f"leaves {room} ports for sound, and {lines} lines take"
            f" {PORTS_A_LINE * lines}: widen rtp_start to rtp_end",
        )


def _same_callers(one: TrunkSettings, other: TrunkSettings) -> Iterator[Fault]:
    """Two that stand on this machine by default are told apart by their ports."""
    by_default = not (one.identify or other.identify)
    if not (one.is_sip and other.is_sip) or (by_default and one.is_loopback):
        return
    for ours in one.callers:
        for theirs in other.callers:
            if _overlap(ours, theirs):
                yield Fault(
                    ("trunk", other.name, "identify"),
                    f"has {theirs}, and trunk {one.name} has {ours}: an incoming call"
                    " must belong to one trunk, so write the addresses of each",
                )


def _ipv6(settings: Settings) -> Iterator[Fault]:
    """Asterisk would be given sockets that lead nowhere: said before it is started."""
    words = "has the address {} of IPv6, which is not supported: write one of IPv4"
    if settings.sip_trunks and is_ipv6(settings.asterisk.sip_bind):
        yield Fault(("asterisk", "sip_bind"), words.format(settings.asterisk.sip_bind))
    for trunk in settings.sip_trunks:
        for key, address in trunk.hosts.items():
            if is_ipv6(address):
                yield Fault(("trunk", trunk.name, key), words.format(address))


def _same_numbers(one: TrunkSettings, other: TrunkSettings) -> Iterator[Fault]:
    for number in one.dids.keys() & other.dids.keys():
        if one.dids[number] != other.dids[number]:
            yield Fault(
                ("trunk", other.name, "dids"),
                f"gives {number} to {other.dids[number]}, and trunk {one.name} gives"
                f" it to {one.dids[number]}",
            )


def _overlap(ours: str, theirs: str) -> bool:
    try:
        one, other = ip_network(ours), ip_network(theirs)
    except ValueError:
        return ours.lower() == theirs.lower()
    return one.version == other.version and one.overlaps(other)
