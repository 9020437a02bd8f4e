"""How long Asterisk takes to answer is told, of orders and of pings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.asterisk.link import Account, Link
from automaton.clock import SystemClock
from automaton.errors import LineError
from tests.ami.conftest import SWIFT
from tests.ami.villain import VillainAmi


def timed_link(ami: VillainAmi, told: list[float], heartbeat: timedelta) -> Link:
    account = Account("127.0.0.1", ami.port, "automaton", ami.secret)
    pace = replace(SWIFT, answer=timedelta(milliseconds=100), heartbeat=heartbeat)
    return Link(account, SystemClock(), pace, timed=told.append)


async def test_each_answer_is_timed_and_one_that_never_comes_too(
    ami: VillainAmi,
) -> None:
    told: list[float] = []
    link = timed_link(ami, told, timedelta(seconds=60))
    await link.open()
    await link.send({"Action": "CoreShowChannels"})
    assert len(told) == 1
    assert 0 < told[0] < 0.1
    ami.stall("CoreShowChannels")
    with pytest.raises(LineError):
        await link.send({"Action": "CoreShowChannels"})
    assert told[1] == pytest.approx(0.1, abs=0.05)
    await link.close()
    with pytest.raises(LineError):
        await link.send({"Action": "CoreShowChannels"})
    assert len(told) == 2


async def test_a_quiet_link_is_timed_by_its_pings(ami: VillainAmi) -> None:
    told: list[float] = []
    link = timed_link(ami, told, timedelta(milliseconds=10))
    await link.open()
    await ami.has_received("Ping", 3)
    await link.close()
    assert len(told) >= 2
