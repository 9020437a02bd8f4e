"""The peers' loops, on an AMI server of ours: everybody is rung once, and on record."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import packages
from benchmarks.peers.contenders import PROGRAMS
from benchmarks.peers.record import Record
from tests.ami.villain import Action, VillainAmi, packet, response
from tests.faults.ami_proxy import VillainProxy

LOOPS = [
    name
    for name, program in PROGRAMS.items()
    if program.rings("cut") and (packages.has_node() or not program.needs_node)
]
NUMBERS = [f"+3319900000{digit}" for digit in range(6)]
BUSY = NUMBERS[3]


class Exchange(VillainAmi):
    """Every home answers and presses 1, but for one that is busy.

    While it `is_mute` nothing is told of the calls that are placed.
    """

    is_mute = False

    def _on_login(self, action: Action) -> bytes:
        action.setdefault("events", ["on"])
        return super()._on_login(action)

    def _on_originate(self, action: Action) -> bytes:
        attempt = action["channelid"][0]
        queued = response(action, "Success", Message="Originate successfully queued")
        if self.is_mute:
            return queued
        is_busy = BUSY in action["channel"][0]
        answered = {
            "Event": "OriginateResponse",
            "ActionID": action["actionid"][0],
            "Response": "Failure" if is_busy else "Success",
            "Uniqueid": attempt,
        }
        key = {"Event": "UserEvent", "Attempt": attempt, "Fact": "key"}
        key |= {"UserEvent": "Automaton", "Key": "1", "Seq": "1"}
        events = [answered] if is_busy else [answered, key]
        cause = "17" if is_busy else "16"
        events.append({"Event": "Hangup", "Uniqueid": attempt, "Cause": cause})
        return queued + b"".join(map(packet, events))


def order_for(port: int, record: Path) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "user": "automaton",
        "secret": VillainAmi().secret,
        "channel": "PJSIP/NUMBER@operator",
        "context": "automaton-alert",
        "caller_id": "+33199009999",
        "variables": {"AUT_MESSAGE": "prompt"},
        "campaign": "alert",
        "lines": 2,
        "numbers": NUMBERS,
        "seconds": 20,
        "ring_seconds": 30,
        "limit_seconds": 20,
        "record": str(record),
    }


async def rung(name: str, order: dict[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *PROGRAMS[name].order,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=packages.environment(),
    )
    try:
        async with asyncio.timeout(30):
            out, _ = await process.communicate(json.dumps(order).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return told


@pytest.mark.parametrize("name", LOOPS)
async def test_a_loop_rings_everybody_and_knows_what_became_of_them(
    name: str, tmp_path: Path
) -> None:
    others = [number for number in NUMBERS if number != BUSY]
    async with Exchange() as exchange:
        order = order_for(exchange.port, tmp_path / "record")
        told = await rung(name, order)
        assert told["keys"] == dict.fromkeys(others, "1")
        wanted = dict.fromkeys(others, "acknowledged") | {BUSY: "busy"}
        assert told["outcomes"] == wanted
        assert len(exchange.received("Setvar") + exchange.received("setvar")) == 5


@pytest.mark.parametrize("name", LOOPS)
async def test_a_loop_that_is_started_again_leaves_out_who_is_over(
    name: str, tmp_path: Path
) -> None:
    record = Record(tmp_path / "record")
    for number in NUMBERS[:4]:
        record.note("outcome", number, "acknowledged")
    async with Exchange() as exchange:
        await rung(name, order_for(exchange.port, tmp_path / "record"))
        orders = [a for a in exchange.actions if a["action"][0].lower() == "originate"]
    assert {a["channel"][0] for a in orders} == {
        f"PJSIP/{number}@operator" for number in NUMBERS[4:]
    }


async def test_the_loop_on_pyst2_goes_on_when_its_link_was_cut(tmp_path: Path) -> None:
    async with Exchange() as exchange:
        exchange.is_mute = True
        with VillainProxy(exchange.port) as proxy:
            order = order_for(proxy.port, tmp_path / "record") | {"limit_seconds": 1}
            ringing = asyncio.create_task(rung("pyst2", order))
            lines = order["lines"]
            while len(exchange.received("Originate")) < lines:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await asyncio.to_thread(proxy.cut)
            await asyncio.sleep(0.1)  # it is refused at least once
            exchange.is_mute = False
            await asyncio.to_thread(proxy.heal)
            told = await ringing
    assert set(told["keys"]) == set(NUMBERS[2:]) - {BUSY}


def test_a_line_of_the_record_that_was_torn_is_left_out(tmp_path: Path) -> None:
    Record(tmp_path / "record").note("key", NUMBERS[0], "1")
    with (tmp_path / "record").open("a") as file:
        file.write('["outcome", "+3319')
    record = Record(tmp_path / "record")
    assert record.told() == {"keys": {NUMBERS[0]: "1"}, "outcomes": {}}
    assert record.waiting(NUMBERS) == NUMBERS[:0:-1]
