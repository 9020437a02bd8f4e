"""A town written by hand: numbers and what each call to them gets, in TOML.

In: a script file (docs/town.md tells its form). Out: a `Plan`.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from random import Random
from typing import Any

from automaton.errors import ConfigurationError
from automaton.lab import people
from automaton.lab.behaviours import BEHAVIOURS
from automaton.lab.choke import chokes_from
from automaton.lab.mix import Commune, Timing, timing_from
from automaton.lab.numbers import is_fiction
from automaton.lab.plan import Home, Phone, Plan, draw_turn

_HOME_WORDS = {"number", "attempts", "second", "name", "first_name", "duty"}
_TIMING_WORDS = {"ring", "think", "pause", "allo", "retry_after"}


def plan_from_script(script: Path | str) -> Plan:
    """Read a script file, or the TOML text itself.

    Seconds that the script leaves out are short: a script serves tests.
    ConfigurationError says what to mend.
    """
    try:
        text = script.read_text("utf-8") if isinstance(script, Path) else script
        table = tomllib.loads(text)
        return _plan(table)
    except OSError as error:
        raise ConfigurationError(
            f"There is no script {script} that can be read.", error_id="town_script"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"The script {script} is no text.", error_id="town_script"
        ) from error
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"The script of the town cannot be used: {error}.", error_id="town_script"
        ) from error


def _plan(table: dict[str, Any]) -> Plan:
    dice = Random("script")
    rows = table.get("home", [])
    homes = tuple(_home(row, dice) for row in rows)
    seen = [phone.number for home in homes for phone in home.phones]
    for number in seen:
        if seen.count(number) > 1:
            raise ValueError(f"{number} stands twice")
    commune = Commune(**table.get("commune", {}))
    return Plan(homes, commune, chokes=chokes_from(table.get("choke", [])))


def _home(row: dict[str, Any], dice: Random) -> Home:
    for word in row:
        if word not in _HOME_WORDS | _TIMING_WORDS:
            raise ValueError(f"[[home]] knows no “{word}”")
    timing = _timing(row)
    phones = [_phone(part, timing, dice) for part in (row, row.get("second")) if part]
    last_name, first_name = people.person(dice)
    return Home(
        last_name=row.get("name", last_name),
        first_name=row.get("first_name", first_name),
        address=people.address(dice),
        kind="+".join(turn.behaviour for phone in phones for turn in phone.turns),
        phones=tuple(phones),
        on_duty=row.get("duty", False),
    )


def _timing(row: dict[str, Any]) -> Timing:
    """Return the row's own seconds over short ones; one number stands for a pair."""
    own = {key: row[key] for key in row.keys() & _TIMING_WORDS}
    for key in own.keys() & {"ring", "think", "retry_after"}:
        own[key] = own[key] if isinstance(own[key], list) else [own[key]] * 2
    if "allo" in own:
        own["allo"] = 1.0 if own["allo"] is True else float(own["allo"])
    short = Timing(ring=(0.5, 0.5), think=(0.2, 0.2), allo=1.0, retry_after=(3.0, 3.0))
    return timing_from(own, short)


def _phone(row: dict[str, Any], timing: Timing, dice: Random) -> Phone:
    number, attempts = row.get("number", ""), row.get("attempts", ["press_1"])
    if not is_fiction(number):
        raise ValueError(f"the number “{number}” is not one of those kept for fiction")
    for word in attempts:
        if word not in BEHAVIOURS:
            raise ValueError(f"no behaviour “{word}”, only {sorted(BEHAVIOURS)}")
    if not attempts:
        raise ValueError(f"{number} has no attempts")
    return Phone(number, tuple(draw_turn(word, timing, dice) for word in attempts))
