"""What a channel is: one way to reach somebody, behind the port `Telephone`.

A channel is one class in one file, declared in the entry-point group
`automaton.channels` under its `name`; it is built with its `Surroundings`, and a trunk
of the settings chooses it by the key `channel`. The promises that the types cannot say
are tests: `tests/channels/contract.py`. CONTRIBUTING.md writes one step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.contact import PointKind
from automaton.ports import Telephone
from automaton.settings import TrunkSettings


class OpenableTelephone(Telephone, Protocol):
    """A telephone that is opened before its first order and closed after its last."""

    async def open(self) -> None:
        """Make ready; the first event is then the link's.

        Raises `ConfigurationError` for what a person must change, `LineError` where
        the far side does not answer; nothing is left open then.
        """
        ...

    async def close(self) -> None:
        """Let go; calls go on without us, and `events` ends."""
        ...


class Channel(OpenableTelephone, Protocol):
    """One way to reach somebody."""

    @property
    def name(self) -> str:
        """Return the name by which a trunk chooses this channel."""
        ...

    @property
    def kinds(self) -> frozenset[PointKind]:
        """Return the kinds of contact points that it serves."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel finds on its node.

    `trunks` are those that name it; `folder` is its own and outlives the daemon;
    `asterisk` gives the node's Asterisk behind the port, not yet open.
    """

    trunks: tuple[TrunkSettings, ...]
    folder: Path
    clock: Clock
    asterisk: Callable[[], OpenableTelephone]
