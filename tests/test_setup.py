"""`.ci/setup` among tools that only pretend: what it asks for, when it makes .venv.

The pretended tools stand first on the PATH and write down how they were called.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (
    ".ci/uv.lock",
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-voices.lock",
    "tests/voices/requirements.lock",
    "pyproject.toml",
)
PYTHON = """#!/bin/sh
echo "$0 $* [${{PYTHONDONTWRITEBYTECODE-}}]" >>"$CALLS"
[ "$1" = -V ] && echo "Python {version}"
[ "$1 $2" = "-m venv" ] || exit 0
mkdir -p "$4/bin"
ln -sf "$0" "$4/bin/python"
cp "$0" "$4/bin/uv"
cp "$0" "$4/bin/pip"
echo "version = {version}" >"$4/pyvenv.cfg"
"""


@dataclass
class Machine:
    """A checkout with nothing but its setup, and tools that pretend."""

    folder: Path

    @property
    def calls(self) -> str:
        path = self.folder / "calls"
        return path.read_text("utf-8") if path.exists() else ""

    def forget(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    def has(self, name: str, script: str) -> None:
        tool = self.folder / "tools" / name
        tool.write_text(script if script[:2] == "#!" else f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)

    def has_python(self, version: str, name: str = "python3") -> None:
        self.has(name, PYTHON.format(version=version))

    def is_bare(self, uid: int) -> None:
        """Pretend that no Debian package is there, to somebody with this uid."""
        self.has("dpkg-query", "exit 1")
        self.has("sudo", "exit 1")
        self.has("id", f"echo {uid}")
        self.has("apt-get", 'echo "apt-get $*" >>"$CALLS"')

    def set_up(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        path = f"{self.folder / 'tools'}:{os.environ['PATH']}"
        here = {"PATH": path, "CALLS": str(self.folder / "calls"), **more}
        return subprocess.run(
            [self.folder / "checkout/.ci/setup", *words],
            env=here,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "tools").mkdir()
    (tmp_path / "checkout/.ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci/setup", tmp_path / "checkout/.ci/setup")
    for name in LOCKS:
        lock = tmp_path / "checkout" / name
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    made = Machine(tmp_path)
    made.has("dpkg-query", 'shift 2; for name; do echo "installed $name"; done')
    made.has_python("3.11.2")
    return made


@pytest.mark.parametrize("purpose", ["demo", "test", "containers"])
def test_ordinary_user_is_told_every_missing_package_in_one_sentence(
    machine: Machine, purpose: str
) -> None:
    # mmdebstrap only recommends uidmap: the sentence left it out, and fetching Asterisk
    # then failed with a second one.
    machine.is_bare(uid=1000)
    done = machine.set_up(purpose)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    named = done.stderr.partition("apt-get install ")[2].split()
    assert {"mmdebstrap", "uidmap", "gcc", "espeak-ng"} <= set(named)
    assert ("postgresql" in named) == (purpose != "demo")
    assert ("podman" in named) == (purpose == "containers")


def test_root_needs_no_borrowed_ids(machine: Machine) -> None:
    machine.is_bare(uid=0)
    machine.set_up("demo")
    assert "mmdebstrap" in machine.calls
    assert "uidmap" not in machine.calls


def test_contributors_can_read_every_package_that_setup_may_ask_for() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    script = (ROOT / ".ci/setup").read_text("utf-8")
    asked = script.partition("wanted_packages() {")[2].partition("\n}")[0]
    names = set(
        re.findall(r"[a-z][\w-]+", " ".join(re.findall(r"echo ([a-z].*)", asked)))
    )
    missing = {name for name in names if not re.search(rf"\b{name}\b", page)}
    assert {"make", "uidmap", "git"} <= names
    assert missing == set()


def test_second_setup_does_nothing(machine: Machine) -> None:
    assert machine.set_up().returncode == 0
    machine.forget()
    assert machine.set_up().returncode == 0
    assert "install" not in machine.calls


def test_python_that_is_named_later_gets_a_venv_of_its_own(machine: Machine) -> None:
    # It was passed over in silence where an earlier setup had been completed.
    machine.set_up()
    machine.has_python("3.12.1", "python3.12")
    machine.forget()
    assert "3.12.1" in machine.set_up(PYTHON="python3.12").stdout
    assert "-m venv --clear .venv" in machine.calls


def test_python_stays_chosen_until_another_is_named(machine: Machine) -> None:
    machine.has_python("3.12.1", "python3.12")
    machine.set_up(PYTHON="python3.12")
    machine.forget()
    machine.set_up()
    assert "install" not in machine.calls
    assert "3.11.2" in machine.set_up(PYTHON="python3").stdout


def test_venv_is_made_anew_after_debian_has_changed_its_python(
    machine: Machine,
) -> None:
    # From 3.11 to 3.13, .venv/bin/python ran the new one, without any package.
    machine.set_up()
    machine.has_python("3.13.5")
    machine.forget()
    assert machine.set_up().returncode == 0
    assert "-m venv --clear .venv" in machine.calls


def test_packages_are_compiled_whatever_the_environment_says(machine: Machine) -> None:
    # pydub warns when Python 3.12 compiles it: within the tests that is an error.
    machine.set_up(PYTHONDONTWRITEBYTECODE="1")
    compiling = [x for x in machine.calls.splitlines() if "--compile-bytecode" in x]
    assert [line[-3:] for line in compiling] == [" []"]


def test_help_needs_no_tool_that_a_bare_debian_lacks() -> None:
    # `column` is in no essential package.
    tools = {"column", "curl", "jq", "pgrep", "wget"}
    said = (ROOT / "Makefile").read_text("utf-8") + (ROOT / ".ci/run").read_text(
        "utf-8"
    )
    assert tools & set(re.findall(r"[\w-]+", said)) == set()


@pytest.mark.parametrize(("ci", "looks_only"), [("", False), ("true", True)])
def test_check_formats_unless_ci_looks(ci: str, looks_only: bool) -> None:
    done = subprocess.run(
        ["make", "--dry-run", "check", f"CI={ci}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("ruff format --check ." in done.stdout) == looks_only
    assert "ruff format" in done.stdout
    assert "lint-imports" in done.stdout
