"""Scenarios as the use cases see them: each call one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from automaton.domain.collectivity import Act
from automaton.domain.scenario import Scenario
from automaton.store.engine import reading, writing
from automaton.store.people import house, scenarios
from automaton.store.people.journal import note


class SqlScenarioBook:
    """Scenarios in one database; every change leaves a line in the audit."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add_scenario(self, scenario: Scenario, act: Act) -> None:
        """Write a scenario; refuse a taken number."""
        with writing(self.engine) as connection:
            house.held_collectivity(connection, scenario.collectivity_id)
            scenarios.add_scenario(connection, scenario, act.by, act.at)
            note(connection, act)

    def change_scenario(self, scenario: Scenario, act: Act) -> None:
        """Write a scenario anew; refuse a taken number."""
        with writing(self.engine) as connection:
            house.held_collectivity(connection, scenario.collectivity_id)
            scenarios.change_scenario(connection, scenario)
            note(connection, act)

    def remove_scenario(self, scenario_id: str, act: Act) -> None:
        """Delete a scenario."""
        with writing(self.engine) as connection:
            scenarios.remove_scenario(connection, scenario_id)
            note(connection, act)

    def scenarios(self, collectivity_id: str) -> Sequence[Scenario]:
        """Return the scenarios of a collectivity by number."""
        with reading(self.engine) as connection:
            return scenarios.scenarios_of(connection, collectivity_id)
