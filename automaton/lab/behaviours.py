"""What a resident or the network can do with one call, and what that is on the wire.

Written by hand from RFC 3261, RFC 3398 and the project's page on calls; nothing here
is read from the product.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to take a call.

    `sip` is the final code of the INVITE, None where the caller gives up first;
    `outcome` the word the product's report must use; `limit` how many such calls a
    number may get in a row before a person decides (None: the budget of tries);
    `pause` the seconds of silence that end what a resident takes as one whole: a
    phrase, or (2 s) one repetition of the message.
    """

    name: str
    sip: int | None
    outcome: str
    counted: bool = True
    limit: int | None = None
    hears_all: bool = False
    keys: str = ""
    pause: float = 0.5


BEHAVIOURS: dict[str, Behaviour] = {
    behaviour.name: behaviour
    for behaviour in (
        Behaviour("press_1", 200, "acknowledged", keys="1"),
        Behaviour("press_3", 200, "acknowledged", keys="3"),
        Behaviour("listens_twice", 200, "acknowledged", keys="21", pause=1.2),
        Behaviour("wrong_key_first", 200, "acknowledged", keys="71", pause=0.8),
        Behaviour("third_time", 200, "acknowledged", keys="1", pause=2.0),
        Behaviour("no_key", 200, "answered_no_key", hears_all=True, pause=2.0),
        Behaviour("hangs_up", 200, "answered_no_key"),
        Behaviour("machine", 200, "machine", pause=2.0),
        Behaviour("long_machine", 200, "machine", pause=2.0),
        Behaviour("screener", 200, "screened", limit=2, pause=2.0),
        Behaviour("rings_out", None, "no_answer"),
        Behaviour("busy", 486, "busy"),
        Behaviour("rejects", 603, "rejected", limit=2),
        Behaviour("unallocated", 404, "unallocated", limit=2),
        Behaviour("announcement", 480, "announcement"),
        Behaviour("congested", 503, "congestion", counted=False),
    )
}
