"""A mix: how many homes of each kind, and how long each behaviour takes.

In: a TOML file (docs/town.md tells its form). Out: a frozen `Mix`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from automaton.errors import ConfigurationError
from automaton.lab.behaviours import BEHAVIOURS
from automaton.lab.choke import Choke, chokes_from


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds as [low, high] unless said otherwise.

    `ring` before the answer or the refusal; `think` from having heard to pressing, or
    to hanging up; `pause` the silence that ends what a resident takes as one whole
    (one value; the behaviour's own if left out); `allo` the share who speak first;
    `retry_after` of a 503.
    """

    ring: tuple[float, float] = (1.0, 6.0)
    think: tuple[float, float] = (0.5, 2.0)
    pause: float | None = None
    allo: float = 0.7
    retry_after: tuple[float, float] = (2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of home: what each number gets, attempt by attempt; the last repeats."""

    name: str
    numbers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Commune:
    """Where the homes are."""

    name: str = "Royan"
    postal_code: str = "17200"
    insee: str = "17306"


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the kinds of homes, timings of the behaviours, exchanges that choke."""

    name: str
    shares: Mapping[str, float]
    kinds: Mapping[str, Kind]
    timings: Mapping[str, Timing]
    commune: Commune = field(default_factory=Commune)
    duty: int = 2
    chokes: tuple[Choke, ...] = ()

    def timing(self, behaviour: str) -> Timing:
        """Return the timing of one behaviour."""
        return self.timings[behaviour]


def load_mix(name: str | Path = "realistic") -> Mix:
    """Read a shipped mix by its name (realistic, demo) or any other by its path.

    Raises ConfigurationError with the word to change.
    """
    try:
        text = _text(name)
        return _mix(str(name), tomllib.loads(text))
    except OSError as error:
        raise ConfigurationError(
            f"There is no mix {name}: write realistic, demo, or the path of a file.",
            error_id="town_mix",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"The mix {name} is no text.", error_id="town_mix"
        ) from error
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"The mix {name} cannot be used: {error}.", error_id="town_mix"
        ) from error


def _text(name: str | Path) -> str:
    shipped = files("automaton.lab") / "mixes" / f"{name}.toml"
    path = shipped if shipped.is_file() else Path(name)
    return path.read_text(encoding="utf-8")


def _mix(name: str, table: dict[str, Any]) -> Mix:
    _known(table, {"choke", "commune", "duty", "kinds", "shares", "timing"}, "the mix")
    kinds = _kinds(table.get("kinds", {}))
    shares = {key: float(value) for key, value in table.get("shares", {}).items()}
    _known(shares, set(kinds), "[shares]")
    if not any(share > 0 for share in shares.values()):
        raise ValueError("[shares] names no kind of home with a share above 0")
    return Mix(
        name=name,
        shares=shares,
        kinds=kinds,
        timings=_timings(table.get("timing", {})),
        commune=Commune(**table.get("commune", {})),
        duty=int(table.get("duty", 2)),
        chokes=chokes_from(table.get("choke", [])),
    )


def _kinds(table: dict[str, Any]) -> dict[str, Kind]:
    """Return the kinds: every behaviour is one by itself, the mix may add others."""
    kinds = {name: Kind(name, ((name,),)) for name in BEHAVIOURS}
    for name, numbers in table.items():
        kinds[name] = Kind(name, tuple(tuple(_behaviours(row)) for row in numbers))
    return kinds


def _behaviours(row: list[str]) -> list[str]:
    _known(row, set(BEHAVIOURS), "[kinds]")
    if not row:
        raise ValueError("[kinds] has a number without a behaviour")
    return row


def _timings(table: dict[str, Any]) -> dict[str, Timing]:
    _known(table, {"default", *BEHAVIOURS}, "[timing]")
    default = timing_from(table.get("default", {}), Timing())
    return {name: timing_from(table.get(name, {}), default) for name in BEHAVIOURS}


def timing_from(table: Mapping[str, Any], default: Timing) -> Timing:
    """Return a timing with the keys of a TOML table over a default."""
    _known(table, {key.name for key in fields(Timing)}, "[timing]")
    return replace(default, **{key: _seconds(value) for key, value in table.items()})


def _seconds(value: Any) -> Any:
    """Return a pair as floats, a single value as one float."""
    if not isinstance(value, list):
        return float(value)
    low, high = (float(part) for part in value)
    return low, max(low, high)


def _known(words: Any, known: set[str], where: str) -> None:
    for word in words:
        if word not in known:
            raise ValueError(f"{where} knows no “{word}”, only {sorted(known)}")
