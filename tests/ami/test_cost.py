"""What a call costs on the way from the socket to our own events."""

from __future__ import annotations

import time

from automaton.asterisk.link import AmiEvent
from automaton.asterisk.translate import translate
from automaton.domain.events import HungUp
from tests.ami.conftest import Ear
from tests.ami.villain import packet

CALLS = 1000
MOST_SECONDS_A_CALL = 0.001


def events_of(attempt_id: str) -> bytes:
    """Return the five events of a call as wide as Asterisk tells them."""
    names = "ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum Language"
    channel = dict.fromkeys(names.split(), "unknown")
    channel |= {"Channel": "PJSIP/town-00000001", "Context": "automaton-alert"}
    channel |= {"Uniqueid": attempt_id, "Linkedid": attempt_id, "Exten": "s"}
    dialled = {f"Dest{name}": value for name, value in channel.items()}
    fact = {**channel, "UserEvent": "Automaton", "Attempt": attempt_id}
    verdict = {"Response": "Success", "Reason": "4", "Uniqueid": attempt_id}
    told = [
        {"Event": "DialState", **dialled, "DialStatus": "RINGING"},
        {"Event": "OriginateResponse", "ActionID": attempt_id, **verdict},
        {"Event": "UserEvent", **fact, "Fact": "key", "Key": "1", "Seq": "1"},
        {"Event": "UserEvent", **fact, "Fact": "done", "Heard": "1", "Seconds": "4"},
        {"Event": "Hangup", **channel, "Cause": "16", "Cause-txt": "Normal Clearing"},
    ]
    return b"".join(map(packet, told))


async def test_a_call_of_five_events_costs_less_than_a_millisecond(ear: Ear) -> None:
    await ear.next()
    assert ear.link._wire is not None
    take = ear.link._wire.protocol.data_received
    packets = [events_of(f"attempt-{n}") for n in range(CALLS)]
    began, ended = time.process_time(), 0
    for data in packets:
        take(data)
    while ended < CALLS:
        told = await ear.next()
        assert isinstance(told, AmiEvent)
        ended += isinstance(translate(told), HungUp)
    spent = time.process_time() - began
    print(f"{spent / CALLS * 1000:.3f} ms of CPU a call")  # noqa: T201
    assert spent / CALLS < MOST_SECONDS_A_CALL
