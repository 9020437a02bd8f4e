"""How a link begins, ends, comes back and tells about it; against the villain."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.asterisk.link import Link
from automaton.clock import SettableClock, SharedClock
from automaton.domain.events import LinkDown, LinkUp
from automaton.errors import ConfigurationError, LineError
from tests.ami.conftest import SWIFT, Ear, link_to
from tests.ami.villain import VillainAmi


async def test_a_wrong_secret_says_what_to_change(
    ami: VillainAmi, clock: SettableClock
) -> None:
    link = link_to(ami, clock, secret="another long secret")
    with pytest.raises(ConfigurationError, match=r"\[automaton\].*manager\.conf"):
        await link.open()
    assert ami.connections == 1
    assert [e async for e in link.events()] == []


async def test_a_secret_that_could_become_a_header_is_refused(
    ami: VillainAmi, clock: SettableClock
) -> None:
    link = link_to(ami, clock, secret="one\r\nAction: Originate")
    with pytest.raises(ConfigurationError):
        await link.open()
    assert ami.actions == []


async def test_a_secret_changed_meanwhile_is_tried_until_it_is_mended(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    await ear.next()
    secret, ami.secret = ami.secret, "changed in manager.conf"
    ami.cut()
    assert isinstance(await ear.next(), LinkDown)
    await ami.has_received("Login", 4)
    ami.secret = secret
    assert isinstance(await ear.next(), LinkUp)


async def test_nobody_listening_is_a_line_error_in_time(
    ami: VillainAmi, clock: SettableClock
) -> None:
    await ami.stop_listening()
    with pytest.raises(LineError):
        await link_to(ami, clock).open(within=timedelta(milliseconds=30))


async def test_an_account_that_hears_no_boot_is_not_up(
    ami: VillainAmi, clock: SettableClock
) -> None:
    ami.says_booted = False
    link = link_to(ami, clock, replace(SWIFT, boot=timedelta(milliseconds=5)))
    opening = asyncio.create_task(link.open(within=timedelta(milliseconds=500)))
    await ami.has_received("Login", 2)
    with pytest.raises(LineError):
        await opening


async def test_an_account_without_events_is_up_after_login_and_hears_nothing(
    ami: VillainAmi, clock: SettableClock
) -> None:
    link = link_to(ami, clock, hears_events=False)
    await link.open()
    assert ami.received("Login")[0]["events"] == ["off"]
    await link.close()
    assert [e async for e in link.events()] == []


async def test_a_cut_is_told_apart_from_a_restart_of_asterisk(
    ami: VillainAmi, link: Link, ear: Ear, clock: SettableClock
) -> None:
    ups = [await ear.next()]
    for seconds, uptime in ((30, 1030), (30, 1059), (30, 4), (2, 6), (2, 0)):
        clock.move(timedelta(seconds=seconds))
        ami.uptime = uptime
        ami.cut()
        assert isinstance(await ear.next(), LinkDown)
        ups.append(await ear.next())
    restarted = [up.restarted for up in ups if isinstance(up, LinkUp)]
    assert restarted == [False, False, False, True, False, True]


@pytest.mark.parametrize(("server", "machine"), [(3600, 0), (0, -10)])
async def test_a_clock_that_jumps_is_no_restart_of_asterisk(
    ami: VillainAmi, clock: SettableClock, server: int, machine: int
) -> None:
    # Asterisk tells its uptime by this machine's clock, nodes go by the database's: one
    # jumped, and calls that may still have rung were given to others at once.
    shared = SharedClock(clock)
    shared.follow(clock.now(), 0.0, 0.0)
    link = link_to(ami, shared)
    ear = Ear(link)
    await link.open()
    assert isinstance(await ear.next(), LinkUp)
    clock.move(timedelta(seconds=30))
    clock.at += timedelta(seconds=machine)
    ami.uptime += 30 + machine
    told, seconds = shared.now() + timedelta(seconds=server), clock.boottime()
    shared.follow(told, seconds, seconds)
    ami.cut()
    assert isinstance(await ear.next(), LinkDown)
    up = await ear.next()
    assert isinstance(up, LinkUp)
    assert not up.restarted
    await link.close()


@pytest.mark.parametrize("uptime", ["", "soon", "-5", "²"])
async def test_an_uptime_that_is_no_number_claims_nothing(
    ami: VillainAmi, link: Link, ear: Ear, uptime: str
) -> None:
    await ear.next()
    ami.uptime = uptime  # type: ignore[assignment]
    ami.cut()
    await ear.next()
    up = await ear.next()
    assert isinstance(up, LinkUp)
    assert not up.restarted


async def test_a_second_fully_booted_is_not_a_second_link(
    ami: VillainAmi, ear: Ear
) -> None:
    await ear.next()
    await ami.tell("FullyBooted", Uptime="0")
    await ami.tell("Hangup")
    assert (await ear.next_event()).headers["event"] == "Hangup"
