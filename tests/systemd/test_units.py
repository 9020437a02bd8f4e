"""The units of bare metal: systemd takes them, and they say what the product does."""

from __future__ import annotations

import shlex
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from automaton import bootstrap
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from tests.cli.test_pages import parse

FOLDER = Path(__file__).resolve().parents[2] / "systemd"
UNITS = ("automaton.service", "automaton-asterisk.service")
PROGRAM = "/opt/automaton/.venv/bin/automaton"
STATE = Path("/var/lib/automaton")
WORST = 25  # tenths; a service that nobody has hardened has 96


class Unit(ConfigParser):
    """One unit; a key that stands twice has its last value."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, interpolation=None)
        self.read(FOLDER / name, "utf-8")

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def analyzed(folder: Path, *order: str) -> subprocess.CompletedProcess[str]:
    """Let systemd-analyze look at the units, with a program that is there."""
    for name in UNITS:
        text = (FOLDER / name).read_text("utf-8").replace(PROGRAM, "/bin/true")
        (folder / name).write_text(text, "utf-8")
    units = [str(folder / name) for name in UNITS]
    return subprocess.run(
        ["systemd-analyze", *order, *units],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_COLORS": "0", "LC_ALL": "C"},
    )


def test_systemd_takes_every_line(tmp_path: Path) -> None:
    told = analyzed(tmp_path, "verify", "--man=no")
    ours = [line for line in told.stderr.splitlines() if str(tmp_path) in line]
    assert (told.returncode, ours) == (0, []), told.stderr


def test_a_wrong_line_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "wrong.service"
    text = (
        (FOLDER / UNITS[0]).read_text("utf-8").replace("KillMode=mixed", "KillMode=x")
    )
    file.write_text(text.replace(PROGRAM, "/bin/true"), "utf-8")
    told = analyzed(tmp_path, "verify", "--man=no", str(file))
    assert str(file) in told.stderr


def test_neither_can_reach_more_than_it_needs(tmp_path: Path) -> None:
    told = analyzed(tmp_path, "security", "--offline=yes", f"--threshold={WORST}")
    assert told.returncode == 0, told.stdout[-2000:]


@pytest.mark.parametrize("name", UNITS)
def test_every_command_is_one_of_the_shell(name: str) -> None:
    service = Unit(name)["Service"]
    lines = [value for key, value in service.items() if key.startswith("Exec")]
    assert lines
    for line in lines:
        assert shlex.split(line)[0] == PROGRAM
        parse(line)


def test_the_process_of_asterisk_is_known_by_the_file_that_it_writes() -> None:
    node = Settings(folders=FoldersSettings(data=STATE))
    service = Unit("automaton-asterisk.service")["Service"]
    assert service["PIDFile"] == str(bootstrap.asterisk_folder(node).pid_file)
    assert str(STATE) == f"/var/lib/{service['StateDirectory']}"


def test_both_run_as_one_account_that_is_not_root() -> None:
    accounts = [Unit(name)["Service"]["User"] for name in UNITS]
    assert set(accounts) == {"automaton"}


def test_there_is_time_for_the_calls_to_end() -> None:
    longest = Settings().server.shutdown.total_seconds()
    assert int(Unit("automaton.service")["Service"]["TimeoutStopSec"]) > 2 * longest
