"""The tutorial of CONTRIBUTING.md, executed: its blocks are taken out and run.

The package, its entry point and its settings are written as the page says; then the
family's contract runs on it, and a real engine reaches a home by it.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from automaton import bootstrap
from automaton.channels.channel import Surroundings
from automaton.channels.choice import telephone_for
from automaton.clock import SystemClock
from automaton.engine.node import NodeSettings, World
from automaton.engine.supervisor import Supervisor
from automaton.settings import load
from tests.engine.conftest import a_night, database, empty_database

__all__ = ["a_night", "database", "empty_database"]

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```\w+ title=(\S+)\n(.*?)^```$", re.M | re.S)
TEXT = "La Seudre monte : quittez les quais."


def blocks() -> dict[str, str]:
    """Return the named blocks of the page by their file names."""
    return dict(BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8")))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the tutorial's files, installed as a package would be."""
    folder = tmp_path / "site"
    folder.mkdir()
    for name, text in blocks().items():
        (folder / name).write_text(text, "utf-8")
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n"
    )
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {at}" for name, at in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield site
    for module in blocks():
        sys.modules.pop(module.removesuffix(".py"), None)


def test_the_page_has_all_that_a_channel_needs() -> None:
    assert list(blocks()) == [
        "town_crier.py",
        "pyproject.toml",
        "automaton.toml",
        "test_town_crier.py",
    ]


def test_the_channel_is_found_by_its_line(installed: Path) -> None:
    (found,) = entry_points(group="automaton.channels", name="crier")
    assert found.load().name == "crier"


def test_the_channel_passes_the_test_of_its_family(site: Path) -> None:
    paths = os.pathsep.join([str(site), str(ROOT)])
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(site)),
            str(site / "test_town_crier.py"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) >= 11


@pytest.mark.parametrize("tool", [("ruff", "check"), ("ruff", "format", "--check")])
def test_the_channel_is_written_in_the_style_of_the_house(
    site: Path, tool: tuple[str, ...]
) -> None:
    config = ["--config", str(ROOT / "pyproject.toml"), str(site / "town_crier.py")]
    command = [sys.executable, "-m", *tool, *config]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_a_campaign_reaches_a_home_by_the_new_channel(
    installed: Path, tmp_path: Path, a_night: Any
) -> None:
    settings = load(installed / "automaton.toml", {}).settings
    night = a_night()
    clock = SystemClock()
    here = Surroundings(settings.trunks, tmp_path, clock, no_asterisk)
    channel = telephone_for(here)
    board = tmp_path / "crier"
    night.commune.clock.at = clock.now()
    campaign = night.campaign()
    (row,) = night.commune.rows("campaigns", id=campaign)
    (text,) = night.commune.rows("message_texts", message_id=row.message_id)
    night.commune.change("message_texts", text.id, text=TEXT)

    world = World(night.commune.ledger, channel, night.speaker, clock)
    supervisor = Supervisor(world, NodeSettings("main", bootstrap.trunks(settings)))
    stop = asyncio.Event()
    await channel.open()
    running = asyncio.create_task(supervisor.run(stop))
    supervisor.hurry()
    async with asyncio.timeout(30):
        await until(lambda: list(board.glob("*.notice")))
        assert TEXT in answered(board)
        await until(lambda: list(board.glob("*.done")))
        await until(lambda: night.outcomes() == ["acknowledged"])
        stop.set()
        await running
    await channel.close()
    assert night.states() == ["acknowledged"]
    assert [attempt.trunk for attempt in night.attempts()] == ["square"]


async def until(holds: Callable[[], object]) -> None:
    while not holds():  # noqa: ASYNC110 - a board of files has no event for it
        await asyncio.sleep(0.02)


def answered(board: Path) -> str:
    """Write a 1 under the one notice, as the neighbour does; return what it says."""
    (notice,) = board.glob("*.notice")
    text = notice.read_text("utf-8")
    with notice.open("a") as paper:
        paper.write("1\n")
    return text


def no_asterisk() -> Any:
    raise AssertionError("a town crier needs no Asterisk")
