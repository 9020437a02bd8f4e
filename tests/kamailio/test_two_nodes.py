"""Two whole nodes behind one address, daemon and Asterisk each; a town beyond it."""

from __future__ import annotations

import os
import signal
import socket
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from automaton.domain.outcome import Outcome
from automaton.loopback import free_port
from automaton.services.imports import import_contacts
from automaton.services.previews import ImportRequest
from automaton.store.people import SqlBook
from tests.kamailio.proxy import Program, Proxy
from tests.system.conftest import MakeStage, installation, prompts, stage
from tests.system.stage import BY, DUTY, Stage, Trunk, home, number, on_duty, until

__all__ = ["installation", "prompts", "stage"]

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]

HEADINGS = "nom;prénom;adresse;téléphone\n"
FIRST, SECOND = range(1, 13), range(21, 33)
PACE = "calls_per_second = 6"
CAP, A_FEW = 2, 4


def alerted(node: Stage, homes: Sequence[int]) -> str:
    """Enter these homes as a commune of a node and launch an alert to them."""
    table = HEADINGS + "".join(f"A{n};B;{n} rue Basse;{number(n)}\n" for n in homes)
    request = ImportRequest(node.commune(), "homes.csv", table.encode(), BY)
    import_contacts(SqlBook(node.office.desk.engine), node.office.clock, request)
    campaign = node.drafted(request.register_id)
    node.launch(campaign)
    return campaign


def behind(proxy: Proxy, stage: MakeStage) -> tuple[Stage, Stage]:
    """Raise a town and two nodes, each with one of the ways to name the proxy."""
    ports = [free_port(socket.SOCK_DGRAM) for _ in range(2)]
    own = [f"[asterisk]\nsip_port = {port}\n" for port in ports]
    by_proxy = f'{PACE}\noutbound_proxy = "sip:127.0.0.1:{proxy.port}"'
    script = "".join(home(n, "press_1") for n in (*FIRST, *SECOND)) + on_duty(DUTY)
    one = stage(trunks={"town": Trunk(script, more=by_proxy)}, more=own[0])
    two = stage(trunks={"town": Trunk(port=proxy.port, more=PACE)}, more=own[1])
    proxy.start({1: [one.town.port], 2: ports})
    return one, two


def test_each_rings_its_homes_and_the_end_of_one_is_nothing_to_the_other(
    kamailio: Program, stage: MakeStage
) -> None:
    with Proxy(kamailio) as proxy:
        one, two = behind(proxy, stage)
        alerted(one, FIRST)
        kept = alerted(two, SECOND)
        until(lambda: len(one.happened("answered")) >= 6, 30, "both are calling")
        one.kill()
        os.kill(one.asterisk(), signal.SIGKILL)
        two.ended(kept)
        assert set(two.states(kept).values()) == {"acknowledged"}
        rung = Counter(event.number for event in one.happened("invite"))
        assert {rung[number(n)] for n in SECOND} == {1}
        assert len(one.happened("key", *SECOND)) == len(SECOND)
        assert "a stranger" not in proxy.said()


def test_more_than_the_address_may_carry_is_refused_and_rung_later(
    kamailio: Program, stage: MakeStage
) -> None:
    with Proxy(kamailio, CAP=f'"{CAP}"') as proxy:
        one, two = behind(proxy, stage)
        few, others = FIRST[:A_FEW], SECOND[:A_FEW]
        launched = [(one, alerted(one, few)), (two, alerted(two, others))]
        refused = 0
        for node, campaign in launched:
            node.ended(campaign)
            assert set(node.states(campaign).values()) == {"acknowledged"}
            refused += node.report(campaign).by_outcome.get(Outcome.CONGESTION, 0)
        assert refused > 0
        invites = [event.at for event in one.happened("invite", *few, *others)]
        assert len(invites) == 2 * A_FEW
        busiest = max(
            sum(at <= other < at + timedelta(seconds=1) for other in invites)
            for at in invites
        )
        assert busiest <= 2 * CAP  # it counts in fixed seconds; any second touches two
