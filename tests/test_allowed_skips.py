"""The plugin that fails a run in which a test was skipped that nobody allowed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import allowed_skips

SKIPPING = """
import pytest

def test_one(): pass

@pytest.mark.skip
def test_two(): pass
"""
ASLEEP = """
import pytest

pytest.skip("asleep", allow_module_level=True)
"""


def run(
    folder: Path, tests: str, allowed: str, *more: str
) -> "subprocess.CompletedProcess[str]":
    shutil.copy(allowed_skips.__file__, folder / "guard.py")
    (folder / "test_it.py").write_text(tests)
    (folder / "allowed.txt").write_text(allowed)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "guard"]
    options = ["-p", "no:cacheprovider", "--only-allowed-skips", "allowed.txt"]
    options += more
    return subprocess.run(
        [*command, *options, "--rootdir", str(folder), "-c", "/dev/null", "test_it.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skip_that_nobody_allowed_fails_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, SKIPPING, "")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "test_it.py::test_two" in done.stdout


def test_an_allowed_skip_passes(tmp_path: Path) -> None:
    done = run(tmp_path, SKIPPING, "# why\ntest_it.py::test_two  needs a modem\n")
    assert done.returncode == pytest.ExitCode.OK, done.stdout


def test_a_module_that_skips_itself_fails_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, ASLEEP, "")
    assert done.returncode != pytest.ExitCode.OK
    assert "test_it.py" in done.stdout


@pytest.mark.parametrize("tests", [SKIPPING, ASLEEP])
def test_workers_tell_their_skips_too(tmp_path: Path, tests: str) -> None:
    done = run(tmp_path, tests, "", "-n", "2", "--dist", "loadgroup")
    assert done.returncode != pytest.ExitCode.OK
    assert "not allowed to be" in done.stdout
    allowed = "test_it.py::test_two  needs a modem\ntest_it.py  asleep\n"
    done = run(tmp_path, SKIPPING, allowed, "-n", "2", "--dist", "loadgroup")
    assert done.returncode == pytest.ExitCode.OK, done.stdout


def test_an_allowed_skip_needs_a_reason() -> None:
    with pytest.raises(pytest.UsageError, match="no reason"):
        allowed_skips.allowed_ids("tests/test_it.py::test_two")
