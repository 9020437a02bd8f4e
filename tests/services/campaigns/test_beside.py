"""A large town is counted in a process of its own, to the same result."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import Any

import pytest

from automaton.errors import RequestError
from automaton.services.beside import (
    dry_run_beside,
    look_ahead_beside,
    look_ahead_waiting,
)
from automaton.services.campaigns import create
from automaton.services.launches import DryRun, Launched, dry_run, start
from automaton.settings import Settings
from tests.services.campaigns.city import City

HOMES = 3


def draft(city: City) -> str:
    city.homes(HOMES)
    city.on_duty()
    return create(city.office, city.wish()).id


def figures(told: DryRun) -> tuple[object, ...]:
    return told.homes, told.numbers, told.by_trunk, told.forecast, told.starts_at


def test_few_are_counted_here_and_many_elsewhere_alike(city: City) -> None:
    campaign = draft(city)
    here = dry_run_beside(city.office, campaign, many=HOMES)
    assert here.homes == HOMES
    assert here == dry_run(city.office, campaign)
    assert figures(dry_run_beside(city.office, campaign, many=0)) == figures(here)


def test_what_is_refused_there_is_refused_here(city: City) -> None:
    campaign = draft(city)
    start(city.office, campaign, "m.durand")
    for many in (0, HOMES):
        with pytest.raises(RequestError) as refusal:
            dry_run_beside(city.office, campaign, many)
        assert refusal.value.error_id == "already-asked"


class Deadly(Settings):
    """Settings that end the process in which they are unpacked."""

    def __reduce__(self) -> Any:
        return os._exit, (1,)


def test_a_process_that_dies_keeps_nobody_from_launching(city: City) -> None:
    campaign = draft(city)
    settings = Deadly.model_construct(**dict(city.settings))
    office = replace(city.office, settings=settings)
    assert dry_run_beside(office, campaign, many=0).homes == HOMES


@pytest.mark.parametrize("many", [0, HOMES])
def test_the_forecast_is_kept_wherever_it_is_made(city: City, many: int) -> None:
    campaign = draft(city)
    launched: Launched = start(city.office, campaign, "m.durand")
    look_ahead_beside(city.office, launched, many)
    for thread in threading.enumerate():
        if thread.name == "look ahead":
            thread.join(60)
    forecast = city.office.desk.card(campaign).forecast
    assert forecast is not None
    assert forecast["homes"] == HOMES


@pytest.mark.parametrize("many", [0, HOMES])
def test_who_waits_for_the_forecast_gets_it_from_either(city: City, many: int) -> None:
    launched = start(city.office, draft(city), "m.durand")
    told = look_ahead_waiting(city.office, launched, many)
    assert told.forecast is not None
    assert 0 < told.forecast.reachable <= HOMES


def test_a_database_that_fails_meanwhile_leaves_the_launch_as_it_is(city: City) -> None:
    # The officer would be told that what is launched cannot be.
    campaign = draft(city)
    launched = start(city.office, campaign, "m.durand")
    with city.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE contacts RENAME TO gone")
    look_ahead_beside(city.office, launched, HOMES)
    assert city.office.desk.card(campaign).forecast is None
