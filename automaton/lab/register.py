"""The town's register as a CSV file with French headings, for the product to import."""

from __future__ import annotations

import csv
from pathlib import Path

from automaton.lab.numbers import as_written
from automaton.lab.plan import Home, Plan

HEADINGS = (
    "nom",
    "prénom",
    "adresse",
    "code postal",
    "commune",
    "code insee",
    "téléphone",
    "téléphone 2",
    "langue",
    "année de naissance",
    "notes",
)


def write_register(plan: Plan, path: Path) -> Path:
    """Write one row per home: UTF-8, semicolons. Numbers stand as people write them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";", lineterminator="\n")
        rows.writerow(HEADINGS)
        for index, home in enumerate(plan.residents()):
            rows.writerow(_row(plan, home, index))
    return path


def _row(plan: Plan, home: Home, style: int) -> list[str]:
    numbers = [as_written(phone.number, style) for phone in home.phones[:2]]
    commune = plan.commune
    return [
        home.last_name,
        home.first_name,
        home.address,
        commune.postal_code,
        commune.name,
        commune.insee,
        *[*numbers, ""][:2],
        "fr",
        str(home.birth_year),
        "",
    ]
