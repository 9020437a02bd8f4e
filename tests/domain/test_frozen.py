"""What every record of the domain has in common."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import pytest

import automaton.domain as domain

MODULES = [
    importlib.import_module(f"automaton.domain.{found.name}")
    for found in pkgutil.iter_modules(domain.__path__)
]
RECORDS = sorted(
    {
        record
        for module in MODULES
        for _, record in inspect.getmembers(module, dataclasses.is_dataclass)
        if record.__module__ == module.__name__ and not record.__name__.startswith("_")
    },
    key=lambda record: (record.__module__, record.__name__),
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_a_record_cannot_be_changed_behind_the_back_of_another_room(record):
    assert record.__dataclass_params__.frozen


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_room_of_the_rules_says_what_it_is(module):
    assert module.__doc__
