"""Which SIP sockets the trunks need: one for each way of reaching an operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from automaton.asterisk.endpoint import endpoint_of
from automaton.settings import TrunkSettings

STEP = 2


@dataclass(frozen=True)
class Transport:
    """One SIP socket, and the address translation (NAT) that it stands behind."""

    name: str
    protocol: str
    bind: str
    port: int
    external_address: str | None
    local_networks: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A trunk and the socket that it uses."""

    trunk: TrunkSettings
    transport: Transport

    @property
    def endpoint(self) -> str:
        """The name of its endpoint."""
        return endpoint_of(self.trunk.name)


def routes(
    trunks: Sequence[TrunkSettings], bind: str, port: int
) -> tuple[list[Transport], list[Route]]:
    """Return the sockets to open, and which of them each trunk uses.

    A trunk on loopback gets a socket on 127.0.0.1 whatever `bind` says. The first
    socket has `port`, each further one the next even port.
    """
    found: dict[tuple[object, ...], Transport] = {}
    used = []
    for trunk in trunks:
        address = "127.0.0.1" if trunk.is_loopback else bind
        nat = (trunk.external_address, trunk.local_networks)
        key = (trunk.transport, address, *nat)
        if key not in found:
            number = len(found)
            name = f"transport-{number + 1}"
            at = port + STEP * number
            found[key] = Transport(name, trunk.transport, address, at, *nat)
        used.append(Route(trunk, found[key]))
    return list(found.values()), used
