"""An import of which nothing is taken says so, and so does one that is cut off."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from automaton.store.engine import open_database, reading
from automaton.store.tables import imports
from tests.cli.conftest import Node

AUTOMATON = (sys.executable, "-c", "from automaton.cli import main; main()")
REFUSED = "nom;tel\nAubrac;99\n;0199000011\nFontbrune;abc\n"


@pytest.fixture
def town(node: Node) -> Node:
    """A commune with an empty register."""
    node.done("collectivity", "add", "Royan", "--insee", "17306")
    return node


@pytest.fixture
def engine(town: Node) -> Iterator[Engine]:
    """The database of that commune."""
    engine = open_database(f"sqlite:///{town.folder / 'data' / 'automaton.db'}")
    yield engine
    engine.dispose()


def file_of(town: Node, rows: int, street: str) -> Path:
    """Write a register of so many homes."""
    lines = (f"Home {n};{n} {street};0261{910000 + n}" for n in range(rows))
    file = town.folder / "town.csv"
    file.write_text("\n".join(["nom;adresse;tel", *lines]) + "\n", "utf-8")
    return file


def cut_off_once(engine: Engine, state: str, file: Path) -> tuple[int, str]:
    """Press Ctrl-C in an import once it has come so far; return code and words."""
    order = [*AUTOMATON, "contacts", "import", str(file)]
    with subprocess.Popen(order, stderr=subprocess.PIPE, text=True) as process:
        asked = select(imports.c.id).where(imports.c.state == state)
        with reading(engine) as connection:
            before = set(connection.execute(asked).scalars())
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            with reading(engine) as connection:
                if set(connection.execute(asked).scalars()) - before:
                    break
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    return process.returncode, said


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--json",)])
def test_a_file_of_which_every_row_is_refused_is_not_done(
    town: Node, options: tuple[str, ...]
) -> None:
    # It ended with 0: the register stayed empty, and no script could tell.
    town.folder.joinpath("bad.csv").write_text(REFUSED, "utf-8")
    ended = town("contacts", "import", "bad.csv", *options)
    assert ended.code == 2
    (said,) = ended.err.splitlines()
    assert "Nothing of bad.csv is taken" in said
    assert "most often: no way to reach them." in said
    assert "Line 2" in ended.out
    assert town.json("contacts", "list")["total"] == 0


def test_a_file_without_rows_is_not_done_either(town: Node) -> None:
    town.folder.joinpath("none.csv").write_text("nom;tel\n", "utf-8")
    ended = town("--lang", "fr", "contacts", "import", "none.csv")
    assert ended.code == 2
    assert "aucune ligne sous ses titres" in ended.err


def test_one_good_row_is_enough(town: Node) -> None:
    file = town.folder / "bad.csv"
    file.write_text(REFUSED + "Estournel;0199000011\n", "utf-8")
    assert "1 new" in town.done("contacts", "import", "bad.csv").out
    assert "1 unchanged" in town.done("contacts", "import", "bad.csv").out


@pytest.mark.slow
def test_ctrl_c_in_an_import_says_that_nothing_is_kept(
    town: Node, engine: Engine
) -> None:
    # The prompt came back without a word: was the town in the register, or half of it?
    code, said = cut_off_once(engine, "staged", file_of(town, 8000, "rue Basse"))
    assert (code, said.strip()) == (130, "Cut off: nothing of town.csv is taken.")
    assert town.json("contacts", "list")["total"] == 0


@pytest.mark.slow
def test_ctrl_c_behind_the_flag_says_that_all_is_kept(
    town: Node, engine: Engine
) -> None:
    town.done("contacts", "import", file_of(town, 4000, "rue Basse"))
    file = file_of(town, 4000, "rue Haute")
    code, said = cut_off_once(engine, "published", file)
    assert (code, said.strip()) == (130, "Cut off, but town.csv is in the register.")
    found = town.json("contacts", "list", "rue Haute", "--size", "1")
    assert found["total"] == 4000
