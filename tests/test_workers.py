"""Tests that share what is dear run in one worker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SHARED = """
import os
from pathlib import Path
import pytest

@pytest.mark.parametrize("n", range(8))
@pytest.mark.xdist_group("one server")
def test_shared(n):
    with Path("workers").open("a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""


def test_tests_of_one_group_run_in_one_worker(tmp_path: Path) -> None:
    # pytest 9.2 changed what xdist 3.8 tells groups by: each worker started a server
    # and an Asterisk of its own for every file, and nothing said so.
    (tmp_path / "test_shared.py").write_text(SHARED, "utf-8")
    order = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"]
    subprocess.run([*order, "-c", "/dev/null", "."], cwd=tmp_path, check=True)
    workers = (tmp_path / "workers").read_text("utf-8").split()
    assert (len(workers), len(set(workers))) == (8, 1)
