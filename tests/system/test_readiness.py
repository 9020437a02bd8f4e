"""Telephones are rung to prove that they ring: a town, keys, and our own number."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import Any

import pytest

from automaton import bootstrap
from automaton.domain.readiness import Kind
from automaton.loopback import free_port
from automaton.services.collectivities import find_collectivity
from automaton.services.officers import NewOfficer, add_officer
from automaton.services.readiness import standings
from automaton.store.people import SqlBook
from tests.system.conftest import MakeStage
from tests.system.stage import (
    BY,
    DUTY,
    DUTY_TOO,
    Stage,
    Trunk,
    home,
    number,
    on_duty,
    until,
)

pytestmark = pytest.mark.asterisk

PUBLISHED = "+33199000100"
GREETINGS = {"fr/call-greeting", "fr/no-message"}  # one after the other in 8 s
CLAIRE = number(8110)
DIDS = f'dids = {{ "{PUBLISHED}" = "Royan" }}\nprefixes = ["+3326191"]'
SHELL = "from automaton.cli import main; main()"


def asked(here: Stage, *words: str) -> Any:
    """Return what the product's own shell answers, as JSON."""
    order = [sys.executable, "-c", SHELL, "--config", str(here.settings_file)]
    done = subprocess.run(
        [*order, *words, "--json"], capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def staged(stage: MakeStage) -> Stage:
    """A town whose officer presses 1, whose second number on duty is busy.

    The second trunk leads back to the node itself, as an operator would.
    """
    port = free_port(socket.SOCK_DGRAM)
    officer = on_duty(CLAIRE, attempts=["press_1"])
    script = home(1) + officer + on_duty(DUTY) + on_duty(DUTY_TOO, attempts=["busy"])
    trunks = {
        "town": Trunk(script, more='prefixes = ["+331990080", "+331990081"]'),
        "ours": Trunk(port=free_port(socket.SOCK_DGRAM), more=DIDS),
        "back": Trunk(port=port, more=f'prefixes = ["{PUBLISHED}"]'),
    }
    here = stage(trunks=trunks, more=f"[asterisk]\nsip_port = {port}\n")
    here.commune(duty=(DUTY, DUTY_TOO))
    book, clock = SqlBook(here.office.desk.engine), here.office.clock
    owner = find_collectivity(book)
    add_officer(
        book, clock, NewOfficer(owner, "12", "Claire Dumas", "271943", CLAIRE), BY
    )
    return here


def proven(here: Stage) -> dict[tuple[str, str], Any]:
    """Return how each way stands, by number and trunk."""
    settings = here.settings
    found = standings(
        here.office, bootstrap.trunks(settings), bootstrap.own_numbers(settings)
    )
    return {one.way.key: one for one in found}


def ended(here: Stage) -> list[Any]:
    """Return the ways whose call is over."""
    return [one for one in proven(here).values() if one.last and one.last.ended_at]


def test_officers_those_on_duty_and_our_own_number_are_proven(stage: MakeStage) -> None:
    here = staged(stage)
    assert asked(here, "readiness", "run", "--yes")["daemon_awake"]
    ways = len(proven(here))
    until(
        lambda: (
            [
                one for one in proven(here).values() if one.last and one.last.ended_at
            ].__len__()
            == ways
        ),
        180,
        "every way was rung",
    )
    found = proven(here)
    claire, ours = found[CLAIRE, "town"], found[PUBLISHED, "back"]
    assert (claire.last.key, claire.last.sound) == (True, True)
    assert claire.proven_at
    assert found[DUTY, "town"].proven_at
    busy = found[DUTY_TOO, "town"]
    assert (busy.last.outcome, busy.proven_at) == ("busy", None)
    assert ours.last.kind is Kind.NUMBER
    assert ours.last.sound
    assert ours.last.heard in GREETINGS
    assert ours.proven_at
    told = {one["check"]: one for one in asked(here, "doctor")["findings"]}
    assert "readiness" in told
    assert not list(here.settings.folders.recordings.glob("readiness-*"))
