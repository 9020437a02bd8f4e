"""The telephone port on a real Asterisk: far ends answer, refuse, or are silent."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from automaton.asterisk import embedded
from automaton.asterisk.endpoint import channel_to
from automaton.asterisk.link import Account, AmiEvent, Link
from automaton.asterisk.telephone import AsteriskTelephone, telephone_at
from automaton.clock import SystemClock
from automaton.domain.events import (
    Answered,
    Heard,
    HungUp,
    KeyPressed,
    LinkDown,
    LinkUp,
    OrderFailed,
    Rang,
)
from automaton.domain.outcome import Outcome
from automaton.errors import ConfigurationError, LineError
from tests.ami.real import (
    SWIFT,
    Exchange,
    Listener,
    exchange,
    listener,
    order_to,
    refuser,
    telephone,
)
from tests.ami.refuser import Refuser
from tests.asterisk.conftest import far_end, installation, short_folder
from tests.asterisk.far_end import BUSY, PRESSES_1_EARLY, RINGS_THEN_PRESSES_1, SILENT

__all__ = [
    "exchange",
    "far_end",
    "installation",
    "listener",
    "refuser",
    "short_folder",
    "telephone",
]
pytestmark = pytest.mark.asterisk


async def test_a_key_is_told_journalled_confirmed_and_forgotten(
    telephone: AsteriskTelephone, listener: Listener
) -> None:
    order = order_to(PRESSES_1_EARLY)
    await telephone.place(order)
    key = await listener.has(order.attempt_id, KeyPressed)
    assert isinstance(key, KeyPressed)
    assert (key.key, key.seq) == ("1", 1)
    journalled = await telephone.journalled_keys()
    (entry,) = [each for each in journalled if each.attempt_id == order.attempt_id]
    assert (entry.key, entry.seq, entry.campaign_id) == ("1", 1, "campaign-1")
    assert entry.installation == "ami-node"
    assert abs(entry.at - datetime.now(UTC)) < timedelta(seconds=10)
    attempt = await listener.ended(order.attempt_id)
    assert attempt.outcome is Outcome.ACKNOWLEDGED
    assert isinstance(await listener.has(order.attempt_id, Heard), Heard)
    await telephone.forget_keys([entry])
    assert entry not in await telephone.journalled_keys()


async def test_ringing_and_the_answer_are_told_before_the_key(
    telephone: AsteriskTelephone, listener: Listener
) -> None:
    order = order_to(RINGS_THEN_PRESSES_1)
    await telephone.place(order)
    await listener.ended(order.attempt_id)
    kinds = [type(fact) for fact in listener.of(order.attempt_id)]
    assert kinds == [Rang, Answered, KeyPressed, Heard, HungUp]


async def test_a_call_costs_five_events_on_the_wire(
    exchange: Exchange, telephone: AsteriskTelephone, listener: Listener
) -> None:
    access = exchange.access
    account = Account(access.host, access.port, access.user, access.secret)
    wire = Link(account, SystemClock())
    await wire.open()
    order = order_to(RINGS_THEN_PRESSES_1)
    await telephone.place(order)
    await listener.ended(order.attempt_id)
    await wire.send({"Action": "Ping"})
    await wire.close()
    told = [each async for each in wire.events() if isinstance(each, AmiEvent)]
    names = sorted(each.headers["event"] for each in told)
    expected = "DialState Hangup OriginateResponse UserEvent UserEvent"
    assert " ".join(names) == expected


async def test_a_busy_far_end_is_busy(
    telephone: AsteriskTelephone, listener: Listener
) -> None:
    order = order_to(BUSY)
    await telephone.place(order)
    attempt = await listener.ended(order.attempt_id)
    assert (attempt.sip, attempt.q850, attempt.outcome) == (486, 17, Outcome.BUSY)


@pytest.mark.parametrize(
    ("sip", "q850"),
    [(486, 17), (404, 1), (603, 21), (503, 34), (480, 19), (403, 21), (484, 28)],
)
async def test_a_refusal_comes_with_its_sip_code_and_cause(
    telephone: AsteriskTelephone,
    listener: Listener,
    refuser: Refuser,
    sip: int,
    q850: int,
) -> None:
    order = order_to(f"0199000{sip}", "refuser")
    await telephone.place(order)
    attempt = await listener.ended(order.attempt_id)
    assert (attempt.sip, attempt.q850) == (sip, q850)
    assert not attempt.timed_out
    assert not attempt.no_channel
    assert refuser.rung == [f"0199000{sip}"]


@pytest.mark.parametrize(
    ("number", "rings"), [("0199000180", True), ("0199000999", False)]
)
async def test_our_own_ring_time_is_told_as_such(
    telephone: AsteriskTelephone,
    listener: Listener,
    refuser: Refuser,
    number: str,
    rings: bool,
) -> None:
    order = replace(order_to(number, "refuser"), ring=timedelta(seconds=1))
    await telephone.place(order)
    attempt = await listener.ended(order.attempt_id)
    assert attempt.timed_out
    assert (attempt.rang_at is not None) is rings
    assert attempt.outcome is Outcome.NO_ANSWER


async def test_an_unknown_trunk_is_no_channel(
    telephone: AsteriskTelephone, listener: Listener
) -> None:
    order = order_to(PRESSES_1_EARLY, "nowhere")
    await telephone.place(order)
    attempt = await listener.ended(order.attempt_id)
    assert attempt.outcome is Outcome.LOCAL_FAILURE


async def test_a_second_order_under_a_living_id_leaves_the_call_alone(
    telephone: AsteriskTelephone, listener: Listener
) -> None:
    order = order_to(SILENT)
    await telephone.place(order)
    await listener.has(order.attempt_id, Answered)
    await telephone.place(order)
    await listener.has(order.attempt_id, OrderFailed)
    (live,) = await telephone.live_calls()
    assert live.attempt_id == order.attempt_id
    await telephone.hang_up(order.attempt_id)
    hung_up = await listener.has(order.attempt_id, HungUp)
    assert isinstance(hung_up, HungUp)
    assert hung_up.q850 == 16


@pytest.mark.parametrize("moment", ["at once", "ringing", "answered"])
async def test_a_call_is_hung_up_at_any_moment(
    telephone: AsteriskTelephone, listener: Listener, refuser: Refuser, moment: str
) -> None:
    is_answered = moment == "answered"
    order = order_to(SILENT) if is_answered else order_to("0199000180", "refuser")
    await telephone.place(order)
    if moment != "at once":
        await listener.has(order.attempt_id, Answered if is_answered else Rang)
    await telephone.hang_up(order.attempt_id)
    await listener.has(order.attempt_id, HungUp)
    assert await telephone.live_calls() == []


async def test_a_call_that_lives_is_adopted_by_the_next_session(
    exchange: Exchange, telephone: AsteriskTelephone, listener: Listener
) -> None:
    order = order_to(SILENT)
    await telephone.place(order)
    await listener.has(order.attempt_id, Answered)
    await telephone.close()
    heir = telephone_at(exchange.access, SystemClock(), SWIFT)
    await heir.open()
    heard = Listener(heir)
    (live,) = await heir.live_calls()
    assert live.attempt_id == order.attempt_id
    assert live.is_up
    await heir.hang_up(live.attempt_id)
    await heard.has(live.attempt_id, HungUp)
    await heir.close()
    await heard._task


async def test_the_second_account_may_not_call_and_neither_has_the_class_system(
    exchange: Exchange,
) -> None:
    access, clock = exchange.access, SystemClock()
    daily = Link(Account(access.host, access.port, access.user, access.secret), clock)
    sweeper = Link(
        Account(
            access.host,
            access.port,
            access.maintenance_user,
            access.maintenance_secret,
            hears_events=False,
        ),
        clock,
    )
    await daily.open()
    await sweeper.open()
    deleting = {"Action": "DBDel", "Family": "automaton", "Key": "none/1"}
    assert "denied" in (await daily.send(deleting)).reason
    assert "denied" in (await sweeper.send(deleting)).reason
    calling = {"Action": "Originate", "Channel": channel_to("x", "town")}
    assert "denied" in (await sweeper.send(calling)).reason
    await daily.close()
    await sweeper.close()


async def test_a_wrong_secret_is_refused_by_asterisk_too(exchange: Exchange) -> None:
    access = replace(exchange.access, secret="not the secret of anybody")
    with pytest.raises(ConfigurationError, match=r"manager\.conf"):
        await telephone_at(access, SystemClock(), SWIFT).open()


async def test_many_calls_at_once_lose_no_fact(
    telephone: AsteriskTelephone, listener: Listener, refuser: Refuser
) -> None:
    orders = [order_to("0199000486", "refuser") for _ in range(100)]
    for few in range(0, 100, 10):
        await asyncio.gather(*(telephone.place(o) for o in orders[few : few + 10]))
    attempts = [await listener.ended(order.attempt_id) for order in orders]
    assert {attempt.outcome for attempt in attempts} == {Outcome.BUSY}


async def test_a_stalled_asterisk_is_noticed_and_is_no_restart(
    exchange: Exchange,
) -> None:
    pace = replace(
        SWIFT, heartbeat=timedelta(milliseconds=200), answer=timedelta(seconds=1)
    )
    telephone = telephone_at(exchange.access, SystemClock(), pace)
    await telephone.open()
    listener = Listener(telephone)
    order = order_to(SILENT)
    await telephone.place(order)
    await listener.has(order.attempt_id, Answered)
    running = embedded.status(exchange.folder)
    assert running is not None
    os.kill(running.pid, signal.SIGSTOP)
    try:
        await listener.until(lambda: isinstance(listener.facts[-1], LinkDown))
    finally:
        os.kill(running.pid, signal.SIGCONT)
    await listener.until(lambda: isinstance(listener.facts[-1], LinkUp))
    back = listener.facts[-1]
    assert isinstance(back, LinkUp)
    assert not back.restarted
    (live,) = await telephone.live_calls()
    assert live.attempt_id == order.attempt_id
    await telephone.hang_up(order.attempt_id)
    await telephone.close()
    await listener._task


async def test_a_killed_asterisk_is_noticed_and_its_restart_told(
    exchange: Exchange, telephone: AsteriskTelephone, listener: Listener
) -> None:
    order = order_to(SILENT)
    await telephone.place(order)
    await listener.has(order.attempt_id, Answered)
    running = embedded.status(exchange.folder)
    assert running is not None
    embedded.end(running.pid, grace=0)
    await listener.until(lambda: isinstance(listener.facts[-1], LinkDown))
    with pytest.raises(LineError) as failure:
        await telephone.place(order_to(SILENT))
    assert not failure.value.may_have_left
    await asyncio.to_thread(exchange.start)
    await listener.until(lambda: isinstance(listener.facts[-1], LinkUp))
    back = listener.facts[-1]
    assert isinstance(back, LinkUp)
    assert back.restarted
    assert await telephone.live_calls() == []
