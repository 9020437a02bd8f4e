"""A night that is watched: its daemon's pages behind a real socket."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from automaton.clock import SystemClock
from automaton.settings import Settings
from automaton.watching import Pages, gauges_for, watched
from tests.engine.conftest import a_night, database, empty_database
from tests.engine.night import Night

__all__ = ["a_night", "database", "empty_database"]

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True)
class Said:
    """One answer of the endpoint."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def told(self) -> Any:
        return json.loads(self.body)

    @property
    def samples(self) -> Samples:
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.body)
            for sample in family.samples
        }


async def ask(where: tuple[str, int], wire: bytes) -> Said:
    """Send these bytes and return what is answered before the link is closed."""
    reader, writer = await asyncio.open_connection(*where)
    try:
        writer.write(wire)
        async with asyncio.timeout(30):
            head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    finally:
        writer.close()
    status, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Said(int(status.split()[1]), headers, body)


@dataclass
class Watched:
    """A night whose daemon can be watched."""

    night: Night
    pages: Pages
    settings: Settings

    @property
    def where(self) -> tuple[str, int]:
        assert self.pages.place is not None
        return self.pages.place

    @property
    def epoch(self) -> float:
        """The night's moment in seconds since 1970."""
        return self.night.now.timestamp()

    async def get(self, path: str, method: str = "GET") -> Said:
        request = f"{method} {path} HTTP/1.1\r\nHost: here\r\n\r\n"
        return await ask(self.where, request.encode())

    async def figure(self, name: str, **labels: str) -> float | None:
        """Return one sample of `/metrics`, None where it is not there."""
        samples = (await self.get("/metrics")).samples
        return samples.get((f"automaton_{name}", frozenset(labels.items())))


@pytest.fixture
async def watched_night(
    a_night: Callable[..., Night], database: Engine, tmp_path: Path
) -> AsyncIterator[Callable[..., Any]]:
    """A function that begins a night and lets it be watched."""
    begun: list[Any] = []

    async def begin(more: dict[str, Any] | None = None, **how: Any) -> Watched:
        settings = Settings.model_validate(
            {
                "folders": {"data": tmp_path},
                "database": {"url": str(database.url)},
                "watch": {"bind": "127.0.0.1:0"},
                **(more or {}),
            }
        )
        gauges = gauges_for(settings)
        night = a_night(gauges=gauges, **how)
        opened = watched(settings, night.supervisor, gauges, SystemClock())
        pages = await opened.__aenter__()
        begun.append(opened)
        return Watched(night, pages, settings)

    yield begin
    for opened in begun:
        await opened.__aexit__(None, None, None)


@pytest.fixture(scope="session")
def promtool() -> str:
    """Return the promtool of setup, or of the PATH."""
    beside = Path(sys.executable).with_name("promtool")
    found = str(beside) if beside.exists() else shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool here: .ci/setup test brings it")
    return found
