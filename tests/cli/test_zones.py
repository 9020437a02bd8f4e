"""Moments are told in one zone, and it is named; programs get ISO 8601.

The machine's zone is UTC mostly: some verbs told that, others the collectivity's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from automaton.cli.history import _clock
from automaton.cli.plain import cell
from automaton.cli.shell import Shell
from tests.cli.conftest import Node, drafted
from tests.cli.test_backup import archive, keys, safe
from tests.vault.conftest import Keys

__all__ = ["keys"]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine stands in another zone than the town."""
    with monkeypatch.context() as machine:
        machine.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def first_row(node: Node, *order: object) -> str:
    return node.done(*order).out.splitlines()[1]


@pytest.mark.usefixtures("elsewhere")
def test_moments_are_in_the_nodes_zone_whatever_the_machines(
    commune: Node, keys: Keys
) -> None:
    safe(commune, keys)
    drafted(commune)
    person, *_ = commune.json("contacts", "list")["contacts"]
    told = {
        "backup": first_row(commune, "backup"),
        "backup list": first_row(commune, "backup", "list"),
        "audit list": first_row(commune, "audit", "list", "--limit", 1),
        "campaign list": first_row(commune, "campaign", "list"),
        "contacts show": commune.done("contacts", "show", person["id"]).out,
    }
    ask = (archive(commune), "--identity", keys.secret)
    told["verify"] = commune.done("backup", "verify", *ask).out.splitlines()[0]
    told["restore"] = commune.done("restore", *ask, "--preview").out.splitlines()[0]
    today = f"{datetime.now(ZoneInfo('Europe/Paris')):%Y-%m-%d}"
    named = re.compile(rf"{today} \d\d:\d\d:\d\d CES?T\b")
    assert [verb for verb, line in told.items() if not named.search(line)] == []
    iso = re.compile(r"\d{4}-\d\d-\d\dT")
    assert [verb for verb, line in told.items() if iso.search(line)] == []


@pytest.mark.usefixtures("elsewhere")
def test_programs_get_moments_with_their_offset(commune: Node, keys: Keys) -> None:
    safe(commune, keys)
    (made,) = commune.json("backup")
    (listed,) = commune.json("backup", "list")
    (act,) = commune.json("audit", "list", "--limit", 1)
    for moment in (made["verified_at"], listed["taken_at"], act["at"]):
        assert datetime.fromisoformat(moment).utcoffset() is not None


def test_a_zone_without_a_name_of_its_own_is_told_by_its_offset() -> None:
    noon = datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert cell(noon, ZoneInfo("Indian/Reunion")) == "2026-01-15 16:00:00 +04"


@pytest.mark.usefixtures("elsewhere")
def test_a_contradiction_of_the_towns_log_is_in_the_nodes_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    noon = datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert _clock(Shell(), noon.timestamp()) == "13:00:00 CET "
    assert _clock(Shell(), None) == ""
