"""Orders that must not leave any more: too old, too many at once, or into a full pipe.

Whoever slept between the commit and the order must not ring: others may by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from automaton.asterisk.link import Account, Link
from automaton.asterisk.telephone import MOST_UNANSWERED_ORDERS, AsteriskTelephone
from automaton.clock import SettableClock
from automaton.errors import LineError
from automaton.ids import new_id
from automaton.ports import CHOKED, TOO_OLD
from tests.ami.conftest import SWIFT, link_to
from tests.ami.test_originate import ORDER
from tests.ami.villain import VillainAmi

LATER = timedelta(seconds=3)


@asynccontextmanager
async def telephone_on(
    ami: VillainAmi, clock: SettableClock, link: Link | None = None
) -> AsyncIterator[AsteriskTelephone]:
    silent = link_to(ami, clock, hears_events=False)
    opened = AsteriskTelephone(link or link_to(ami, clock), silent, clock)
    await opened.open()
    yield opened
    await opened.close()


async def test_an_order_that_slept_does_not_leave(
    ami: VillainAmi, clock: SettableClock
) -> None:
    order = replace(ORDER, leave_by=clock.boottime() + 2)
    async with telephone_on(ami, clock) as telephone:
        await telephone.place(order)
        clock.sleep(LATER)
        with pytest.raises(LineError) as refused:
            await telephone.place(order)
    assert (refused.value.error_id, refused.value.may_have_left) == (TOO_OLD, False)
    assert len(ami.received("Originate")) == 1


async def test_nothing_waits_between_the_look_at_the_clock_and_the_bytes(
    ami: VillainAmi, clock: SettableClock
) -> None:
    # A wait in between would let an order leave after any sleep, however long.
    async with telephone_on(ami, clock) as telephone:
        placing = telephone.place(replace(ORDER, leave_by=clock.boottime()))
        placing.send(None)  # type: ignore[attr-defined]  # to its first wait
        clock.sleep(LATER)
        assert len(await ami.has_received("Originate")) == 1
        placing.close()  # type: ignore[attr-defined]


async def test_few_orders_wait_for_an_asterisk_that_stands_still(
    ami: VillainAmi, clock: SettableClock
) -> None:
    ami.stall("Originate")
    leave_by = clock.boottime() + 2
    orders = [
        replace(ORDER, attempt_id=new_id(), leave_by=leave_by)
        for _ in range(MOST_UNANSWERED_ORDERS + 5)
    ]
    async with telephone_on(ami, clock) as telephone:
        placing = [asyncio.create_task(telephone.place(order)) for order in orders]
        await ami.has_received("Originate", MOST_UNANSWERED_ORDERS)
        clock.sleep(LATER)
        ended = await asyncio.gather(*placing, return_exceptions=True)
    assert len(ami.received("Originate")) == MOST_UNANSWERED_ORDERS
    why = [error.error_id for error in ended if isinstance(error, LineError)]
    assert why == ["ami-deadline"] * MOST_UNANSWERED_ORDERS + [TOO_OLD] * 5


class Full(Link):
    """A link whose other side has not read for long."""

    @property
    def unsent(self) -> int:
        return 1_000_000


async def test_an_order_is_not_left_in_our_own_buffer(
    ami: VillainAmi, clock: SettableClock
) -> None:
    account = Account("127.0.0.1", ami.port, "automaton", ami.secret)
    async with telephone_on(ami, clock, Full(account, clock, SWIFT)) as telephone:
        with pytest.raises(LineError) as refused:
            await telephone.place(ORDER)
    assert (refused.value.error_id, refused.value.may_have_left) == (CHOKED, False)
    assert ami.received("Originate") == []


async def test_a_link_tells_what_waits_on_our_side(
    ami: VillainAmi, clock: SettableClock
) -> None:
    link = link_to(ami, clock)
    assert link.unsent == 0
    await link.open()
    assert link.unsent == 0
    await link.close()
