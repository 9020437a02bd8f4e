"""The exchange as text in, text out: what a packet becomes, and what is noted of it."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from automaton.lab import sip
from automaton.lab.choke import Choke
from automaton.lab.exchange import FORGET_SECONDS, Exchange

OWN = ("127.0.0.1", 5070)
SOURCE = ("127.0.0.1", 40_000)
NUMBER = "+33199000001"
TURN = {"ring": 1, "think": 1, "pause": 0.5, "says_allo": True, "retry_after": 4}


def packet(method, call="a", to="", branch="z9hG4bKone", more=()):
    lines = (
        f"{method} sip:{NUMBER}@127.0.0.1:5070 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:40000;rport;branch={branch}",
        "From: <sip:caller@127.0.0.1>;tag=f",
        f"To: <sip:{NUMBER}@127.0.0.1>{to}",
        f"Call-ID: {call}",
        f"CSeq: 1 {method}",
        *more,
    )
    found = sip.parse(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert found is not None
    return found


def response(code, call="a", method="INVITE"):
    lines = (
        f"SIP/2.0 {code} Word",
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9;town=127.0.0.1-40000",
        "From: <sip:caller@127.0.0.1>;tag=f",
        "To: <sip:town@127.0.0.1>;tag=t",
        f"Call-ID: {call}",
        f"CSeq: 1 {method}",
    )
    found = sip.parse(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert found is not None
    return found


@pytest.fixture
def log() -> StringIO:
    return StringIO()


def exchange(log, *behaviours):
    turns = [{"behaviour": behaviour, **TURN} for behaviour in behaviours]
    return Exchange({NUMBER: turns}, log)


def noted(log):
    return [json.loads(row)["what"] for row in log.getvalue().splitlines()]


def test_a_call_goes_to_asterisk_with_its_order(log):
    onward = exchange(log, "press_1").request(packet("INVITE"), OWN, SOURCE)
    assert onward is not None
    assert onward.value("x-town") == "c1/press_1/1/1/500/1"
    assert "town=127.0.0.1-40000" in onward.value("via")


def test_an_invite_sent_twice_is_one_attempt(log):
    town = exchange(log, "busy", "press_1")
    first = town.request(packet("INVITE"), OWN, SOURCE)
    assert town.request(packet("INVITE"), OWN, SOURCE) == first
    assert noted(log) == ["invite"]
    later = town.request(packet("INVITE", call="b"), OWN, SOURCE)
    assert later is not None
    assert "/press_1/" in later.value("x-town")


def test_a_cancel_carries_the_branch_of_its_invite(log):
    town = exchange(log, "rings_out")
    invite = town.request(packet("INVITE"), OWN, SOURCE)
    cancel = town.request(packet("CANCEL"), OWN, SOURCE)
    assert invite is not None
    assert cancel is not None
    assert cancel.value("via") == invite.value("via")
    town.request(packet("CANCEL"), OWN, SOURCE)
    town.response(response(487))
    assert noted(log) == ["invite", "cancelled"]


def test_what_belongs_to_a_dialog_gets_no_order(log):
    town = exchange(log, "press_1")
    town.request(packet("INVITE"), OWN, SOURCE)
    again = town.request(packet("INVITE", to=";tag=t"), OWN, SOURCE)
    assert again is not None
    assert again.value("x-town") == ""


def test_a_stranger_s_route_is_not_followed(log):
    routed = packet("INVITE", more=["Route: <sip:192.0.2.1;lr>"])
    onward = exchange(log, "press_1").request(routed, OWN, SOURCE)
    assert onward is not None
    assert onward.value("route") == ""


def test_congestion_is_answered_at_the_door_until_acknowledged(log):
    town = exchange(log, "congested")
    for _ in range(2):
        answer = town.request(packet("INVITE"), OWN, SOURCE)
        assert answer is not None
        assert (answer.status, answer.value("retry-after")) == (503, "4")
    assert town.request(packet("ACK", to=";tag=town"), OWN, SOURCE) is None
    cancel = town.request(packet("CANCEL"), OWN, SOURCE)
    assert cancel is not None
    assert cancel.status == 200
    assert noted(log) == ["invite", "refused"]


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS"])
def test_a_trunk_may_register_and_ask(log, method):
    contact = "Contact: <sip:automaton@127.0.0.1:40000>;expires=300"
    asked = packet(method, more=[contact])
    answer = exchange(log).request(asked, OWN, SOURCE)
    assert answer is not None
    assert answer.status == 200
    assert contact in answer.headers
    assert "rport=40000" in answer.value("via")
    assert ";tag=" in answer.value("to")


def test_each_response_is_noted_once_and_goes_back_to_the_caller(log):
    town = exchange(log, "press_1")
    town.request(packet("INVITE"), OWN, SOURCE)
    for code in (100, 180, 180, 200, 200):
        town.response(response(code))
    town.response(response(200, method="BYE"))
    town.response(response(180, call="nobody"))
    assert noted(log) == ["invite", "ringing", "answered"]
    back = sip.returned(response(180))
    assert back is not None
    assert back[1] == SOURCE
    assert back[0].value("via") == ""


def test_a_response_that_is_not_ours_goes_nowhere():
    foreign = sip.Packet("SIP/2.0 200 OK", ("v: SIP/2.0/UDP 127.0.0.1;branch=x",), "")
    assert sip.returned(foreign) is None


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"\r\n\r\n",
        b"INVITE sip:a@b SIP/2.0\r\nVia: x\r\nCSeq: 1 INVITE\r\n\r\n",
        b"\x00\xff\xfe",
        b"SIP/2.0 two OK\r\nv: x\r\nCSeq: 1 A\r\nf: f\r\nt: t\r\ni: c\r\n\r\n",
    ],
)
def test_noise_is_dropped(noise):
    assert sip.parse(noise) is None


def test_calls_long_over_are_forgotten(log):
    town = exchange(log, "press_1")
    town.request(packet("INVITE"), OWN, SOURCE)
    call = next(iter(town.live().values()))
    call.began -= FORGET_SECONDS + 1
    town.request(packet("INVITE", call="b"), OWN, SOURCE)
    assert list(town.live()) == ["b"]


CHOKE = Choke("+3319900", calls_a_minute=60, burst=2, retry_after=7)


def choking(log, monkeypatch, choke=CHOKE, behaviours=("busy", "press_1")):
    """A town whose exchange takes two calls at once and then one a second."""
    clock = [100.0]
    monkeypatch.setattr("automaton.lab.exchange.time.monotonic", lambda: clock[0])
    turns = [{"behaviour": word, **TURN} for word in behaviours]
    return Exchange({NUMBER: turns}, log, [choke]), clock


def test_a_choking_exchange_refuses_beyond_its_rate_and_spends_no_turn(
    log, monkeypatch
):
    town, clock = choking(log, monkeypatch)
    first = town.request(packet("INVITE", call="a"), OWN, SOURCE)
    town.request(packet("INVITE", call="b"), OWN, SOURCE)
    refusal = town.request(packet("INVITE", call="c"), OWN, SOURCE)
    assert first is not None
    assert "/busy/" in first.value("x-town")
    assert refusal is not None
    assert (refusal.status, refusal.value("retry-after")) == (503, "7")
    clock[0] += 1.0
    later = town.request(packet("INVITE", call="d"), OWN, SOURCE)
    assert later is not None
    assert "/press_1/" in later.value("x-town")
    rows = [json.loads(row) for row in log.getvalue().splitlines()]
    told = [(row["attempt"], row["behaviour"]) for row in rows if "behaviour" in row]
    assert told == [(1, "busy"), (2, "press_1"), (3, "choked"), (3, "press_1")]


def test_a_full_exchange_may_say_it_by_a_cause(log, monkeypatch):
    choke = Choke("+", calls_a_minute=6, burst=0, retry_after=0, status=480)
    town, _ = choking(log, monkeypatch, choke)
    town.request(packet("INVITE", call="a"), OWN, SOURCE)
    refusal = town.request(packet("INVITE", call="b"), OWN, SOURCE)
    assert refusal is not None
    assert (refusal.status, refusal.value("reason")) == (480, "Q.850;cause=34")
    assert refusal.value("retry-after") == ""


def test_other_exchanges_do_not_choke(log, monkeypatch):
    town, _ = choking(log, monkeypatch, Choke("+33261", calls_a_minute=1))
    onwards = [
        town.request(packet("INVITE", call=str(n)), OWN, SOURCE) for n in range(9)
    ]
    assert all(onward is not None and not onward.is_response for onward in onwards)
