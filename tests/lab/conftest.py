"""The Asterisk that plays the network, and a town with a home per behaviour."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from automaton.asterisk.install import install
from automaton.lab import AsteriskPaths, Town, plan_from_script
from automaton.lab.behaviours import BEHAVIOURS
from automaton.lab.numbers import landline

NUMBERS = {name: landline(100 + i) for i, name in enumerate(BEHAVIOURS)}
TWICE_CONGESTED = landline(90)
SECOND_TIME = landline(91)
DUTY = landline(92)


@pytest.fixture(scope="session")
def asterisk() -> AsteriskPaths:
    """The Asterisk of the cache, as plain paths."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    found = install(Path(os.environ.get("AUTOMATON_CACHE") or Path(home, "automaton")))
    return AsteriskPaths(tuple(found.prefix()), found.module_dir, found.data_dir)


@pytest.fixture(scope="session")
def town(asterisk: AsteriskPaths) -> Iterator[Town]:
    """A town with a home for every behaviour."""
    rows = [
        f'[[home]]\nnumber = "{number}"\nattempts = ["{name}"]\n'
        for name, number in NUMBERS.items()
    ]
    rows.append(f'[[home]]\nnumber = "{DUTY}"\nduty = true\n')
    for number, attempts in (
        (TWICE_CONGESTED, '["congested", "congested", "busy"]'),
        (SECOND_TIME, '["busy", "press_1"]'),
    ):
        rows.append(f'[[home]]\nnumber = "{number}"\nattempts = {attempts}\n')
    with Town(plan_from_script("\n".join(rows)), asterisk) as alive:
        yield alive
