"""Which channels carry the calls: those that the trunks name, as one telephone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import entry_points

from automaton.channels.channel import Channel, OpenableTelephone, Surroundings
from automaton.channels.switchboard import Switchboard
from automaton.errors import ConfigurationError

GROUP = "automaton.channels"
USUAL = "voice"

BuildChannel = Callable[[Surroundings], Channel]


def telephone_for(here: Surroundings) -> OpenableTelephone:
    """Return the one telephone behind all trunks, not yet open.

    One channel stands for itself: nothing lies between it and the engine. Each gets
    its own trunks and a folder of its own name under `here.folder`.
    """
    names = sorted({trunk.channel for trunk in here.trunks}) or [USUAL]
    channels = {name: channel_named(name)(part_of(here, name)) for name in names}
    if len(channels) == 1:
        return channels[names[0]]
    by_trunk = {trunk.name: channels[trunk.channel] for trunk in here.trunks}
    return Switchboard(by_trunk, here.clock)


def channel_named(name: str) -> BuildChannel:
    """Return what builds a channel; `ConfigurationError` where none is declared."""
    declared = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in declared:
        message = f"There is no channel {name!r}: choose one of {', '.join(declared)}."
        raise ConfigurationError(message, error_id="channel-unknown")
    build: BuildChannel = declared[name].load()
    return build


def part_of(here: Surroundings, name: str) -> Surroundings:
    """Return the surroundings of one channel."""
    mine = tuple(trunk for trunk in here.trunks if trunk.channel == name)
    return replace(here, trunks=mine, folder=here.folder / name)
