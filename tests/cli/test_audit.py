"""Who did what, by the shell, and whether that record is whole."""

from __future__ import annotations

import sqlite3

from tests.cli.conftest import Node, drafted

REFUSE = "BEGIN SELECT RAISE(ABORT, 'no'); END;"
GONE = f"""
DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {{statement}};
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit {REFUSE}
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {REFUSE}
"""


def tamper(node: Node, statement: str) -> None:
    with sqlite3.connect(node.folder / "data" / "automaton.db") as connection:
        connection.executescript(GONE.format(statement=statement))
    connection.close()


def test_nothing_stands_in_the_audit_at_first(node: Node) -> None:
    node.done("database", "upgrade")
    assert "Nothing stands" in node.done("audit", "head").out
    assert node.json("audit", "verify")["whole"]
    assert not (node.folder / "data" / "audit.key").exists()


def test_what_people_do_is_listed_with_their_names(commune: Node) -> None:
    commune.done("user", "add", "mdupont", "--name", "Marie Exemple")
    commune.done("contacts", "proposals")
    lines = commune.json("audit", "list")
    assert [one["seq"] for one in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["action"] == "proposals_listed"
    assert lines[-1]["details"] == {"format": "table", "count": "0"}
    (added,) = commune.json("audit", "list", "--action", "user_added")
    assert added["subject"] == "user"
    mine = commune.json("audit", "list", "--by", "nobody-of-that-name")
    assert mine == []
    raw = (commune.folder / "data" / "automaton.db").read_bytes()
    assert b"mdupont" in raw
    shown = commune.done("audit", "list", "--limit", 1).out
    assert "proposals_listed" in shown
    assert len(shown.splitlines()) == 2


def test_an_audit_as_it_was_written_is_whole(commune: Node) -> None:
    head = commune.json("audit", "head")["head"]
    drafted(commune)
    found = commune.json("audit", "verify", "--head", head)
    assert found["whole"]
    assert found["heads"] == [commune.json("audit", "head")["head"]]
    told = commune.done("--lang", "fr", "audit", "verify").out
    assert "lignes sont telles qu’elles ont été écrites" in told


def test_a_changed_line_is_named_and_the_exit_code_is_1(commune: Node) -> None:
    tamper(commune, "UPDATE audit SET at = at + 1 WHERE seq = 2")
    ended = commune("audit", "verify")
    assert ended.code == 1
    assert "main, line 2: it was changed" in ended.out
    assert (
        "main, ligne 2 : elle a été modifiée"
        in commune("--lang", "fr", "audit", "verify").out
    )


def test_an_end_that_is_cut_with_its_head_shows_against_a_report(
    commune: Node,
) -> None:
    found = drafted(commune)
    printed = commune.json("report", found)["campaign"]["audit_head"]
    assert printed == commune.json("audit", "head")["head"]
    last = int(printed.split("/")[1])
    tamper(
        commune,
        f"DELETE FROM audit WHERE seq = {last}; UPDATE audit_heads "
        f"SET seq = {last - 1}, mac = (SELECT mac FROM audit WHERE seq = {last - 1})",
    )
    assert commune("audit", "verify").code == 0
    ended = commune("audit", "verify", "--head", printed, "--json")
    assert ended.code == 1
    (fault,) = ended.data["faults"]
    assert (fault["damage"], fault["seq"]) == ("cut", last)


def test_a_key_that_is_lost_is_named_and_may_be_brought_back(commune: Node) -> None:
    key = commune.folder / "data" / "audit.key"
    old = key.rename(commune.folder / "old.key")
    assert commune("audit", "verify").code == 1
    drafted(commune)
    ended = commune("audit", "verify")
    assert ended.code == 1
    assert "a key that is not here" in ended.out
    assert commune("audit", "verify", "--key", old).code == 0
    key.chmod(0o644)
    assert "chmod 600" in commune("audit", "verify", "--key", old).out


def test_a_guard_that_is_gone_and_older_lines_that_came_are_told(
    commune: Node,
) -> None:
    with sqlite3.connect(commune.folder / "data" / "automaton.db") as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute(
            "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT 1; END"
        )
        connection.execute(
            'INSERT INTO audit (at, "by", action, subject, subject_id, details) '
            "VALUES (0, 'x', 'stop', '', 'c1', '{}')"
        )
    connection.close()
    ended = commune("audit", "verify")
    assert ended.code == 1
    assert "its triggers are gone" in ended.out
    assert "lines from before the chain were changed" in ended.out
    assert "1 line is older" in ended.out


def test_a_head_that_is_none_is_refused_in_french(commune: Node) -> None:
    ended = commune("--lang", "fr", "audit", "verify", "--head", "x")
    assert ended.code == 2
    assert "n’est pas une tête de journal d’audit" in ended.err


def test_a_chain_that_nobody_knows_makes_the_exit_code_1(commune: Node) -> None:
    tamper(
        commune,
        'INSERT INTO audit (at, "by", action, subject, subject_id, details, node, '
        "seq, key_id, previous, mac) VALUES (0, 'x', 'stop', '', 'c1', '{}', 'east', "
        "1, '0011223344556677', '', 'aa')",
    )
    ended = commune("audit", "verify")
    assert ended.code == 1
    assert "east, lines 1 to 1: a chain that no restore brought" in ended.out
