"""An Asterisk with another dialplan is not dialled through, before and in the night."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from automaton import bootstrap
from automaton.asterisk.render import DIALPLAN_VERSION
from tests.system.conftest import MakeStage
from tests.system.stage import DAEMON, DUTY, Stage, home, on_duty, until

pytestmark = pytest.mark.asterisk

REFUSAL = "The dialplan has version 0, 2, version"  # it serves the one before, too


def write_version(here: Stage, version: int) -> None:
    """Let Asterisk's dialplan be of this version from its next start or reload on."""
    file = bootstrap.asterisk_folder(here.settings).etc / "automaton.conf"
    lines = file.read_text("utf-8").splitlines()
    at = lines.index("[automaton-version]") + 1
    _, _, rest = lines[at].partition(",")
    lines[at] = f"exten => {version},{rest}"
    file.write_text("\n".join(lines) + "\n", "utf-8")


def crash_asterisk(here: Stage) -> None:
    """Kill the node's Asterisk, and wait for the one that the daemon starts anew."""
    before = here.asterisk()
    os.kill(before, signal.SIGKILL)
    until(lambda: here.asterisk() not in {0, before}, what="Asterisk is back")


def test_a_surviving_asterisk_of_another_version_is_not_adopted(
    stage: MakeStage,
) -> None:
    here = stage(home(1) + on_duty(DUTY))
    here.kill()
    write_version(here, 0)
    here.console("dialplan reload")
    file = here.folder / "automaton.toml"
    ended = subprocess.run(
        [sys.executable, "-c", DAEMON, "--config", file, "--lang", "en", "daemon"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert REFUSAL in ended.stderr
    assert "automaton asterisk stop" in ended.stderr
    assert "The node is ready" not in ended.stderr
    assert here.asterisk(), "its calls are not cut"


def test_an_asterisk_that_comes_back_unfit_is_out_of_reach_until_it_is_mended(
    stage: MakeStage,
) -> None:
    here = stage(home(1) + on_duty(DUTY))
    write_version(here, 0)
    crash_asterisk(here)
    until(lambda: "asterisk_unfit" in here.said(), what="it is told")
    campaign = here.alerted()
    until(lambda: here.state(campaign) == "running")
    assert REFUSAL in here.said()
    assert here.happened("invite") == []
    write_version(here, DIALPLAN_VERSION)
    crash_asterisk(here)
    here.seen("invite", 1)
    here.ended(campaign)
    assert here.states(campaign) == {"1": "acknowledged"}
