"""What the one address does with a call, and what it never does."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.kamailio.conftest import NUMBER, MakeStreet
from tests.kamailio.peer import Peer
from tests.kamailio.proxy import SOURCE, Program, Proxy
from tests.system.stage import until

pytestmark = pytest.mark.slow


def test_kamailio_takes_the_configuration_and_both_examples(kamailio: Program) -> None:
    with Proxy(kamailio) as proxy:
        cfg = proxy.write({})
        local = (SOURCE / "kamailio-local.cfg").read_text("utf-8")
        listens = local.replace("10.0.0.5", "127.0.0.1")
        where = f'#!define DESTINATIONS "{SOURCE}/dispatcher.list"\n'
        (proxy.folder / "kamailio-local.cfg").write_text(listens + where, "utf-8")
        order = kamailio.command(cfg, "-c")
        told = subprocess.run(order, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "config file ok" in told.stdout + told.stderr
    assert re.search("ERROR|CRITICAL|WARNING", told.stdout + told.stderr) is None


def test_a_call_of_a_node_reaches_the_operator_from_the_one_address(
    street: MakeStreet,
) -> None:
    here = street()
    identity = f"<sip:{NUMBER}@127.0.0.1>"
    more = {"P-Asserted-Identity": identity}
    here.node.invite(here.port, NUMBER, None, **more)
    invited = here.operator.next("INVITE")
    assert invited.port == here.port
    assert invited.target == f"sip:{NUMBER}@127.0.0.1:{here.operator.port}"
    assert invited.one("P-Asserted-Identity") == identity
    assert f"127.0.0.1:{here.port}" in invited.one("Record-Route")
    here.operator.answer(invited, 180)
    assert here.node.next(180).port == here.port
    here.operator.answer(invited, 200)
    assert here.node.next(200).one("Call-ID") == invited.one("Call-ID")
    assert here.second.rest() == []


@pytest.mark.parametrize("apart", [False, True])
def test_the_rest_of_a_call_takes_the_same_way(street: MakeStreet, apart: bool) -> None:
    here = street(apart)
    call = here.answered()
    here.node.within("BYE", here.inside, call)
    ended = here.operator.next("BYE")
    assert ended.port == here.port
    here.operator.answer(ended, 200)
    said = here.node.next(200)
    assert (said.one("CSeq"), said.port) == ("2 BYE", here.inside)


def test_a_refusal_is_told_to_the_node_as_it_is_and_tried_nowhere_else(
    street: MakeStreet,
) -> None:
    here = street()
    for code in (302, 404, 486, 500, 503, 603):
        _, invited = here.rung()
        here.operator.answer(invited, code, **{"Retry-After": "7"})
        assert here.operator.next("ACK").port == here.port
        assert here.node.next(code).one("Retry-After") == "7"
    assert here.second.rest() == here.operator.rest() == []


def test_a_call_that_nobody_answers_is_tried_nowhere_else(street: MakeStreet) -> None:
    here = street()
    here.node.invite(here.port, NUMBER)
    invited = here.operator.next("INVITE")
    here.node.next(408)
    repeated = [one.all("Via")[0] for one in here.operator.rest()]
    assert set(repeated) <= {invited.all("Via")[0]}
    assert here.second.rest() == []


def test_an_invite_that_comes_again_is_no_second_call(street: MakeStreet) -> None:
    here = street()
    call, invited = here.rung()
    here.operator.answer(invited, 180)
    here.node.next(180)
    here.node.invite(here.port, NUMBER, call)
    here.node.next(180)
    assert here.operator.rest() == []


def test_a_call_that_is_taken_back_is_taken_back_at_the_operator(
    street: MakeStreet,
) -> None:
    here = street()
    call, invited = here.rung()
    here.operator.answer(invited, 180)
    here.node.next(180)
    here.node.ask("CANCEL", here.port, NUMBER, call)
    assert here.node.next(200).one("CSeq") == "1 CANCEL"
    taken = here.operator.next("CANCEL")
    assert taken.one("Via") == invited.all("Via")[0]
    here.operator.answer(taken, 200)
    here.operator.answer(invited, 487)
    here.node.next(487)


def test_more_calls_than_the_cap_are_refused_and_told_when_to_come_again(
    street: MakeStreet,
) -> None:
    here = street(CAP='"3"', CAP_SECONDS="600")
    for _ in range(3):
        here.rung()
    here.node.invite(here.port, NUMBER)
    refused = here.node.next(503)
    assert refused.one("Retry-After") == "1"
    here.other.invite(here.port, NUMBER)
    here.other.next(503)
    assert here.operator.rest() == []


def test_a_second_later_the_cap_lets_calls_pass_again(street: MakeStreet) -> None:
    here = street(CAP='"1"')

    here.rung()

    def passes() -> bool:
        here.node.invite(here.port, NUMBER)
        return here.operator.sees("INVITE", 0.3)

    until(passes, 5, "a call passes again")


def test_a_stranger_reaches_nobody(street: MakeStreet) -> None:
    here = street()
    with Peer("127.0.0.2") as stranger:
        for method in ("INVITE", "REGISTER", "BYE", "OPTIONS"):
            stranger.ask(method, here.port, NUMBER)
            stranger.next(403)
    assert here.operator.rest() == here.node.rest() == []
    assert "a stranger" in here.proxy.said()


def test_calls_that_come_in_reach_the_nodes_in_turn(street: MakeStreet) -> None:
    here = street()
    for _ in range(2):
        here.operator.invite(here.port, NUMBER)
    assert here.node.next("INVITE").target == here.other.next("INVITE").target


def test_a_node_that_is_gone_gets_no_call(street: MakeStreet) -> None:
    here = street()
    here.other.close()
    until(lambda: "does not answer" in here.proxy.said(), 10, "it is noticed")
    for _ in range(3):
        here.operator.invite(here.port, NUMBER)
        here.node.next("INVITE")


def test_without_an_operator_that_answers_a_call_is_refused_at_once(
    street: MakeStreet,
) -> None:
    here = street()
    here.operator.close()
    here.second.close()
    until(lambda: here.proxy.said().count("does not answer") == 2, 10, "noticed")
    here.node.invite(here.port, NUMBER)
    here.node.next(503)
