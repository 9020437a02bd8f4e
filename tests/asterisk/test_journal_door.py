"""Who may write in the journal of keys: a call that is an attempt, and nobody else."""

from __future__ import annotations

import asyncio

import pytest

from automaton.asterisk.folder import Access
from tests.asterisk import far_end as far
from tests.asterisk.ami import Ami, Packet
from tests.asterisk.calls import Call, ring_all
from tests.asterisk.conftest import Exchange

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize("context", ["automaton-alert", "automaton-journal"])
def test_without_an_attempt_nobody_writes_in_the_journal(
    exchange: Exchange, context: str
) -> None:
    # An empty attempt once wrote `automaton//1`.
    call = Call(far.PRESSES_1_EARLY, {"ATTEMPT": ""}, context=context)
    (record,) = asyncio.run(ring_all(exchange.access, {"nobody": call})).values()
    assert record.facts == []
    assert record.hangup is not None
    rows = asyncio.run(journal(exchange.access))
    assert [row["Key"] for row in rows if "//" in row.get("Key", "")] == []


async def journal(access: Access) -> list[Packet]:
    """Everything that the journal holds."""
    ami = await Ami.connect(access)
    rows = await ami.ask("DBGetTree", Family="automaton")
    await ami.close()
    return rows
