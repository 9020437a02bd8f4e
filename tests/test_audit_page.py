"""What the pages about the audit and the threats say is so."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from automaton.domain.collectivity import Act
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database, writing
from automaton.store.people.journal import journalise
from automaton.store.schema import upgrade

ROOT = Path(__file__).parents[1]


def test_the_script_of_the_page_checks_a_chain(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "audit.md").read_text("utf-8")
    (script,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    key, database = tmp_path / "audit.key", tmp_path / "town.sqlite3"
    upgrade(f"sqlite:///{database}")
    engine = sealed(open_database(f"sqlite:///{database}"), SealFile("main", key))
    now = datetime(2026, 1, 15, 9, 0, 0, 120, tzinfo=UTC)
    act = Act("Inès", now, "launch", "campaign", "c1", None, (("count", "412"),))
    heads = [journalise(engine, act) for _ in range(3)]

    def said() -> str:
        order = [sys.executable, "-c", script, str(key), str(database), "main"]
        done = subprocess.run(order, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip()

    assert said() == str(heads[-1])
    with writing(engine) as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET action = 'stop' WHERE seq = 2"))
    engine.dispose()
    assert said() == "line 2 is not as it was written"


def test_the_threat_model_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/.]+)`", page)
    assert len(named) > 15
    assert [one for one in named if not (ROOT / one).exists()] == []
