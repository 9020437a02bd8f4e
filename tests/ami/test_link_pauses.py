"""What the link does when nobody reads, nobody answers, or it is given up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.asterisk.link import MOST_UNANSWERED, AmiEvent, Link
from automaton.asterisk.wire import Wire
from automaton.clock import SettableClock
from automaton.domain.events import LinkDown, LinkUp
from automaton.errors import LineError
from tests.ami.conftest import SWIFT, Ear, link_to
from tests.ami.villain import VillainAmi

ORIGINATE = {"Action": "Originate", "ActionID": "a-1", "Channel": "PJSIP/x@trunk"}


async def test_an_event_that_nobody_can_take_closes_nothing(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    # a callback that raised closed panoramisk's link
    await ear.next()
    hear, calls = link._wire._hear, []  # type: ignore[union-attr]

    def stumble(headers: object) -> None:
        calls.append(headers)
        raise ValueError("no")

    link._wire._hear = stumble  # type: ignore[union-attr]
    await ami.tell("Hangup", Cause="16")
    await link.send({"Action": "Ping"})
    link._wire._hear = hear  # type: ignore[union-attr]
    await ami.tell("Hangup", Cause="17")
    assert len(calls) == 1
    assert (await ear.next_event()).headers["cause"] == "17"


async def test_a_slow_reader_stops_the_wire_and_loses_nothing(
    ami: VillainAmi, clock: SettableClock
) -> None:
    patient = replace(SWIFT, most_unread=100, answer=timedelta(seconds=5))
    link = link_to(ami, clock, patient)
    await link.open()
    flood = b"".join(
        b"Event: UserEvent\r\nNumber: %d\r\nText: %s\r\n\r\n" % (n, b"x" * 500)
        for n in range(20_000)
    )
    sending = asyncio.create_task(ami.send(flood))
    while not link._is_paused:  # noqa: ASYNC110 - told to nobody
        await asyncio.sleep(0.001)
    pings = len(ami.received("Ping"))
    await asyncio.sleep(0.1)
    assert len(ami.received("Ping")) <= pings + 1
    assert link._queue.qsize() < 2000
    assert not sending.done()
    ear = Ear(link)
    assert isinstance(await ear.next(), LinkUp)
    numbers = [(await ear.next_event()).headers["number"] for _ in range(20_000)]
    assert numbers == [str(n) for n in range(20_000)]
    await sending
    await link.close()


async def test_pauses_between_tries_grow_with_jitter_up_to_a_roof(
    ami: VillainAmi, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    enough = asyncio.Event()
    link = link_to(ami, clock, replace(SWIFT, longest_pause=timedelta(milliseconds=9)))
    real_sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        if seconds:
            pauses.append(seconds)
        if len(pauses) == 6:
            enough.set()
        await real_sleep(0)

    await ami.stop_listening()
    monkeypatch.setattr(asyncio, "sleep", note)
    opening = asyncio.create_task(link.open())
    await enough.wait()
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    assert pauses[:6] == pytest.approx([0.001, 0.002, 0.004, 0.008, 0.009, 0.009])


async def test_a_link_that_held_begins_again_with_the_short_pause(
    ami: VillainAmi, link: Link, ear: Ear, clock: SettableClock
) -> None:
    await ear.next()
    for _ in range(3):
        clock.move(timedelta(minutes=1))
        ami.cut()
        assert [type(await ear.next()) for _ in range(2)] == [LinkDown, LinkUp]


async def test_close_ends_the_stream_after_what_was_heard(
    ami: VillainAmi, clock: SettableClock
) -> None:
    link = link_to(ami, clock)
    await link.open()
    await ami.tell("Hangup")
    await link.send({"Action": "Ping"})
    await link.close()
    heard = [event async for event in link.events()]
    assert [type(event) for event in heard] == [LinkUp, AmiEvent, LinkDown]
    assert not link.is_up
    await link.close()


async def test_the_secret_is_not_in_the_representation(
    ami: VillainAmi, clock: SettableClock
) -> None:
    assert ami.secret not in repr(link_to(ami, clock)._account)


async def test_a_peer_that_talks_but_never_answers_is_left_after_a_while(
    ami: VillainAmi, clock: SettableClock
) -> None:
    link = link_to(ami, clock, replace(SWIFT, answer=timedelta(milliseconds=30)))
    await link.open()
    ear = Ear(link)
    await ear.next()
    ami.stall("Ping")
    await ami.tell("UserEvent")
    told = 0
    while not isinstance(await ear.next(), LinkDown):
        told += 1
        await asyncio.sleep(0.01)
        await ami.tell("UserEvent")
    assert len(ami.received("Ping")) == MOST_UNANSWERED + 1
    assert told > MOST_UNANSWERED
    await link.close()


async def test_a_fault_of_our_own_ends_the_stream_and_is_raised_at_close(
    ami: VillainAmi, clock: SettableClock
) -> None:
    link = link_to(ami, clock)
    await link.open()

    def stumble() -> float:
        raise ValueError("no")

    link._jitter = stumble
    ami.cut()
    assert [type(event) async for event in link.events()] == [LinkUp, LinkDown]
    with pytest.raises(ValueError, match="no"):
        await link.close()


async def test_an_opening_that_is_given_up_leaves_nothing_behind(
    ami: VillainAmi, clock: SettableClock
) -> None:
    ami.stall("Login")
    link = link_to(ami, clock)
    opening = asyncio.create_task(link.open())
    await ami.has_received("Login")
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert not link.is_up
    assert [task for task in asyncio.all_tasks() if task.get_name() == "ami-link"] == []


async def test_a_drop_while_asterisk_still_boots_is_tried_again(
    ami: VillainAmi, clock: SettableClock
) -> None:
    ami.says_booted = False
    link = link_to(ami, clock)
    opening = asyncio.create_task(link.open())
    await ami.has_received("Login")
    await asyncio.sleep(0.02)
    ami.says_booted = True
    ami.cut()
    await opening
    assert len(ami.received("Login")) == 2
    await link.close()


async def test_a_boot_told_after_the_login_brings_the_link_up(
    ami: VillainAmi, clock: SettableClock
) -> None:
    ami.says_booted = False
    link = link_to(ami, clock)
    opening = asyncio.create_task(link.open())
    await ami.has_received("Login")
    await asyncio.sleep(0.02)
    with pytest.raises(LineError):
        await link.send(ORIGINATE)
    await ami.tell("FullyBooted", Uptime="0")
    await opening
    assert link.is_up
    await link.close()


async def test_a_wire_that_was_cut_sends_nothing_more(ami: VillainAmi) -> None:
    wire = Wire(lambda _: None)
    await wire.open("127.0.0.1", ami.port, SWIFT.answer)
    wire.cut("enough")
    with pytest.raises(LineError) as failure:
        await wire.ask(ORIGINATE, SWIFT.answer)
    assert not failure.value.may_have_left
    wire.resume()
    assert await wire.lost == "enough"
    assert ami.actions == []
