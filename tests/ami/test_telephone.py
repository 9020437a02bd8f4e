"""The telephone port against the villain: orders in, facts out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from automaton.asterisk import telephone as room
from automaton.asterisk.checkup import Expected
from automaton.asterisk.examined import ExaminedTelephone
from automaton.asterisk.folder import Access
from automaton.asterisk.link import Pace
from automaton.asterisk.telephone import AsteriskTelephone, telephone_at
from automaton.asterisk.whispers import Whispers
from automaton.clock import SettableClock
from automaton.domain.events import (
    Answered,
    CallEvent,
    HungUp,
    KeyPressed,
    LinkDown,
    LinkEvent,
    LinkUp,
    OrderFailed,
)
from automaton.errors import ConfigurationError, LineError, RequestError
from automaton.loopback import free_port
from automaton.ports import LiveCall, Telephone
from tests.ami.conftest import SWIFT, link_to
from tests.ami.test_journal import KEY, NAME, VALUE
from tests.ami.test_originate import ORDER
from tests.ami.test_whispers import copy_of
from tests.ami.villain import VillainAmi

ID = ORDER.attempt_id
GRACE = timedelta(milliseconds=80)


@pytest.fixture
async def telephone(
    ami: VillainAmi, clock: SettableClock
) -> AsyncIterator[AsteriskTelephone]:
    daily, maintenance = link_to(ami, clock), link_to(ami, clock, hears_events=False)
    opened = AsteriskTelephone(daily, maintenance, clock, hangup_grace=GRACE)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def facts(
    telephone: AsteriskTelephone,
) -> AsyncIterator[asyncio.Queue[CallEvent | LinkEvent]]:
    queue: asyncio.Queue[CallEvent | LinkEvent] = asyncio.Queue()

    async def listen() -> None:
        async for event in telephone.events():
            queue.put_nowait(event)

    listener = asyncio.create_task(listen())
    assert isinstance(await queue.get(), LinkUp)
    yield queue
    await telephone.close()
    await listener


Facts = asyncio.Queue[CallEvent | LinkEvent]


async def next_of(facts: Facts) -> CallEvent | LinkEvent:
    async with asyncio.timeout(30):
        return await facts.get()


def test_it_is_a_telephone(telephone: AsteriskTelephone) -> None:
    port: Telephone = telephone
    assert port is telephone


async def test_an_order_is_sent_once_and_its_facts_come_in_order(
    ami: VillainAmi, telephone: AsteriskTelephone, facts: Facts
) -> None:
    await telephone.place(ORDER)
    own = {"Attempt": ID, "UserEvent": "Automaton"}
    await ami.tell("OriginateResponse", ActionID=ID, Response="Success", Reason="4")
    await ami.tell("Newexten", Uniqueid=ID)
    await ami.tell("UserEvent", **own, Fact="key", Key="1", Seq="1")
    await ami.tell("Hangup", Uniqueid=ID, Cause="16")
    kinds = [type(await next_of(facts)) for _ in range(3)]
    assert kinds == [Answered, KeyPressed, HungUp]
    assert len(ami.received("Originate")) == 1


def examined_at(access: Access, clock: SettableClock, pace: Pace) -> AsteriskTelephone:
    """The daemon's own telephone, of which 503 once told nothing."""
    return ExaminedTelephone(access, Expected((), Path(), ()), clock, pace)


@pytest.mark.parametrize("build", [telephone_at, examined_at])
@pytest.mark.parametrize(("code", "told"), [("503", 7), ("404", None), ("", None)])
async def test_a_refusal_tells_how_long_its_network_asks_to_wait(
    ami: VillainAmi,
    clock: SettableClock,
    build: Callable[..., AsteriskTelephone],
    code: str,
    told: int | None,
) -> None:
    port = free_port(socket.SOCK_DGRAM)
    access = Access("127.0.0.1", ami.port, "daily", ami.secret, "sweeper", ami.secret)
    telephone = build(replace(access, hep_port=port), clock, SWIFT)
    await AsteriskTelephone.open(telephone)  # as if it had been examined
    facts = telephone.events()
    assert isinstance(await anext(facts), LinkUp)
    await telephone.place(ORDER)
    whisper = copy_of("SIP/2.0 503 Full", "Retry-After: 7", number=ORDER.dialled)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asterisk:
        asterisk.sendto(whisper, ("127.0.0.1", port))
    await ami.tell("Hangup", Uniqueid=ID, Cause="34", TechCause=code)
    async with asyncio.timeout(30):
        event = await anext(facts)
    await telephone.close()
    assert isinstance(event, HungUp)
    assert event.retry_after == told


async def test_copies_that_nobody_asks_for_do_not_pile_up(
    ami: VillainAmi, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "DRAIN_SECONDS", 0.001)
    drained = asyncio.Event()
    whispers = Whispers(0)
    monkeypatch.setattr(whispers, "drain", drained.set)
    links = link_to(ami, clock), link_to(ami, clock, hears_events=False)
    telephone = AsteriskTelephone(*links, clock, whispers=whispers)
    await telephone.open()
    async with asyncio.timeout(30):
        await drained.wait()
    await telephone.close()


async def test_events_of_one_call_out_of_order_are_all_told(
    ami: VillainAmi, telephone: AsteriskTelephone, facts: Facts
) -> None:
    await telephone.place(ORDER)
    await ami.tell("Hangup", Uniqueid=ID, Cause="19", TechCause="480")
    await ami.tell("OriginateResponse", ActionID=ID, Response="Failure", Reason="3")
    await ami.tell("DialState", DestUniqueid=ID, DialStatus="RINGING")
    told = [await next_of(facts) for _ in range(3)]
    assert told[0] == HungUp(ID, told[0].at, sip=480, q850=19)
    assert told[1] == OrderFailed(ID, told[1].at, timed_out=True)


async def test_a_malformed_order_never_leaves(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    with pytest.raises(RequestError):
        await telephone.place(replace(ORDER, dialled="0199000001&PJSIP/x"))
    assert ami.received("Originate") == []


async def test_a_refused_order_did_not_leave(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    ami.refuse("Originate", "Permission denied")
    with pytest.raises(LineError, match="Permission denied") as failure:
        await telephone.place(ORDER)
    assert not failure.value.may_have_left


async def test_a_drop_after_the_order_says_that_it_may_ring(
    ami: VillainAmi, telephone: AsteriskTelephone, facts: Facts
) -> None:
    ami.drop_after("Originate")
    with pytest.raises(LineError) as failure:
        await telephone.place(ORDER)
    assert failure.value.may_have_left
    assert isinstance(await next_of(facts), LinkDown)
    assert isinstance(await next_of(facts), LinkUp)
    assert len(ami.received("Originate")) == 1


async def test_a_failed_order_without_a_hangup_never_had_a_channel(
    ami: VillainAmi, telephone: AsteriskTelephone, facts: Facts
) -> None:
    await telephone.place(ORDER)
    await ami.tell("OriginateResponse", ActionID=ID, Response="Failure", Reason="0")
    first, second = await next_of(facts), await next_of(facts)
    assert first == OrderFailed(ID, first.at, no_channel=False)
    assert second == OrderFailed(ID, second.at, no_channel=True)


@pytest.mark.parametrize("order", [("OriginateResponse", "Hangup"), ("Hangup",)])
async def test_a_failed_order_with_its_hangup_is_told_once(
    ami: VillainAmi, telephone: AsteriskTelephone, facts: Facts, order: tuple[str, ...]
) -> None:
    await telephone.place(ORDER)
    said = {
        "OriginateResponse": {"ActionID": ID, "Response": "Failure", "Reason": "0"},
        "Hangup": {"Uniqueid": ID, "Cause": "17", "TechCause": "486"},
    }
    for name in order:
        await ami.tell(name, **said[name])
        await next_of(facts)
    if len(order) == 1:
        await ami.tell("OriginateResponse", **said["OriginateResponse"])
        await next_of(facts)
    await asyncio.sleep(3 * GRACE.total_seconds())
    assert facts.empty()
    assert ami.received("CoreShowChannels") == []


async def test_a_second_order_under_a_living_id_leaves_the_living_call_alone(
    ami: VillainAmi, telephone: AsteriskTelephone, facts: Facts
) -> None:
    # its failure carries the Uniqueid of the call that lives
    await telephone.place(ORDER)
    await telephone.place(ORDER)
    ami.channels = [{"Uniqueid": ID, "ChannelState": "6"}]
    await ami.tell("OriginateResponse", ActionID=ID, Response="Failure", Reason="0")
    await next_of(facts)
    await ami.has_received("CoreShowChannels")
    await asyncio.sleep(2 * GRACE.total_seconds())
    assert facts.empty()


async def test_doubt_about_failed_orders_asks_once_for_all_of_them(
    ami: VillainAmi, telephone: AsteriskTelephone, facts: Facts
) -> None:
    for n in range(30):
        await telephone.place(replace(ORDER, attempt_id=f"a-{n}"))
    for n in range(30):
        failed = {"ActionID": f"a-{n}", "Response": "Failure", "Reason": "0"}
        await ami.tell("OriginateResponse", **failed)
    told = [await next_of(facts) for _ in range(60)]
    assert sum(isinstance(e, OrderFailed) and e.no_channel for e in told) == 30
    assert len(ami.received("CoreShowChannels")) <= 2


async def test_doubt_that_cannot_be_settled_is_left_to_recovery(
    ami: VillainAmi, telephone: AsteriskTelephone, facts: Facts
) -> None:
    await telephone.place(ORDER)
    ami.refuse("CoreShowChannels", "Permission denied")
    await ami.tell("OriginateResponse", ActionID=ID, Response="Failure", Reason="0")
    await next_of(facts)
    await ami.has_received("CoreShowChannels")
    await asyncio.sleep(2 * GRACE.total_seconds())
    assert facts.empty()


async def test_a_broken_link_ends_the_doubt(
    ami: VillainAmi, telephone: AsteriskTelephone, facts: Facts
) -> None:
    await telephone.place(ORDER)
    await ami.tell("OriginateResponse", ActionID=ID, Response="Failure", Reason="0")
    await next_of(facts)
    ami.cut()
    assert [type(await next_of(facts)) for _ in range(2)] == [LinkDown, LinkUp]
    await asyncio.sleep(2 * GRACE.total_seconds())
    assert facts.empty()


async def test_hang_up_names_the_call_by_its_attempt(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    await telephone.hang_up(ID)
    assert ami.received("Hangup")[0]["channel"] == [ID]


async def test_hang_up_of_a_call_that_is_gone_does_nothing(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    ami.refuse("Hangup", "No such channel")
    await telephone.hang_up(ID)
    assert len(ami.received("Hangup")) == 1


async def test_hang_up_waits_for_the_channel_of_a_fresh_order(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    await telephone.place(ORDER)
    ami.refuse("Hangup", "No such channel")
    ending = asyncio.create_task(telephone.hang_up(ID))
    await ami.has_received("Hangup")
    ami.allow("Hangup")
    await ending
    assert len(ami.received("Hangup")) == 2


async def test_other_refusals_of_a_hang_up_are_told(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    ami.refuse("Hangup", "Permission denied")
    with pytest.raises(LineError):
        await telephone.hang_up(ID)


async def test_a_key_is_confirmed_on_the_channel_that_waits(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    await telephone.confirm_key(ID, 2)
    (sent,) = ami.received("Setvar")
    assert sent["channel"] == [ID]
    assert sent["variable"] == ["AUT_COMMITTED"]
    assert sent["value"] == ["2"]


async def test_a_key_of_a_call_that_is_gone_is_fine_and_a_refusal_is_told(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    ami.refuse("Setvar", "No such channel")
    await telephone.confirm_key(ID, 1)
    ami.refuse("Setvar", "Permission denied")
    with pytest.raises(LineError):
        await telephone.confirm_key(ID, 1)


async def test_live_calls_are_named_by_attempt(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    ami.channels = [
        {"Uniqueid": "a", "ChannelState": "6"},
        {"Uniqueid": "b", "ChannelState": "5"},
        {"Uniqueid": "c", "ChannelState": "0"},
        {"Channel": "no state, no id"},
    ]
    assert await telephone.live_calls() == [
        LiveCall("a", is_up=True, is_ringing=False),
        LiveCall("b", is_up=False, is_ringing=True),
        LiveCall("c", is_up=False, is_ringing=False),
    ]


async def test_live_calls_that_nobody_can_tell_are_an_error(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    ami.refuse("CoreShowChannels", "Permission denied")
    with pytest.raises(LineError):
        await telephone.live_calls()


async def test_the_journal_is_read_and_single_keys_are_forgotten(
    ami: VillainAmi, telephone: AsteriskTelephone
) -> None:
    ami.database = {NAME: VALUE}
    assert await telephone.journalled_keys() == [KEY]
    await telephone.forget_keys([KEY])
    assert ami.database == {}


async def test_two_accounts_are_used_and_the_second_hears_nothing(
    ami: VillainAmi, clock: SettableClock
) -> None:
    access = Access("127.0.0.1", ami.port, "daily", ami.secret, "sweeper", ami.secret)
    telephone = telephone_at(access, clock, SWIFT)
    await telephone.open()
    assert telephone.is_up
    logins = [(a["username"], a["events"]) for a in ami.received("Login")]
    assert logins == [(["daily"], ["on"]), (["sweeper"], ["off"])]
    await telephone.close()
    assert not telephone.is_up


async def test_a_refused_second_account_closes_the_first(
    ami: VillainAmi, clock: SettableClock
) -> None:
    access = Access("127.0.0.1", ami.port, "daily", ami.secret, "sweeper", "no secret")
    telephone = telephone_at(access, clock, SWIFT)
    with pytest.raises(ConfigurationError, match="sweeper"):
        await telephone.open()
    assert not telephone.is_up
