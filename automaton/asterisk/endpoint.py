r"""What a trunk is called in Asterisk: a name to which no redirect leads.

A 302 makes Asterisk dial `PJSIP/<endpoint>/<Contact>`. Whatever is dialled loses its
backslashes, so that this asks for an endpoint that nobody has, whatever the Contact
says, and the call ends; an order of ours doubles the backslash.
"""

from __future__ import annotations

MARK = "\\guarded"


def endpoint_of(trunk: str) -> str:
    """Return the name of a trunk's endpoint, as pjsip.conf has it."""
    return trunk + MARK


def trunk_of(channel: str) -> str:
    """Return the trunk that a channel of Asterisk is on, from the channel's name."""
    endpoint, _, _ = channel.removeprefix("PJSIP/").rpartition("-")
    return endpoint.removesuffix(MARK)


def channel_to(number: str, trunk: str) -> str:
    """Return the channel that rings a number by a trunk."""
    return f"PJSIP/{number}@{endpoint_of(trunk)}".replace("\\", "\\\\")
