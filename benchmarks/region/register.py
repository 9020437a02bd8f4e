"""Writes the people of a region into its database, and a campaign for each town."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Table, insert
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.policy import CallPolicy
from automaton.lab.plan import Home
from automaton.store import tables
from automaton.store.engine import writing
from benchmarks.region.town import Region

Row = dict[str, Any]


def enter(engine: Engine, region: Region, now: datetime) -> list[str]:
    """Enter all collectivities with their homes; return their campaigns' ids.

    The campaigns run: they have whole registers as their audience.
    """
    count = region.size.collectivities
    collectivities = [_collectivity(n, now) for n in range(count)]
    registers = [_register(n, now) for n in range(count)]
    _insert(engine, tables.collectivities, collectivities)
    _insert(engine, tables.registers, registers)
    for collectivity in range(count):
        homes = list(region.homes(collectivity))
        _copy(engine, tables.households, _households(collectivity, homes))
        _copy(engine, tables.contacts, _people(collectivity, homes, now))
        _copy(engine, tables.contact_points, _points(collectivity, homes))
    return launch(engine, region, now)


def launch(engine: Engine, region: Region, now: datetime) -> list[str]:
    """Let a campaign to all homes of each collectivity run; return their ids."""
    campaigns = [_campaign(n, now) for n in range(region.size.collectivities)]
    messages = [_message(n, now) for n in range(region.size.collectivities)]
    texts = [_text(n) for n in range(region.size.collectivities)]
    _insert(engine, tables.messages, messages)
    _insert(engine, tables.message_texts, texts)
    _insert(engine, tables.campaigns, campaigns)
    return [row["id"] for row in campaigns]


def id_of(kind: int, collectivity: int, index: int = 0) -> str:
    """Return an id as long as any other; in the order of what it is made from."""
    return f"01900000-0000-7000-8{kind:03x}-{collectivity:04x}{index:08x}"


COLLECTIVITY, REGISTER, HOUSEHOLD, PERSON, POINT, MESSAGE, TEXT, CAMPAIGN = range(8)
Homes = Iterable[tuple[Home, list[str]]]


def _collectivity(n: int, now: datetime) -> Row:
    return {"id": id_of(COLLECTIVITY, n), "name": f"Rivemer {n}", "created_at": now}


def _register(n: int, now: datetime) -> Row:
    return {
        "id": id_of(REGISTER, n),
        "collectivity_id": id_of(COLLECTIVITY, n),
        "name": "alerte",
        "kind": "alert",
        "created_at": now,
    }


def _households(collectivity: int, homes: Homes) -> Iterator[Row]:
    for index, (home, _) in enumerate(homes):
        yield {
            "id": id_of(HOUSEHOLD, collectivity, index),
            "register_id": id_of(REGISTER, collectivity),
            "street": home.address,
            "postal_code": "17999",
            "city": f"Rivemer {collectivity}",
        }


def _people(collectivity: int, homes: Homes, now: datetime) -> Iterator[Row]:
    for index, (home, _) in enumerate(homes):
        yield {
            "id": id_of(PERSON, collectivity, index),
            "register_id": id_of(REGISTER, collectivity),
            "household_id": id_of(HOUSEHOLD, collectivity, index),
            "first_name": home.first_name,
            "last_name": home.last_name,
            "created_at": now,
        }


def _points(collectivity: int, homes: Homes) -> Iterator[Row]:
    for index, (_, numbers) in enumerate(homes):
        for rank, number in enumerate(numbers):
            yield {
                "id": id_of(POINT, collectivity, 10 * index + rank),
                "contact_id": id_of(PERSON, collectivity, index),
                "kind": "landline",
                "value": number,
                "rank": rank,
            }


def _message(n: int, now: datetime) -> Row:
    mine = id_of(COLLECTIVITY, n)
    return {"id": id_of(MESSAGE, n), "collectivity_id": mine, "created_at": now}


def _text(n: int) -> Row:
    return {
        "id": id_of(TEXT, n),
        "message_id": id_of(MESSAGE, n),
        "language": "fr",
        "prompt": "p1",
    }


def _campaign(n: int, now: datetime) -> Row:
    return {
        "id": id_of(CAMPAIGN, n),
        "collectivity_id": id_of(COLLECTIVITY, n),
        "register_id": id_of(REGISTER, n),
        "message_id": id_of(MESSAGE, n),
        "name": "Crue",
        "campaign_class": CampaignClass.ALERT,
        "state": CampaignState.RUNNING,
        "policy": CallPolicy(),
        "audience": {"register": id_of(REGISTER, n)},
        "created_at": now,
        "launched_at": now,
        "started_at": now,
    }


def _insert(engine: Engine, table: Table, rows: list[Row]) -> None:
    with writing(engine) as connection:
        connection.execute(insert(table), rows)


def _copy(engine: Engine, table: Table, rows: Iterable[Row]) -> None:
    """Write rows by COPY; a column that is not given has its default."""
    usual = {
        column.name: column.default.arg
        for column in table.c
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    told = [usual | row for row in rows]
    names = sorted(told[0])
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
    with writing(engine) as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor().copy(statement) as copying:
            for row in told:
                copying.write_row([row[name] for name in names])
