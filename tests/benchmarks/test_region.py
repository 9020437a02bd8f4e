"""A region in simulated time: its people, its diary, its bound, and a small night."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automaton.clock import SettableClock
from automaton.lab.behaviours import BEHAVIOURS
from automaton.lab.compare import calls_of
from automaton.lab.plan import Turn
from automaton.ports import CallOrder
from benchmarks.region.__main__ import Bounds, measure
from benchmarks.region.diary import Diary, WitnessedTelephone
from benchmarks.region.load import Load, private_server
from benchmarks.region.loop import interleave
from benchmarks.region.night import Fleet
from benchmarks.region.register import id_of
from benchmarks.region.town import MODELS, Region, Size, number, place_of
from benchmarks.region.verdict import Course, needed
from benchmarks.simulation.residents import Sounds

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
SIZE = Size(recipients=240, collectivities=12)


def numbers_of(region: Region, collectivity: int) -> list[str]:
    return [n for _, numbers in region.homes(collectivity) for n in numbers]


def turns_of(region: Region, collectivity: int) -> list[Turn]:
    return [region.turn(one) for one in numbers_of(region, collectivity)]


@pytest.mark.parametrize("place", [(0, 0, 0), (199, 2499, 1), (999, 99_999, 9)])
def test_a_number_tells_where_it_is(place: tuple[int, int, int]) -> None:
    assert place_of(number(*place)) == place
    assert len(number(*place)) == len("+999") + 9


def test_the_same_seed_draws_the_same_region() -> None:
    one, same, other = Region(SIZE), Region(SIZE), Region(Size(240, 12, seed=2))
    assert numbers_of(one, 3) == numbers_of(same, 3)
    assert turns_of(one, 3) == turns_of(same, 3)
    assert one.reachable == same.reachable
    assert turns_of(one, 4) != turns_of(other, 4)


def test_collectivities_share_towns_and_no_number() -> None:
    region = Region(SIZE)
    first, again = numbers_of(region, 0), numbers_of(region, MODELS)
    assert len(first) == len(again) >= SIZE.homes
    assert set(first).isdisjoint(again)
    assert turns_of(region, 0) == turns_of(region, MODELS)


def test_a_number_gets_its_turns_one_after_the_other() -> None:
    region = Region(Size(recipients=400, collectivities=1))
    twice = next(
        numbers[0]
        for home, numbers in region.homes(0)
        if [t.behaviour for t in home.phones[0].turns] == ["rings_out", "press_1"]
    )
    told = [region.turn(twice).behaviour for _ in range(3)]
    assert told == ["rings_out", "press_1", "press_1"]


def test_nobody_has_a_number_that_was_not_given() -> None:
    assert Region(SIZE).turn(number(0, 20, 0)).behaviour == "unallocated"
    assert Region(SIZE).turn(number(0, 0, 9)).behaviour == "unallocated"


def test_ids_are_as_long_as_any_and_all_different() -> None:
    ids = {id_of(kind, town, n) for kind in (1, 2) for town in (0, 9) for n in (0, 7)}
    assert len(ids) == 8
    assert {len(one) for one in ids} == {36}


class OneTown:
    """Everybody gets the same."""

    def __init__(self, behaviour: str) -> None:
        self._turn = Turn(behaviour)

    def turn(self, dialled: str) -> Turn:
        return self._turn


def order(**changes: Any) -> CallOrder:
    usual: dict[str, Any] = {
        "attempt_id": "a",
        "campaign_id": "c",
        "recipient_id": "r",
        "trunk": "operator",
        "dialled": number(0, 0, 0),
        "caller_id": None,
        "ring": timedelta(seconds=30),
        "talk": timedelta(seconds=300),
        "message": "m",
    }
    return CallOrder(**usual | changes)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_the_judge_reads_in_the_diary_what_happened(behaviour: str) -> None:
    clock, diary = SettableClock(NOW), Diary()

    async def calls() -> None:
        town = OneTown(behaviour)
        telephone = WitnessedTelephone(town, clock, Sounds(), diary)
        await telephone.open()
        await telephone.place(order())
        await asyncio.sleep(400)

    interleave(clock, calls())
    [call] = calls_of(diary.events["operator"])[number(0, 0, 0)]
    assert call.outcome == BEHAVIOURS[behaviour].outcome
    assert call.sip == BEHAVIOURS[behaviour].sip
    assert call.ended_at is not None
    assert bool(diary.pressed_by) == (call.outcome == "acknowledged")
    assert (diary.calls, diary.most_in_a_second()) == (1, 1)


def test_a_call_that_is_taken_back_was_cancelled() -> None:
    clock, diary = SettableClock(NOW), Diary()

    async def calls() -> None:
        telephone = WitnessedTelephone(OneTown("rings_out"), clock, Sounds(), diary)
        await telephone.open()
        await telephone.place(order())
        await asyncio.sleep(3)
        await telephone.hang_up("a")
        await asyncio.sleep(60)

    interleave(clock, calls())
    what = [event.what for event in diary.events["operator"]]
    assert what == ["invite", "ringing", "cancelled"]


def test_what_threads_would_do_is_done_in_turn_and_takes_no_time() -> None:
    clock = SettableClock(NOW)
    done: list[int] = []

    async def works() -> None:
        await asyncio.gather(*(asyncio.to_thread(done.append, n) for n in range(5)))
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)

    interleave(clock, works())
    assert done == [0, 1, 2, 3, 4]
    assert clock.monotonic() < 0.001


def test_the_bound_is_what_the_lines_or_the_pace_allow() -> None:
    seen = Course(seconds=100.0, calls=300, line_seconds=9000.0)
    assert seen.bound(lines=100, calls_per_second=10.0) == 90.0
    assert seen.bound(lines=1000, calls_per_second=10.0) == 30.0
    assert needed(101, 80) == 81


def test_the_load_of_a_span_is_what_was_added_in_it() -> None:
    before = Load(commits=10, cpu_seconds=1.0, longest_ms=9.0)
    after = Load(commits=25, cpu_seconds=1.5, longest_ms=9.5)
    assert after.since(before) == Load(commits=15, cpu_seconds=0.5, longest_ms=9.5)


@pytest.mark.postgres
@pytest.mark.slow
def test_a_small_region_is_rung_by_three_nodes_and_all_is_right() -> None:
    size = Size(recipients=60, collectivities=4, mix="demo")
    with private_server() as server:
        found = measure(server, size, Fleet(3, 60, 6.0), Bounds(wall=60.0))
    assert found["region_broken"] == 0
    assert found["region_deadlocks"] == 0
    assert found["region_80_s"] >= found["region_bound_s"] > 0
    assert found["region_commits_per_s"] > 0
    assert found["region_calls"] >= 0.8 * 0.5 * 60


@pytest.mark.postgres
@pytest.mark.slow
def test_a_window_of_a_night_ends_when_it_is_over() -> None:
    size = Size(recipients=60, collectivities=4, mix="demo")
    with private_server() as server:
        found = measure(server, size, Fleet(3, 60, 1.0), Bounds(60.0, window=4.0))
    assert "region_80_s" not in found
    assert found["region_statements_per_s"] > 0
    assert found["region_broken"] == 0
