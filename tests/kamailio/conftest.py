"""A Kamailio between two operators and two nodes, all of them played by the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.kamailio.peer import Call, Message, Peer, stood
from tests.kamailio.proxy import Program, Proxy, fetched

NUMBER = "+33199000001"
QUICK = {"PING_SECONDS": "1", "PING_MS": "400", "ANSWER_MS": '"1500"', "CAP": '"99"'}


@dataclass(frozen=True)
class Street:
    """Everybody at one address: the proxy, and who is in its sets."""

    proxy: Proxy
    operator: Peer
    second: Peer
    node: Peer
    other: Peer

    @property
    def port(self) -> int:
        """The port of the one address."""
        return self.proxy.port

    @property
    def inside(self) -> int:
        """The port that the nodes know."""
        return self.proxy.inside

    def rung(self) -> tuple[Call, Message]:
        """Let the node call a number; return its call and what the operator got."""
        call = self.node.invite(self.inside, NUMBER)
        invited = self.operator.next("INVITE")
        self.operator.answer(invited, 100)
        return call, invited

    def answered(self) -> Call:
        """Let the operator answer a call of the node, and return it."""
        call, invited = self.rung()
        self.operator.answer(invited, 200)
        call = stood(self.node.next(200), call)
        self.node.within("ACK", self.inside, call)
        self.operator.next("ACK")
        return call


MakeStreet = Callable[..., Street]


@pytest.fixture(scope="session")
def kamailio() -> Program:
    """The Kamailio of Debian, fetched once."""
    return fetched()


@pytest.fixture
def street(kamailio: Program) -> Iterator[MakeStreet]:
    """Make a street, with other values for the lines that may be changed."""
    with ExitStack() as ends:

        def make(apart: bool = False, **defines: str) -> Street:
            peers = [ends.enter_context(Peer()) for _ in range(4)]
            proxy = ends.enter_context(Proxy(kamailio, apart, **{**QUICK, **defines}))
            ports = [peer.port for peer in peers]
            proxy.start({1: ports[:2], 2: ports[2:]})
            return Street(proxy, *peers)

        yield make
