"""The audit in both databases: sealed, append-only, one number for each line."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from automaton.domain.audit import Seal
from automaton.domain.audit_check import faults
from automaton.domain.collectivity import Act
from automaton.errors import ConfigurationError, LineError
from automaton.store import chain
from automaton.store.audit_key import SealFile, read_key
from automaton.store.engine import open_database, reading, writing
from automaton.store.people.journal import journalise
from automaton.store.schema import alembic_config
from automaton.store.tables import audit, audit_heads
from tests.store.commune import NOW, Commune

ACT = Act("Inès", NOW, "launch", "campaign", "c1", None, (("count", "412"),))


def damage(commune: Commune, node: str = "main") -> list[tuple[int, str]]:
    seal = seal_of(commune)
    look = chain.look(commune.engine)
    heads = [head for head in look.heads if head.node == node]
    found = faults(look.chains.get(node, []), {seal.key_id: seal}, heads)
    return [(fault.seq, fault.damage.value) for fault in found]


def seal_of(commune: Commune) -> Seal:
    file: SealFile = commune.engine.get_execution_options()[chain.OPTION]
    return file.seal


def tamper(commune: Commune, *statements: str) -> None:
    """Do what somebody with the database's password does."""
    postgres = commune.engine.dialect.name == "postgresql"
    with writing(commune.engine) as connection:
        for act in ("update", "delete"):
            where = " ON audit" if postgres else ""
            connection.execute(text(f"DROP TRIGGER audit_no_{act}{where}"))
        for statement in statements:
            connection.execute(text(statement))
        again = (
            "CREATE TRIGGER audit_no_{0} BEFORE {0} ON audit FOR EACH ROW "
            "EXECUTE FUNCTION audit_refuse()"
            if postgres
            else "CREATE TRIGGER audit_no_{0} BEFORE {0} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )
        for act in ("update", "delete"):
            connection.execute(text(again.format(act)))


def test_each_line_follows_the_one_before_and_tells_no_name(commune: Commune) -> None:
    heads = [journalise(commune.engine, ACT) for _ in range(3)]

    rows = commune.rows("audit")
    assert [row.seq for row in rows] == [1, 2, 3]
    assert [row.previous for row in rows] == ["", rows[0].mac, rows[1].mac]
    assert rows[0].by == seal_of(commune).hashed("Inès")
    assert rows[0].details == {"count": "412"}
    assert chain.look(commune.engine).heads == [heads[-1]]
    assert damage(commune) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET action = 'stop'", "DELETE FROM audit", "TRUNCATE audit"],
)
def test_the_database_refuses_all_but_growth(commune: Commune, statement: str) -> None:
    if statement.startswith("TRUNCATE") and commune.engine.dialect.name == "sqlite":
        statement = "DELETE FROM audit WHERE seq = 1"
    journalise(commune.engine, ACT)

    with pytest.raises((DBAPIError, LineError), match="append-only"):  # noqa: SIM117
        with writing(commune.engine) as connection:
            connection.execute(text(statement))
    assert len(commune.rows("audit")) == 1


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit SET action = 'stop' WHERE seq = 2", [(2, "changed")]),
        ("DELETE FROM audit WHERE seq = 2", [(2, "deleted")]),
        ("DELETE FROM audit WHERE seq = 4", [(4, "cut")]),
    ],
)
def test_what_is_done_past_the_guard_shows(
    commune: Commune, statement: str, found: list[tuple[int, str]]
) -> None:
    for _ in range(4):
        journalise(commune.engine, ACT)
    tamper(commune, statement)
    assert chain.look(commune.engine).is_guarded
    assert damage(commune) == found


def test_a_guard_that_is_gone_shows(commune: Commune) -> None:
    where = " ON audit" if commune.engine.dialect.name == "postgresql" else ""
    assert chain.look(commune.engine).is_guarded
    with commune.engine.connect() as connection:
        connection.execute(text(f"DROP TRIGGER audit_no_delete{where}"))
        assert not chain.is_guarded(connection)
        connection.rollback()
    tamper(commune)


def test_many_at_once_make_one_chain(commune: Commune) -> None:
    seal_of(commune)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: journalise(commune.engine, ACT), range(30)))
    assert [row.seq for row in commune.rows("audit")] == list(range(1, 31))
    assert damage(commune) == []


def test_a_line_is_kept_or_lost_with_what_it_witnesses(commune: Commune) -> None:
    def fails() -> None:
        with writing(commune.engine) as connection:
            chain.append(connection, ACT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    journalise(commune.engine, ACT)
    assert [row.seq for row in commune.rows("audit")] == [1]


def test_two_nodes_of_one_database_have_a_chain_each(
    commune: Commune, url: str, tmp_path: Path
) -> None:
    west = chain.sealed(open_database(url), SealFile("west", tmp_path / "west.key"))
    journalise(commune.engine, ACT)
    journalise(west, ACT)
    journalise(commune.engine, ACT)
    west.dispose()

    look = chain.look(commune.engine)
    assert {node: len(lines) for node, lines in look.chains.items()} == {
        "main": 2,
        "west": 1,
    }
    assert damage(commune) == []
    assert damage(commune, "west") == [(1, "other_key")]


def test_a_chain_whose_head_was_not_brought_along_goes_on(commune: Commune) -> None:
    for _ in range(2):
        journalise(commune.engine, ACT)
    with writing(commune.engine) as connection:
        connection.execute(audit_heads.delete())
    assert journalise(commune.engine, ACT).seq == 3
    assert damage(commune) == []


def test_lines_older_than_the_chain_are_witnessed_by_its_first(
    commune: Commune,
) -> None:
    old = {"by": "Inès", "action": "stop", "subject_id": "c0", "at": NOW}
    with writing(commune.engine) as connection:
        connection.execute(insert(audit), old)
    journalise(commune.engine, ACT)

    first = commune.rows("audit", seq=1)[0]
    older = chain.look(commune.engine).older
    assert first.action == chain.BEGUN
    assert first.details == dict(chain.witnessed(older, seal_of(commune)))
    assert first.details["unsealed"] == "1"
    assert damage(commune) == []


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "audit.key"
    files = [SealFile("main", path) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda file: file.seal.key, files))
    assert keys == {read_key(path)}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert not files[0].is_exposed
    path.chmod(0o640)
    assert files[0].is_exposed


def test_a_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    for wrong in ("", "no key", "ab" * 31):
        path.write_text(wrong, "ascii")
        with pytest.raises(ConfigurationError, match="holds no key"):
            SealFile("main", path).seal  # noqa: B018
    with pytest.raises(ConfigurationError, match="cannot be read"):
        SealFile("main", tmp_path).seal  # noqa: B018


def test_the_daemon_s_line_comes_last_in_its_transaction(commune: Commune) -> None:
    with commune.ledger.transaction() as transaction:
        transaction.audit("Inès", "launch", "c1", NOW, 412)
        transaction.audit("automaton", "finish", "c1", NOW)
        assert transaction._acts[0] == replace(ACT, subject="")
    assert [row.action for row in commune.rows("audit")] == ["launch", "finish"]
    assert commune.rows("audit")[0].details == {"count": "412"}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_an_older_database_is_moved_on_and_back(url: str, commune: Commune) -> None:
    journalise(commune.engine, ACT)
    with writing(commune.engine) as connection:
        command.downgrade(alembic_config(connection), "0004")
    with writing(commune.engine) as connection:
        command.upgrade(alembic_config(connection), "head")
    with reading(commune.engine) as connection:
        assert len(chain.unsealed(connection)) == 1
