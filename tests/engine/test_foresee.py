"""Forecasts are kept while a campaign runs, and nothing waits for them."""

from datetime import timedelta

import pytest

from automaton.domain.campaign import CampaignState
from automaton.domain.foreseen import Foreseen
from automaton.engine.foresee import EARLY, EVERY, OFTEN
from automaton.errors import LineError
from tests.engine.conftest import Begin

MINUTES = 5


class Oracle:
    """Foresees the same for everybody; `fails` makes the next words raise."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails: list[Exception] = []
        self.knows = True
        self.clock = None

    def foresee(self, campaign_id):
        self.asked.append(campaign_id)
        if self.fails:
            raise self.fails.pop(0)
        now = self.clock.now()
        at = {share: now + timedelta(seconds=share) for share in (50, 80, 90)}
        return Foreseen(now, at, None, 7.5, 3) if self.knows else None


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def begin(a_night: Begin, oracle: Oracle):
    def night(**how):
        found = a_night(foreseer=oracle, **how)
        oracle.clock = found.commune.clock
        return found

    return night


async def pass_seconds(night, seconds: int) -> None:
    for _ in range(seconds):
        night.pass_time(1)
        await night.tick()


async def test_forecasts_are_kept_each_minute_and_cost_the_writer_one_row(begin):
    night = begin(homes=1)
    await night.launched()
    await pass_seconds(night, MINUTES * 60)
    rows = night.commune.rows("forecasts")
    early, later = EARLY / OFTEN, (MINUTES * 60 - EARLY) / EVERY
    assert len(rows) == pytest.approx(early + later, abs=2)
    assert (rows[0].reachable, rows[0].acknowledged) == (7.5, 3)
    assert rows[0].at_80 - rows[0].made_at == timedelta(seconds=80)


async def test_a_forecast_that_fails_is_made_again_later(begin, oracle):
    night = begin(homes=1)
    oracle.fails.append(LineError("the database is away"))
    await night.launched()
    await pass_seconds(night, int(OFTEN))
    assert len(oracle.asked) == 2
    assert len(night.commune.rows("forecasts")) == 1


async def test_a_forecast_that_cannot_be_worked_out_is_no_more_asked_each_second(
    begin, oracle
):
    night = begin(homes=1)
    oracle.fails += [ZeroDivisionError()] * 5
    await night.launched()
    await pass_seconds(night, int(OFTEN) - 1)
    assert len(oracle.asked) == 1


async def test_nothing_is_kept_where_nothing_is_known(begin, oracle):
    oracle.knows = False
    night = begin(homes=1)
    await night.launched()
    assert oracle.asked
    assert night.commune.rows("forecasts") == []


async def test_only_what_runs_is_foreseen(begin, oracle):
    night = begin(homes=1)
    night.campaign(state=CampaignState.PAUSED)
    await night.tick()
    assert oracle.asked == []


async def test_campaigns_take_turns(begin, oracle):
    night = begin(homes=1)
    both = {night.campaign(), night.campaign()}
    await pass_seconds(night, 3)
    assert set(oracle.asked) == both


async def test_without_anybody_who_foresees_nothing_is_kept(a_night):
    night = a_night(homes=1)
    await night.launched()
    assert night.commune.rows("forecasts") == []
