"""Ranges that no trunk dials unless they are named: a dated data file, read once."""

import tomllib
from datetime import date, timedelta
from functools import cache, cached_property
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

OLDEST = timedelta(days=365)


class CostlyNumbers(BaseModel):
    """What the data file says: beginnings of numbers, by the kind of their range."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checked: date
    sources: tuple[str, ...]
    costly: dict[str, tuple[str, ...]]

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """Every beginning, whatever its kind."""
        return tuple(prefix for some in self.costly.values() for prefix in some)

    def warnings(self, today: date) -> tuple[str, ...]:
        """What the operator should know about the age of these ranges."""
        if today - self.checked <= OLDEST:
            return ()
        return (
            f"The list of costly numbers was last checked on {self.checked}, more than"
            " a year ago: compare it with its sources or take a newer version.",
        )


@cache
def costly_numbers() -> CostlyNumbers:
    """The ranges that come with this version."""
    file = files("automaton.settings") / "data" / "costly_numbers.toml"
    return CostlyNumbers.model_validate(tomllib.loads(file.read_text("utf-8")))
