"""Several channels as one telephone: who is asked, and what one's death means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from automaton.channels.switchboard import Switchboard, Told
from automaton.clock import SettableClock
from automaton.domain.events import HungUp, LinkDown, LinkUp, OrderFailed, Rang
from automaton.errors import ConfigurationError, LineError
from automaton.ports import JournalledKey, LiveCall
from tests.channels.contract import ORDER
from tests.engine.telephone import FakeTelephone

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
TOWN, SQUARE = frozenset({"town", "spare"}), frozenset({"square"})
A, B = replace(ORDER, attempt_id="a"), replace(ORDER, attempt_id="b", trunk="square")
KEY = JournalledKey("b", 1, "demo", "campaign-1", "recipient-1", "1", NOW)


class Stubborn(FakeTelephone):
    """A channel that does not open, or whose events break off."""

    refusal: Exception | None = None
    breaks = False

    async def open(self) -> None:
        if self.refusal is not None:
            raise self.refusal
        await super().open()

    async def live_calls(self) -> list[LiveCall]:
        self._or_fail()
        return list(self.living)

    async def events(self) -> AsyncIterator[Told]:
        if self.breaks:
            raise ValueError("torn")
        async for event in super().events():
            yield event


@dataclass
class Desk:
    """A switchboard with two channels, and all that it told."""

    voice: Stubborn = field(default_factory=Stubborn)
    crier: Stubborn = field(default_factory=Stubborn)

    def __post_init__(self) -> None:
        trunks = {"town": self.voice, "spare": self.voice, "square": self.crier}
        self.board = Switchboard(trunks, SettableClock(NOW))
        self._events = self.board.events()

    async def next(self) -> Told:
        async with asyncio.timeout(30):
            return await anext(self._events)

    async def told(self, count: int) -> list[Told]:
        return [await self.next() for _ in range(count)]

    async def open(self) -> None:
        """Open it; both channels come up."""
        await self.board.open()
        await self.told(4)

    async def tell(self, channel: Stubborn, event: Told) -> Told:
        channel.told.put_nowait(event)
        return await self.next()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    yield made
    await made.board.close()
    await made._events.aclose()


async def test_an_order_goes_to_the_channel_of_its_trunk(desk: Desk) -> None:
    await desk.open()
    await desk.board.place(A)
    await desk.board.place(B)
    assert (desk.voice.orders, desk.crier.orders) == ([A], [B])


async def test_an_order_for_a_trunk_of_nobody_never_leaves(desk: Desk) -> None:
    await desk.open()
    with pytest.raises(LineError) as failure:
        await desk.board.place(replace(A, trunk="nowhere"))
    assert not failure.value.may_have_left


async def test_what_is_asked_of_a_call_goes_to_the_channel_that_carries_it(
    desk: Desk,
) -> None:
    await desk.open()
    await desk.board.place(B)
    await desk.board.hang_up("b")
    await desk.board.wind_up("b")
    await desk.board.confirm_key("b", 1)
    assert (desk.crier.hung_up, desk.voice.hung_up) == (["b"], [])
    assert (desk.crier.wound_up, desk.voice.wound_up) == (["b"], [])
    assert (desk.crier.confirmed, desk.voice.confirmed) == ([("b", 1)], [])


@pytest.mark.parametrize(
    "end", [HungUp("b", NOW, None, 16), OrderFailed("b", NOW, no_channel=True)]
)
async def test_a_call_that_is_over_is_nobodys(
    desk: Desk, end: HungUp | OrderFailed
) -> None:
    await desk.open()
    await desk.board.place(B)
    assert await desk.tell(desk.crier, end) == end
    await desk.board.hang_up("b")
    assert (desk.crier.hung_up, desk.voice.hung_up) == (["b"], ["b"])


@pytest.mark.parametrize("may_have_left", [True, False])
async def test_an_order_that_may_have_left_keeps_its_carrier(
    desk: Desk, may_have_left: bool
) -> None:
    await desk.open()
    desk.crier.fails = [LineError("cut", may_have_left=may_have_left)]
    with pytest.raises(LineError):
        await desk.board.place(B)
    await desk.board.hang_up("b")
    assert desk.voice.hung_up == ([] if may_have_left else ["b"])


async def test_a_call_of_an_earlier_life_is_found_by_asking(desk: Desk) -> None:
    await desk.open()
    desk.crier.living = [LiveCall("b", is_up=True, is_ringing=False)]
    assert await desk.board.live_calls() == desk.crier.living
    await desk.board.hang_up("b")
    assert (desk.crier.hung_up, desk.voice.hung_up) == (["b"], [])


async def test_every_channel_is_out_of_reach_until_it_says_otherwise(
    desk: Desk,
) -> None:
    await desk.board.open()
    first = await desk.told(4)
    assert [(type(e), e.trunks) for e in first] == [
        (LinkDown, TOWN),
        (LinkDown, SQUARE),
        (LinkUp, TOWN),
        (LinkUp, SQUARE),
    ]


async def test_facts_about_calls_pass_as_they_are(desk: Desk) -> None:
    await desk.open()
    rang = Rang("a", NOW)
    assert await desk.tell(desk.voice, rang) is rang


async def test_a_dead_channel_is_not_asked_and_names_its_trunks(desk: Desk) -> None:
    await desk.open()
    down = await desk.tell(desk.crier, LinkDown(NOW, "cut"))
    assert down == LinkDown(NOW, "cut", SQUARE)
    desk.crier.fails = [LineError("not to be asked")]
    desk.voice.journal = [replace(KEY, attempt_id="a")]
    assert await desk.board.live_calls() == []
    assert await desk.board.journalled_keys() == desk.voice.journal


async def test_only_the_channel_that_came_up_last_has_to_answer(desk: Desk) -> None:
    await desk.open()
    desk.voice.fails = [LineError("busy dying")]
    assert await desk.board.live_calls() == []
    desk.crier.fails = [LineError("cut again")]
    with pytest.raises(LineError, match="cut again"):
        await desk.board.live_calls()


async def test_nobody_can_tell_where_no_channel_is_in_reach(desk: Desk) -> None:
    await desk.open()
    await desk.tell(desk.voice, LinkDown(NOW, "cut"))
    await desk.tell(desk.crier, LinkDown(NOW, "cut"))
    with pytest.raises(LineError, match="in reach"):
        await desk.board.live_calls()


async def test_after_a_gap_a_calls_carrier_is_asked_for_anew(desk: Desk) -> None:
    await desk.open()
    await desk.board.place(A)
    await desk.board.place(B)
    assert await desk.tell(desk.crier, LinkUp(NOW, restarted=True)) == LinkUp(
        NOW, restarted=True, trunks=SQUARE
    )
    await desk.board.hang_up("b")
    await desk.board.hang_up("a")
    assert (desk.voice.hung_up, desk.crier.hung_up) == (["b", "a"], ["b"])


async def test_keys_are_forgotten_in_every_journal(desk: Desk) -> None:
    await desk.open()
    desk.crier.journal = [KEY]
    await desk.board.forget_keys(iter([KEY]))
    assert await desk.board.journalled_keys() == []


async def test_a_channel_that_does_not_open_is_left_out(desk: Desk) -> None:
    desk.crier.refusal = LineError("away")
    await desk.board.open()
    assert [type(e) for e in await desk.told(3)] == [LinkDown, LinkDown, LinkUp]
    await desk.board.place(A)
    with pytest.raises(LineError, match="square"):
        await desk.board.place(B)


async def test_a_wrong_setting_of_one_channel_is_told_and_nothing_stays_open(
    desk: Desk,
) -> None:
    desk.crier.refusal = ConfigurationError("Mend the crier.")
    with pytest.raises(ConfigurationError, match="Mend the crier"):
        await desk.board.open()
    assert desk.voice.is_closed


async def test_where_no_channel_opens_the_reason_is_told(desk: Desk) -> None:
    desk.voice.refusal = desk.crier.refusal = LineError("away")
    with pytest.raises(LineError, match="away"):
        await desk.board.open()


async def test_a_channel_that_breaks_stops_nobody_else(desk: Desk) -> None:
    desk.crier.breaks = True
    await desk.board.open()
    told = await desk.told(4)
    assert LinkDown(NOW, "torn", SQUARE) in told
    assert await desk.tell(desk.voice, Rang("a", NOW)) == Rang("a", NOW)


async def test_events_end_when_all_channels_are_closed(desk: Desk) -> None:
    await desk.open()
    await desk.board.close()
    with pytest.raises(StopAsyncIteration):
        await desk.next()
