"""Whatever bytes come, in whatever packets: nothing raises, no good event is lost."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from automaton.asterisk.journal import entry
from automaton.asterisk.link import AmiEvent
from automaton.asterisk.originate import OPAQUE
from automaton.asterisk.translate import BY_EVENT, translate
from automaton.asterisk.wire import (
    LONGEST_MESSAGE,
    Headers,
    Wire,
    _Protocol,
    _Sent,
)
from automaton.domain.events import (
    Announced,
    Answered,
    CallEvent,
    Heard,
    HungUp,
    KeyPressed,
    MachineLabelled,
    OrderFailed,
    Rang,
    ScreenerLabelled,
)
from automaton.errors import LineError
from automaton.ports import JournalledKey
from tests.depth import examples

AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
END = b"\r\n\r\n"
GOOD = b"Event: Hangup\r\nUniqueid: a-1\r\nCause: 16\r\nNote: d\xc3\xa9j\xc3\xa0"
READ = {"event": "Hangup", "uniqueid": "a-1", "cause": "16", "note": "déjà"}
WAITING = "b-2"

WORDS = st.sampled_from(
    [
        b"Event: Hangup\r\n",
        b"Event:",
        b"Response: Success\r\n",
        b"ActionID: b-2\r\n",
        b"EventList: start\r\n",
        b"EventList: Complete\r\n",
        b"Message: \xff\xfe\r\n",
        b"Output: \r\n",
        b": : :\r\n",
        b"Asterisk Call Manager/11.0.0\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        END,
        "Texte: é€🚨".encode()[:-1],
        b"x" * 5000,
    ]
)
NOISE = st.lists(st.one_of(WORDS, st.binary(max_size=20)), max_size=12).map(b"".join)


class Deaf:
    """A transport that leads nowhere."""

    def write(self, data: bytes) -> None:
        pass

    def abort(self) -> None:
        pass


def packets(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


async def heard(pieces: list[bytes]) -> list[Headers]:
    """Return the events that a wire hands up while an action awaits its answer.

    The action is answered, with the one response that may answer it, or it fails as a
    link that broke does: nothing else comes of noise.
    """
    found: list[Headers] = []
    wire = Wire(found.append)
    protocol = _Protocol(wire)
    transport: Any = Deaf()
    protocol.connection_made(transport)
    sent = _Sent({"Action": "Ping", "ActionID": WAITING})
    protocol.responses[sent.id] = sent
    for piece in pieces:
        protocol.data_received(piece)
    wire.cut("the end")
    assert sent.future.done()
    if broken := sent.future.exception():
        assert isinstance(broken, LineError)
    else:
        response, *_ = sent.future.result()
        assert response.get("actionid") == WAITING
    return found


CUTS = st.lists(st.integers(0, 10_000), max_size=8)


@examples(150)
@given(noise=st.lists(NOISE, max_size=4), cuts=CUTS)
@example(noise=[b"Event: \xe2\x82"], cuts=[])
@example(noise=[b"x" * (LONGEST_MESSAGE + 1)], cuts=[7])
@example(noise=[b"Event: Hangup\r\nUniqueid: " + b"9" * LONGEST_MESSAGE], cuts=[1])
@example(noise=[f"Response: Error\r\nActionID: {WAITING}".encode()], cuts=[])
async def test_a_good_event_is_heard_behind_any_noise_in_any_packets(
    noise: list[bytes], cuts: list[int]
) -> None:
    data = b"".join([*(one + END for one in noise), GOOD, END])
    found = await heard(packets(data, cuts))
    assert found[-1] == READ


@examples(100)
@given(
    values=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])),
        min_size=1,
        max_size=5,
    ),
    cuts=CUTS,
)
async def test_what_asterisk_says_arrives_as_it_was_said(
    values: list[str], cuts: list[int]
) -> None:
    told = [f"Event: UserEvent\r\nText: {value}\r\n\r\n".encode() for value in values]
    found = await heard(packets(b"".join(told), cuts))
    assert [event.get("text", "") for event in found] == values


TEXT = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "0", "1", "3", "-1", "1e9", "٣", "²", "9" * 40, "key", "done"]
    ),
)
HEADER_NAMES = [
    *("actionid", "uniqueid", "destuniqueid", "response", "reason", "dialstatus"),
    *("cause", "techcause", "userevent", "attempt", "fact", "key", "seq", "heard"),
    *("seconds", "label", "what"),
]
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "actionid",
            "uniqueid",
            "destuniqueid",
            "response",
            "reason",
            "dialstatus",
            "cause",
            "techcause",
            "userevent",
            "attempt",
            "fact",
            "key",
            "seq",
            "heard",
            "seconds",
            "label",
            "what",
        ]
    ),
    TEXT,
)


@examples(200)
@given(
    event=st.sampled_from(sorted(BY_EVENT)),
    headers=HEADERS,
    fact=st.sampled_from(["key", "machine", "screened", "done", "fault", "line"]),
)
def test_any_headers_are_a_fact_about_the_attempt_they_name_or_nothing(
    event: str, headers: dict[str, str], fact: str
) -> None:
    ours = {"event": event, "userevent": "Automaton", "attempt": "a", "fact": fact}
    for told in (headers | {"event": event}, headers | ours, ours | headers):
        kept = dict(told)
        said = translate(AmiEvent(AT, told))
        assert told == kept
        assert said == translate(AmiEvent(AT, told))
        if said is not None:
            assert is_true(said, told)


NAMED_IN = {
    "OriginateResponse": "actionid",
    "DialState": "destuniqueid",
    "UserEvent": "attempt",
    "Hangup": "uniqueid",
}


def is_true(said: CallEvent, told: dict[str, str]) -> bool:
    """Tell whether a fact says no more than its headers."""
    assert said.attempt_id == told[NAMED_IN[told["event"]]] != ""
    assert said.at == AT
    match said:
        case HungUp(sip=sip, q850=q850):
            codes = [(sip, told.get("techcause")), (q850, told.get("cause"))]
            return all(code is None or code == int(text) for code, text in codes)
        case KeyPressed(key=key, seq=seq):
            return key == told["key"] and len(key) == 1 and seq == int(told["seq"])
        case Heard(heard_times=times, heard_seconds=seconds):
            return times >= 0 and math.isfinite(seconds) and seconds >= 0
        case Answered():
            return told["response"] == "Success"
        case OrderFailed(timed_out=timed_out):
            return timed_out == (told.get("reason") == "3")
        case Rang() | Announced():
            return told["dialstatus"] in ("RINGING", "PROGRESS")
        case MachineLabelled():
            return told["fact"] == "machine"
        case _:
            return isinstance(said, ScreenerLabelled) and told["fact"] == "screened"


@examples(200)
@given(
    name=st.one_of(TEXT, TEXT.map(lambda text: f"/automaton/a/{text}")),
    value=st.lists(TEXT, max_size=8).map("|".join),
    at=TEXT,
)
def test_an_entry_is_read_as_it_was_written_or_stays(
    name: str, value: str, at: str
) -> None:
    for place, said in ((name, value), ("/automaton/a/1", f"1|node|c|r|1|{at}")):
        read = entry(place, said)
        if read is None:
            continue
        # What is deleted is named anew: it must be the entry that was read.
        attempt = read.attempt_id
        assert place.strip("/") == f"automaton/{attempt}/{read.seq}"
        assert OPAQUE.fullmatch(attempt)
        fields = (read.installation, read.campaign_id, read.recipient_id, read.key)
        assert said == "|".join(["1", *fields, said.rpartition("|")[2]])
        assert int(read.at.timestamp()) == int(said.rpartition("|")[2])


@examples(100)
@given(
    ids=st.lists(st.from_regex(r"[0-9A-Za-z_-]{1,40}", fullmatch=True), min_size=4),
    seq=st.integers(0, 999_999_999),
    key=st.sampled_from("1239"),
    epoch=st.integers(0, 99_999_999_999),
)
def test_every_entry_of_the_dialplan_is_read(
    ids: list[str], seq: int, key: str, epoch: int
) -> None:
    attempt, node, campaign, recipient = ids[:4]
    value = f"1|{node}|{campaign}|{recipient}|{key}|{epoch}"
    at = datetime.fromtimestamp(epoch, UTC)
    wanted = JournalledKey(attempt, seq, node, campaign, recipient, key, at)
    assert entry(f"/automaton/{attempt}/{seq}", value) == wanted
