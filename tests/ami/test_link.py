"""The link against a villain AMI server: each fault has a name and a test."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.asterisk.link import Link
from automaton.asterisk.wire import LONGEST_HEADER, LONGEST_MESSAGE
from automaton.clock import SettableClock
from automaton.domain.events import LinkDown, LinkUp
from automaton.errors import LineError, RequestError
from tests.ami.conftest import SWIFT, Ear, link_to
from tests.ami.villain import VillainAmi

ORIGINATE = {"Action": "Originate", "ActionID": "a-1", "Channel": "PJSIP/x@trunk"}


async def test_the_first_thing_told_is_that_the_link_is_up(ear: Ear) -> None:
    assert isinstance(await ear.next(), LinkUp)


async def test_events_come_in_the_order_of_the_wire(ami: VillainAmi, ear: Ear) -> None:
    await ear.next()
    for number in range(50):
        await ami.tell("UserEvent", Number=str(number))
    numbers = [(await ear.next_event()).headers["number"] for _ in range(50)]
    assert numbers == [str(number) for number in range(50)]


async def test_an_event_carries_the_moment_at_which_it_came(
    ami: VillainAmi, ear: Ear, clock: SettableClock
) -> None:
    await ear.next()
    clock.move(timedelta(seconds=7))
    await ami.tell("Hangup", Cause="16")
    event = await ear.next_event()
    clock.move(timedelta(seconds=7))
    assert event.at == clock.now() - timedelta(seconds=7)


async def test_a_drop_after_originate_fails_the_order_and_never_sends_it_again(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    # panoramisk sent the Originate again after the reconnect: people were rung twice
    ami.drop_after("Originate")
    with pytest.raises(LineError) as failure:
        await link.send(ORIGINATE)
    assert failure.value.may_have_left
    kinds = [type(await ear.next()) for _ in range(3)]
    assert kinds == [LinkUp, LinkDown, LinkUp]
    await ami.has_received("Ping", 2)
    assert len(ami.received("Originate")) == 1


async def test_all_that_waits_fails_at_once_when_the_link_drops(
    ami: VillainAmi, clock: SettableClock
) -> None:
    link = link_to(ami, clock, replace(SWIFT, answer=timedelta(hours=1)))
    await link.open()
    ami.stall("Originate")
    orders = [
        asyncio.create_task(link.send({**ORIGINATE, "ActionID": f"a-{n}"}))
        for n in range(20)
    ]
    await ami.has_received("Originate", 20)
    ami.cut()
    failures = await asyncio.gather(*orders, return_exceptions=True)
    assert all(isinstance(f, LineError) and f.may_have_left for f in failures)
    await link.close()


async def test_while_the_link_is_down_nothing_leaves_and_the_caller_knows(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    await ami.stop_listening()
    assert isinstance(await ear.next(), LinkUp)
    assert isinstance(await ear.next(), LinkDown)
    with pytest.raises(LineError) as failure:
        await link.send(ORIGINATE)
    assert not failure.value.may_have_left
    await ami.listen_again()
    assert isinstance(await ear.next(), LinkUp)
    assert ami.received("Originate") == []


async def test_a_silent_action_fails_at_its_deadline(
    ami: VillainAmi, link: Link
) -> None:
    ami.stall("Originate")
    with pytest.raises(LineError) as failure:
        await link.send(ORIGINATE, deadline=timedelta(milliseconds=5))
    assert failure.value.may_have_left
    assert failure.value.error_id == "ami-deadline"
    assert (await link.send({"Action": "Ping"})).is_success


async def test_an_answer_after_its_deadline_is_dropped(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    ami.stall("Originate")
    with pytest.raises(LineError):
        await link.send(ORIGINATE, deadline=timedelta(milliseconds=5))
    await ami.send(b"Response: Success\r\nActionID: a-1\r\n\r\n")
    await ami.tell("Hangup")
    await ear.next()
    assert (await ear.next_event()).headers["event"] == "Hangup"


async def test_a_half_open_link_is_noticed_by_the_heartbeat(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    await ear.next()
    ami.go_silent()
    down = await ear.next()
    assert isinstance(down, LinkDown)
    assert "Ping" in down.reason
    ami.speak_again()
    assert isinstance(await ear.next(), LinkUp)


async def test_a_server_that_stalls_before_login_is_left_and_tried_again(
    ami: VillainAmi, clock: SettableClock
) -> None:
    ami.go_silent()
    link = link_to(ami, clock)
    opening = asyncio.create_task(link.open())
    await ami.has_received("Login", 2)
    assert not opening.done()
    ami.speak_again()
    await opening
    assert link.is_up
    assert len(ami.received("Login")) >= 2
    await link.close()


async def test_a_second_answer_changes_nothing(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    ami.answer_twice("Originate")
    first = await link.send(ORIGINATE)
    assert first.headers["message"] == "Originate successfully queued"
    assert (await link.send({"Action": "Ping"})).is_success
    await ami.tell("Hangup")
    await ear.next()
    assert (await ear.next_event()).headers["event"] == "Hangup"


async def test_packets_split_inside_a_character_lose_nothing(
    ami: VillainAmi, ear: Ear
) -> None:
    # panoramisk decoded each packet alone: "é" cut in two disappeared
    await ear.next()
    ami.split_packets()
    await ami.tell("UserEvent", UserEvent="Automaton", Text="crue à Mérignac €")
    assert (await ear.next_event()).headers["text"] == "crue à Mérignac €"


async def test_packets_split_inside_the_blank_line_keep_messages_apart(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    await ear.next()
    await ami.send(b"Event: Hangup\r\nCause: 16\r\n\r")
    await asyncio.sleep(0)
    await ami.send(b"\nEvent: Hangup\r\nCause: 17\r\n")
    await asyncio.sleep(0)
    await ami.send(b"\r\n")
    causes = [(await ear.next_event()).headers["cause"] for _ in range(2)]
    assert causes == ["16", "17"]


async def test_a_session_byte_by_byte_works_from_the_greeting_on(
    ami: VillainAmi, clock: SettableClock
) -> None:
    ami.split_packets()
    ami.database = {"/automaton/é": "1|2"}
    link = link_to(ami, clock)
    await link.open()
    answer = await link.send({"Action": "DBGetTree", "Family": "automaton"})
    assert [item["key"] for item in answer.items] == ["/automaton/é"]
    await link.close()


async def test_bytes_that_are_no_text_are_replaced(ami: VillainAmi, ear: Ear) -> None:
    await ear.next()
    await ami.send(b"Event: UserEvent\r\nText: \xff\xfe!\r\n\r\n")
    assert (await ear.next_event()).headers["text"] == "��!"


async def test_a_header_of_one_megabyte_is_dropped_and_memory_stays_bounded(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    await ear.next()
    await ami.send(b"Event: UserEvent\r\nText: ")
    for _ in range(16):
        await ami.send(b"x" * 65_536)
        assert link._wire is not None
        assert len(link._wire.protocol._rest) <= LONGEST_MESSAGE
    await ami.send(b"\r\n\r\n")
    await ami.tell("Hangup", Cause="16")
    assert (await ear.next_event()).headers["event"] == "Hangup"


async def test_nonsense_between_messages_is_passed_over(
    ami: VillainAmi, ear: Ear
) -> None:
    await ear.next()
    await ami.send(b"\r\n\r\nnonsense\r\n\r\n: \r\n\r\nEvent\r\n\r\n")
    await ami.send(b"Response: Success\r\n\r\nActionID: unknown\r\n\r\n")
    await ami.tell("Hangup")
    assert (await ear.next_event()).headers == {"event": "Hangup"}


async def test_of_a_repeated_header_the_first_counts(ami: VillainAmi, ear: Ear) -> None:
    await ear.next()
    await ami.send(b"Event: Hangup\r\nCause: 16\r\nCause: 17\r\n\r\n")
    assert (await ear.next_event()).headers["cause"] == "16"


async def test_the_output_of_a_command_keeps_its_lines(
    ami: VillainAmi, link: Link
) -> None:
    ami.stall("Command")
    command = {"Action": "Command", "Command": "core show version", "ActionID": "c"}
    asking = asyncio.create_task(link.send(command))
    await ami.has_received("Command")
    head = b"Response: Success\r\nActionID: c\r\nMessage: Command output follows\r\n"
    await ami.send(head + b"Output: one\r\nOutput: two\r\n\r\n")
    assert (await asking).headers["output"] == "one\ntwo"


async def test_originate_response_is_an_event_too(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    # panoramisk kept it for the action's future; no handler ever saw it
    await ear.next()
    assert (await link.send(ORIGINATE)).is_success
    await ami.tell("OriginateResponse", ActionID="a-1", Response="Failure", Reason="5")
    assert (await ear.next_event()).headers["reason"] == "5"


async def test_originate_response_before_the_response_is_still_an_event(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    ami.tell_before_answer(
        "Originate", "OriginateResponse", ActionID="a-1", Response="Failure"
    )
    answer = await link.send(ORIGINATE)
    assert answer.headers["message"] == "Originate successfully queued"
    await ear.next()
    assert (await ear.next_event()).headers["event"] == "OriginateResponse"


async def test_a_list_comes_whole_with_other_events_between(
    ami: VillainAmi, link: Link, ear: Ear
) -> None:
    await ear.next()
    ami.stall("DBGetTree")
    asking = asyncio.create_task(
        link.send({"Action": "DBGetTree", "Family": "automaton", "ActionID": "t"})
    )
    await ami.has_received("DBGetTree")
    await ami.send(b"Response: Success\r\nActionID: t\r\nEventList: start\r\n\r\n")
    await ami.send(b"Event: DBGetTreeResponse\r\nActionID: t\r\nKey: 1\r\n\r\n")
    await ami.tell("Hangup")
    await ami.send(b"Event: DBGetTreeResponse\r\nActionID: t\r\nKey: 2\r\n\r\n")
    await ami.send(
        b"Event: DBGetTreeComplete\r\nActionID: t\r\nEventList: Complete\r\n\r\n"
    )
    assert [item["key"] for item in (await asking).items] == ["1", "2"]
    assert (await ear.next_event()).headers["event"] == "Hangup"


async def test_a_refused_list_is_an_answer(ami: VillainAmi, link: Link) -> None:
    ami.refuse("DBGetTree", "Permission denied")
    answer = await link.send({"Action": "DBGetTree", "Family": "automaton"})
    assert not answer.is_success


@pytest.mark.parametrize(
    "value",
    ["1\r\nAction: Originate", "1\n", "1\r", "a,b=c", "\x00", "\ud800", "\u2028"],
)
async def test_a_value_that_could_become_two_is_refused_before_it_leaves(
    ami: VillainAmi, link: Link, value: str
) -> None:
    # panoramisk wrote them as they were: a name in a CSV could place calls
    with pytest.raises(RequestError):
        await link.send({**ORIGINATE, "CallerID": value})
    with pytest.raises(RequestError):
        await link.send({**ORIGINATE, "Variable": ["A=1", f"B={value}"]})
    await link.send({"Action": "Ping"})
    assert ami.received("Originate") == []


async def test_a_header_longer_than_asterisk_reads_is_refused(link: Link) -> None:
    with pytest.raises(RequestError):
        await link.send({**ORIGINATE, "CallerID": "x" * (LONGEST_HEADER + 1)})


async def test_one_action_id_waits_once(ami: VillainAmi, link: Link) -> None:
    ami.stall("Originate")
    moment = timedelta(milliseconds=50)
    order = asyncio.create_task(link.send(ORIGINATE, deadline=moment))
    await ami.has_received("Originate")
    with pytest.raises(RequestError):
        await link.send(ORIGINATE)
    with pytest.raises(LineError):
        await order
    assert len(ami.received("Originate")) == 1


async def test_variables_travel_as_headers_of_their_own(
    ami: VillainAmi, link: Link
) -> None:
    await link.send({**ORIGINATE, "Variable": ["AUT_A=1", "AUT_B=2"]})
    assert ami.received("Originate")[0]["variable"] == ["AUT_A=1", "AUT_B=2"]
