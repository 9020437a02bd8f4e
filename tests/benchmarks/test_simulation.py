"""A night in simulated time is a night: the same engine, the town's own oracle."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from automaton.clock import SettableClock
from automaton.domain.events import Answered, Heard, HungUp, KeyPressed, OrderFailed
from automaton.domain.recipient import RecipientState
from automaton.lab import load_mix, plan_from_mix
from automaton.lab.behaviours import BEHAVIOURS
from automaton.lab.oracle import oracle
from automaton.lab.plan import Turn
from automaton.ports import CallOrder
from benchmarks.forecast import Course, Said, cells, course, error, figures
from benchmarks.simulation.clockwork import simulate
from benchmarks.simulation.nights import Circumstances, night
from benchmarks.simulation.residents import Sounds
from benchmarks.simulation.residents import course as call_course

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
ORDER = CallOrder(
    attempt_id="a",
    campaign_id="c",
    recipient_id="r",
    trunk="town",
    dialled="+33199000001",
    caller_id=None,
    ring=timedelta(seconds=30),
    talk=timedelta(seconds=300),
    message="m",
)
ALL = 90 * 60.0  # simulated seconds: machines are tried three times, a bad number twice


def test_hours_pass_at_once_in_simulated_time() -> None:
    clock, began = SettableClock(NOW), perf_counter()

    async def sleeps() -> datetime:
        await asyncio.sleep(7200)
        return clock.now()

    woken = simulate(clock, sleeps())
    assert timedelta() <= woken - NOW - timedelta(hours=2) < timedelta(seconds=0.01)
    assert perf_counter() - began < 5


def test_no_time_passes_while_a_thread_works() -> None:
    clock = SettableClock(NOW)

    async def works() -> set[datetime]:
        seen = set()
        sleeping = asyncio.create_task(asyncio.sleep(60))
        for _ in range(50):
            await asyncio.to_thread(lambda: sum(range(1000)))
            seen.add(clock.now())
        sleeping.cancel()
        return seen

    assert simulate(clock, works()) == {NOW}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_every_behaviour_of_the_town_ends_its_call_once(behaviour: str) -> None:
    facts = call_course(Turn(behaviour), ORDER, Sounds())
    events = [fact.tell("a", NOW) for fact in facts]
    kinds = Counter(map(type, events))
    assert kinds[HungUp] == 1
    assert kinds[OrderFailed] + kinds[Answered] == 1
    assert kinds[KeyPressed] == bool({"1", "3"} & set(BEHAVIOURS[behaviour].keys))
    assert [f.after for f in facts] == sorted(f.after for f in facts)


def test_who_rings_longer_than_we_let_it_is_not_reached() -> None:
    late = call_course(Turn("press_1", ring=40.0), ORDER, Sounds())
    assert Answered not in {type(fact.tell("a", NOW)) for fact in late}


def test_a_call_ends_when_it_may_talk_no_longer() -> None:
    short = CallOrder(**{**_fields(ORDER), "talk": timedelta(seconds=20)})
    facts = call_course(Turn("no_key", ring=2.0), short, Sounds(goodbye=2.0))
    assert facts[-1].after < 30
    assert isinstance(facts[-2].tell("a", NOW), Heard)


def test_a_simulated_night_comes_to_what_the_oracle_knows() -> None:
    plan = plan_from_mix(40, 3, load_mix("demo"))
    with night(plan, Circumstances(lines=10)) as one:
        one.prepare()
        passed = []

        def look() -> bool:
            passed.append(one.clock.monotonic())
            return passed[-1] >= ALL

        one.live(look, 60.0)
        states = Counter(row.state for row in one.city.commune.rows("recipients"))
    won = sum(home.state == "acknowledged" for home in oracle(plan))
    assert states[RecipientState.ACKNOWLEDGED] == won
    assert sum(states.values()) == 40


def test_a_word_is_as_wrong_as_its_distance_over_what_is_allowed() -> None:
    said = Said(100.0, {50: 260.0, 80: 1000.0, 90: None})
    assert error(said, 50, 200.0) == pytest.approx(60 / 15)
    assert error(said, 80, 1100.0) == pytest.approx(1.0)
    assert error(said, 90, 1100.0) == 10


def test_errors_count_from_the_first_tenth_until_the_milestone_has_come() -> None:
    one = Course(1, came={50: 300.0}, last=1000.0)
    one.said = [Said(float(t), {50: 300.0 + t / 10}) for t in range(0, 500, 50)]
    assert [tenth for _, tenth, _ in one.errors()] == [1, 1, 2, 2]
    assert set(cells([one])) == {(50, 1), (50, 2)}
    assert figures([one])["forecast_error_50"] == pytest.approx(22.5 / 15)


@pytest.mark.slow
def test_the_forecast_is_right_for_half_and_for_most() -> None:
    seen = [course(seed, 120, 12, "realistic") for seed in (1, 2, 3)]
    found = figures(seen)
    assert found["forecast_error_50"] < 2
    assert found["forecast_error_80"] < 3


def _fields(order: CallOrder) -> dict[str, object]:
    return {name: getattr(order, name) for name in order.__slots__}
