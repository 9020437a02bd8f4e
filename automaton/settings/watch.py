"""Where this node may be watched from."""

import re
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator

from automaton.settings.values import Section

_BIND = re.compile(r"(\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")
_HIGHEST_PORT = 65535


def _bind(text: str) -> str:
    """An address of this machine and a port, or nothing."""
    if not text:
        return text
    found = _BIND.fullmatch(text)
    try:
        if found is None or int(found[2]) > _HIGHEST_PORT:
            raise ValueError
        ip_address(found[1].strip("[]"))
    except ValueError:
        raise ValueError(
            'is no address with a port: write it like "127.0.0.1:9108", or "" for none'
        ) from None
    return text


class WatchSettings(Section):
    """Figures and health for those who watch the daemon (docs/watching.md)."""

    bind: Annotated[str, AfterValidator(_bind)] = "127.0.0.1:9108"
    """Address and port of `/metrics`, `/healthz` and `/readyz`; `""` for none, port 0
    for a free one. It asks nobody for a password: whoever reaches it may read."""

    @property
    def address(self) -> tuple[str, int] | None:
        """The address and the port to listen on, None where nobody may watch."""
        if not self.bind:
            return None
        host, _, port = self.bind.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it, if anybody can."""
        return self.address is None or ip_address(self.address[0]).is_loopback
