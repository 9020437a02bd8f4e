"""What single parts cost, in CPU: `python -m benchmarks parts`.

The way of a call's events from the socket to our own, the judge of histories on 50,000
calls, and the default voice.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from time import process_time

from automaton.asterisk.link import AmiEvent
from automaton.asterisk.translate import translate
from automaton.clock import SettableClock
from automaton.domain.events import HungUp
from automaton.lab.history import HistoryRules, Outage, TrunkRules, check
from automaton.lab.numbers import landline
from automaton.voices.pico import Pico
from tests.ami.conftest import link_to
from tests.ami.villain import VillainAmi, packet
from tests.lab.histories import busy, confirmed, log, moment, told

CALLS = 2_000
JUDGED = 50_000
KILLS = 200


def main(_: None) -> None:
    wire = asyncio.run(events_in())
    print(f"five events, socket to our own: {wire / CALLS * 1e3:.3f} ms a call")
    print(f"a history of {JUDGED} calls, {KILLS} kills judged: {judge():.1f} s")
    spoken, seconds = voice()
    print(f"the default voice: {spoken / seconds * 1e3:.1f} ms a second of speech")


async def events_in() -> float:
    """Return the seconds that the events of all calls take."""
    packets = [events_of(f"attempt-{n}") for n in range(CALLS)]
    async with VillainAmi() as ami:
        link = link_to(ami, SettableClock(datetime(2026, 1, 15, 12, tzinfo=UTC)))
        await link.open()
        heard = link.events()
        await anext(heard)
        wire = link._wire  # noqa: SLF001 - the socket itself is not what is measured
        assert wire is not None
        began, ended = process_time(), 0
        for data in packets:
            wire.protocol.data_received(data)
        while ended < CALLS:
            told = await anext(heard)
            ended += isinstance(told, AmiEvent) and isinstance(translate(told), HungUp)
        spent = process_time() - began
        await link.close()
    return spent


def events_of(attempt_id: str) -> bytes:
    """Return the five events of a call, as wide as Asterisk tells them."""
    names = "ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum Language"
    channel = dict.fromkeys(names.split(), "unknown")
    channel |= {"Channel": "PJSIP/town-00000001", "Context": "automaton-alert"}
    channel |= {"Uniqueid": attempt_id, "Linkedid": attempt_id, "Exten": "s"}
    dialled = {f"Dest{name}": value for name, value in channel.items()}
    fact = {**channel, "UserEvent": "Automaton", "Attempt": attempt_id}
    verdict = {"Response": "Success", "Reason": "4", "Uniqueid": attempt_id}
    events = [
        {"Event": "DialState", **dialled, "DialStatus": "RINGING"},
        {"Event": "OriginateResponse", "ActionID": attempt_id, **verdict},
        {"Event": "UserEvent", **fact, "Fact": "key", "Key": "1", "Seq": "1"},
        {"Event": "UserEvent", **fact, "Fact": "done", "Heard": "1", "Seconds": "4"},
        {"Event": "Hangup", **channel, "Cause": "16", "Cause-txt": "Normal Clearing"},
    ]
    return b"".join(map(packet, events))


def judge() -> float:
    """Return the seconds in which a flawless history is found to be one."""
    records, calls = [], []
    for n in range(JUDGED // 2):
        number = landline(n)
        mine = [busy(n / 20, number=number), confirmed(3000 + n / 20, number=number)]
        records.append(told(mine))
        calls += mine
    events = log(calls)
    rules = HistoryRules(any_trunk=TrunkRules(lines=300, calls_per_second=20))
    kills = [Outage(moment(9e6 + n), moment(9e6 + n), "daemon") for n in range(KILLS)]
    began = process_time()
    assert check(records, events, rules, kills) == []
    return process_time() - began


def voice() -> tuple[float, float]:
    """Return the seconds it took to speak, and those that were spoken."""
    began = process_time()
    seconds = Pico().render("Montez à l'étage. " * 20, "fr").seconds
    return process_time() - began, seconds
