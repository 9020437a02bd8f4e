"""Scenarios in the database: what drafts are made of is kept as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from automaton.domain.scenario import Scenario, ScenarioWish
from automaton.errors import RequestError
from automaton.store.tables import scenarios

_TOLD = tuple(scenarios.c[name] for name in Scenario.__slots__)
_LISTS = ("groups", "trunks")


def add_scenario(
    connection: Connection, scenario: Scenario, by: str, at: datetime
) -> None:
    """Write a scenario; refuse a taken number."""
    row = _row(scenario) | {"created_by": by, "created_at": at}
    try:
        connection.execute(insert(scenarios), row)
    except IntegrityError as error:
        raise _taken(scenario) from error


def change_scenario(connection: Connection, scenario: Scenario) -> None:
    """Write a scenario anew; refuse a taken number."""
    is_it = scenarios.c.id == scenario.id
    try:
        connection.execute(update(scenarios).where(is_it).values(_row(scenario)))
    except IntegrityError as error:
        raise _taken(scenario) from error


def remove_scenario(connection: Connection, scenario_id: str) -> None:
    """Delete a scenario; campaigns that were made of it stay."""
    connection.execute(delete(scenarios).where(scenarios.c.id == scenario_id))


def scenarios_of(connection: Connection, collectivity_id: str) -> list[Scenario]:
    """Return the scenarios of a collectivity by number."""
    mine = scenarios.c.collectivity_id == collectivity_id
    asked = select(*_TOLD).where(mine).order_by(scenarios.c.number)
    return [_scenario(row) for row in connection.execute(asked)]


def _row(scenario: Scenario) -> dict[str, Any]:
    told = {name: getattr(scenario, name) for name in Scenario.__slots__}
    return told | {"wish": asdict(scenario.wish)}


def _scenario(row: Any) -> Scenario:
    told = dict(zip(Scenario.__slots__, row, strict=True))
    wish = told.pop("wish")
    known = {name: wish[name] for name in ScenarioWish.__slots__ if name in wish}
    lists = {name: tuple(known[name]) for name in _LISTS if name in known}
    return Scenario(**told, wish=ScenarioWish(**(known | lists)))


def _taken(scenario: Scenario) -> RequestError:
    return RequestError(
        f"There is a scenario {scenario.number} already.", error_id="exists"
    )
