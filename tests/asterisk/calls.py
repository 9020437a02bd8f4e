"""Alert calls placed as the daemon places them, with a record of all that happened."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from automaton.asterisk.endpoint import channel_to
from automaton.asterisk.folder import Access
from tests.asterisk.ami import Ami, Packet

DEFAULTS = {
    "MESSAGE": "message",
    "MACHINE": "short-text",
    "LANG": "fr",
    "KEYS": "12",
    "REPEATS": "3",
    "KEYWAIT": "1",
    "TALK": "60",
}


@dataclass(frozen=True)
class Look:
    """What a channel was doing at one moment: seconds since the call was up."""

    at: float
    application: str
    data: str
    write_format: str
    write_transcoded: bool


@dataclass
class Record:
    """All that is known of one call."""

    attempt: str
    commit_after: float | None = 0.0
    facts: list[Packet] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    journal_at_key: dict[str, str] = field(default_factory=dict)
    journal_at_end: dict[str, str] = field(default_factory=dict)
    committed_at: float | None = None
    key_at: float | None = None
    up_at: float | None = None
    hangup: Packet | None = None
    events: list[Packet] = field(default_factory=list)

    @property
    def done(self) -> Packet:
        """The last fact."""
        assert self.facts[-1]["Fact"] == "done"
        return self.facts[-1]

    @property
    def keys(self) -> list[str]:
        """The keys that were reported."""
        return [fact["Key"] for fact in self.facts if fact["Fact"] == "key"]

    @property
    def played(self) -> list[str]:
        """The sounds that were seen playing, in order, without the folder."""
        names: list[str] = []
        for look in self.looks:
            name = look.data.partition(",")[0].rpartition("/")[2]
            if look.application in ("BackgroundDetect", "Playback") and name:
                names += [name] if names[-1:] != [name] else []
        return names

    def first(self, name: str) -> float:
        """When this sound was first seen playing, in the seconds of `looks`."""
        return next(look.at for look in self.looks if f"/{name}" in look.data)


@dataclass(frozen=True)
class Call:
    """One call to place; `commit_after` None: the daemon is away."""

    number: str
    variables: Mapping[str, str] = field(default_factory=dict)
    context: str = "automaton-alert"
    commit_after: float | None = 0.0
    stop_after: float | None = None
    trunk: str = "town"


class Street:
    """Places many calls at once and keeps a record of each."""

    def __init__(self, ami: Ami) -> None:
        self.ami = ami
        self.records: dict[str, Record] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        ami.listeners.append(self.note)

    async def ring(self, call: Call, seconds: float = 60) -> Record:
        """Place one call and return its record once it has ended."""
        record = Record(str(uuid.uuid4()), call.commit_after)
        self.records[record.attempt] = record
        await self.originate(call, record.attempt)
        if call.stop_after is not None:
            await self.stop(record.attempt, call.stop_after)
        mine = {"Event": "Hangup", "Uniqueid": record.attempt}
        record.hangup = await self.ami.wait(
            lambda packet: mine.items() <= packet.items(), seconds
        )
        record.journal_at_end = await self.journal(record.attempt)
        return record

    async def originate(self, call: Call, attempt: str) -> None:
        """Send the Originate that the contract describes."""
        order = {"ATTEMPT": attempt, "CAMPAIGN": "c1", "RECIPIENT": "r1"}
        values = {**order, **DEFAULTS, **call.variables}
        await self.ami.ask(
            "Originate",
            ActionID=attempt,
            Channel=channel_to(call.number, call.trunk),
            Context=call.context,
            Exten="s",
            Priority="1",
            Async="true",
            Codecs="alaw",
            EarlyMedia="false",
            Timeout="20000",
            ChannelId=attempt,
            Variable=[f"AUT_{name}={value}" for name, value in values.items()],
        )

    async def stop(self, attempt: str, seconds: float) -> None:
        """Ask a call to end after its sentence, so long after it was placed."""
        await asyncio.sleep(seconds)
        await self.ami.ask("Setvar", Channel=attempt, Variable="AUT_STOP", Value="1")

    def note(self, packet: Packet) -> None:
        """Keep a fact; answer a key as the daemon does."""
        record = self.records.get(packet.get("Attempt", ""))
        if record is None:
            return
        record.facts.append(packet)
        if packet["Fact"] == "key":
            task = asyncio.create_task(self.commit(record, packet["Seq"]))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def commit(self, record: Record, seq: str) -> None:
        """Read the journal, then say that the key is durable."""
        record.key_at = time.monotonic()
        record.journal_at_key = await self.journal(record.attempt)
        if record.commit_after is None:
            return
        await asyncio.sleep(record.commit_after)
        record.committed_at = time.monotonic()
        await self.ami.ask(
            "Setvar", Channel=record.attempt, Variable="AUT_COMMITTED", Value=seq
        )

    async def journal(self, attempt: str) -> dict[str, str]:
        """Return the journal entries of one attempt."""
        rows = await self.ami.ask("DBGetTree", Family=f"automaton/{attempt}")
        return {
            row["Key"]: row["Val"]
            for row in rows
            if row.get("Event") == "DBGetTreeResponse"
        }

    async def watch(self, every: float = 0.08) -> None:
        """Look at every channel about twelve times a second, until cancelled."""
        while True:
            for row in await self.ami.ask("Status"):
                record = self.records.get(row.get("Uniqueid", ""))
                if record is not None and row.get("ChannelStateDesc") == "Up":
                    record.up_at = record.up_at or time.monotonic()
                    record.looks.append(look_of(row, time.monotonic()))
            await asyncio.sleep(every)


def look_of(row: Packet, at: float) -> Look:
    """Read one row of the action Status."""
    return Look(
        at=at,
        application=row.get("Application", ""),
        data=row.get("Data", ""),
        write_format=row.get("Writeformat", ""),
        write_transcoded=bool(row.get("Writetrans")),
    )


async def ring_all(access: Access, calls: Mapping[str, Call]) -> dict[str, Record]:
    """Place every call at once and wait for the end of the last."""
    ami = await Ami.connect(access)
    street = Street(ami)
    eye = asyncio.create_task(street.watch())
    records = await asyncio.gather(*(street.ring(call) for call in calls.values()))
    eye.cancel()
    await asyncio.gather(eye, return_exceptions=True)
    await ami.close()
    for record in records:
        record.events = [e for e in ami.events if record.attempt in e.values()]
    return dict(zip(calls, records, strict=True))
