"""Rules, dashboard and docs/watching.md speak of what the daemon really exports."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.watching.test_rules import JOB, TRUNK, broken, proven

DOCS = Path(__file__).parents[2] / "docs"
BOARD: dict[str, Any] = json.loads(
    (DOCS / "watching" / "dashboard.json").read_text("utf-8")
)
PAGES = ("watching.md", "watching/alerts.yml", "watching/dashboard.json")
PARTS = re.compile(r"_(bucket|sum|count|created)$")


def expressions() -> Iterator[str]:
    for panel in BOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (one["expr"] for one in BOARD["annotations"]["list"])


@pytest.fixture
async def exported(watched_night, tmp_path: Path, database) -> frozenset[str]:
    """The names of all figures of a night with a key, a backup, an officer."""
    more = {"backup": {**JOB, "folder": str(tmp_path)}, **TRUNK}
    watched = await watched_night(more, homes=3)
    night = watched.night
    proven(watched, database)
    await broken(watched)
    night.node.world.gauges.answered(0.001)
    watched.pages.lag.feel()
    order = night.telephone.orders[0]
    night.presses(order)
    await night.beat()
    samples = (await watched.get("/metrics")).samples
    return frozenset(name for name, _ in samples if not name.endswith("_created"))


@pytest.mark.parametrize("page", PAGES)
async def test_every_figure_that_is_named_is_exported(exported, page):
    text = (DOCS / page).read_text("utf-8")
    named = set(re.findall(r"\b(?:automaton|process)_[a-z_]*[a-z]\b", text))
    known = exported | {PARTS.sub("", name) for name in exported}
    assert named
    assert named - known == set()


async def test_every_figure_that_is_exported_is_told(exported):
    text = (DOCS / "watching.md").read_text("utf-8")
    ours = {PARTS.sub("", one) for one in exported if one.startswith("automaton_")}
    assert {name for name in ours if f"`{name}" not in text} == set()


async def test_the_labels_of_the_page_are_those_of_the_figures(watched_night):
    watched = await watched_night(homes=3)
    await broken(watched)
    samples = (await watched.get("/metrics")).samples
    text = (DOCS / "watching.md").read_text("utf-8")
    told = dict(re.findall(r"`(automaton_\w+)\{([\w,]+)\}`", text))
    for name, labels in samples:
        if name in told:
            assert {label for label, _ in labels} == set(told[name].split(","))


def test_panels_have_places_of_their_own():
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    cells = [
        {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        for at in (panel["gridPos"] for panel in BOARD["panels"])
    ]
    assert not any(one & other for one, other in combinations(cells, 2))
    assert max(x for cell in cells for x, _ in cell) < 24


def test_every_expression_of_the_dashboard_can_be_read(promtool, tmp_path):
    rules = [
        {"record": f"panel:{index}", "expr": _as_asked(expression)}
        for index, expression in enumerate(expressions())
    ]
    file = tmp_path / "panels.json"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    order = [promtool, "check", "rules", str(file)]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(rules)} rules found" in done.stdout + done.stderr


async def test_the_page_has_the_form_that_prometheus_wants(watched_night, promtool):
    page = (await (await watched_night()).get("/metrics")).body
    done = await asyncio.to_thread(
        subprocess.run,
        [promtool, "check", "metrics"],
        input=page,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def _as_asked(expression: str) -> str:
    """Return an expression as Grafana asks it."""
    return expression.replace("$__rate_interval", "1m").replace("$instance", ".+")
