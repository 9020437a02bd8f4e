"""`automaton town history`: each invariant is told, and the exit code says it all."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

import automaton.lab
from automaton.lab.log import write_log
from automaton.refusals import refused_in_french
from tests.cli.conftest import Node
from tests.lab.histories import NUMBER, Lived, busy, confirmed, log, told

SCRIPT = f'[[home]]\nnumber = "{NUMBER}"\nattempts = ["busy", "press_1"]'


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Write a report and the log of its time; return the options that name them."""

    def write(*calls: Lived, state: str = "finished", **report: Any) -> list[str]:
        told_by_it = {
            "campaign": {"state": state},
            "duty_calls": [],
            "recipients": [told(calls)],
            **report,
        }
        path = tmp_path / "report.json"
        path.write_text(json.dumps(told_by_it), "utf-8")
        written = write_log(log(calls), tmp_path / "town.jsonl")
        return ["--report", str(path), "--log", str(written)]

    return write


def test_a_good_history_holds_in_all_eight(node: Node, written: Any) -> None:
    script = node.folder / "town.toml"
    script.write_text(SCRIPT, "utf-8")
    rest = ["--lines", "1", "--cap", "2", "--script", str(script)]
    ended = node("town", "history", *written(busy(0), confirmed(60)), *rest)
    assert ended.code == 0, ended
    told_lines = ended.out.splitlines()
    assert [line.split(":")[0] for line in told_lines] == [
        f"I{n} held" for n in range(1, 9)
    ]


def test_a_break_is_told_with_number_and_moment(node: Node, written: Any) -> None:
    ended = node("town", "history", *written(confirmed(0), busy(60)))
    assert ended.code == 1
    assert "I1 broken (1): Nobody is rung once" in ended.out
    assert f"- {NUMBER} " in ended.out
    assert "was rung 52.5 s after the acknowledgement." in ended.out
    assert "I6 not judged" in ended.out
    assert "I7 not judged" in ended.out


def test_a_number_that_was_tried_by_hand_is_no_break(node: Node, written: Any) -> None:
    # A trunk test beside the campaign was a call without an attempt on record.
    options = written(busy(0), confirmed(60), recipients=[])
    assert "no attempt is on record" in node("town", "history", *options).out
    node.done("town", "history", *options, "--other", NUMBER)


def test_many_breaks_are_counted(node: Node, written: Any) -> None:
    ended = node("town", "history", *written(*(busy(60 * n) for n in range(30))))
    assert "  … and " in ended.out


def test_the_same_for_a_program_and_in_french(node: Node, written: Any) -> None:
    files = written(confirmed(0), busy(60))
    ended = node("town", "history", *files, "--json")
    assert ended.code == 1
    assert ended.data["held"] is False
    told_by = ended.data["invariants"]
    assert [told_by[n]["held"] for n in ("I1", "I2", "I6")] == [False, True, None]
    assert told_by["I1"]["violations"][0]["number"] == NUMBER
    assert "I1 rompu (1)" in node("--lang", "fr", "town", "history", *files).out


def test_a_campaign_that_goes_on_need_not_be_final(node: Node, written: Any) -> None:
    files = written(busy(0), state="running", recipients=[told([busy(0)], state="x")])
    ended = node("town", "history", *files)
    assert ended.code == 0
    assert "I5 not judged" in ended.out


def test_the_duty_list_is_no_recipient(node: Node, written: Any) -> None:
    duty = {"duty_calls": [{"number": NUMBER}], "recipients": []}
    assert node("town", "history", *written(confirmed(0), **duty)).code == 0


def sentences() -> set[str]:
    """Return every sentence of a break, its blanks filled with a sample."""
    files = Path(automaton.lab.__file__).parent.glob("history_*.py")
    trees = [ast.parse(file.read_text("utf-8")) for file in files]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    told = [n for n in nodes if isinstance(n, ast.JoinedStr)]
    pieces = {id(piece) for one in told for piece in one.values}
    texts = {"".join(getattr(v, "value", "7") for v in _plain(one)) for one in told}
    texts |= {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and id(node) not in pieces
        if isinstance(node.value, str)
    }
    return {
        t for t in texts if t.endswith(".") and "\n" not in t and not t[0].isupper()
    }


def _plain(told: ast.JoinedStr) -> list[object]:
    return [v if isinstance(v, ast.Constant) else None for v in told.values]


def test_every_sentence_of_a_break_has_its_french() -> None:
    told = sentences()
    assert len(told) > 15
    assert {t for t in told if refused_in_french(t, "contradictions") == t} == set()
    whole = "I1, +33199000001: Odette: it was rung 7.0 s after the acknowledgement."
    assert refused_in_french(whole, "contradictions") == (
        "I1, +33199000001 : Odette : appelé 7.0 s après la confirmation."
    )


@pytest.mark.parametrize(
    ("report", "town_log", "sentence"),
    [
        ("report.json", "nowhere", "nowhere: No such file or directory."),
        ("nowhere", "town.jsonl", "nowhere: No such file or directory."),
        ("town.jsonl", "town.jsonl", "town.jsonl is no JSON report of a campaign."),
        ("empty.json", "town.jsonl", "empty.json is no JSON report of a campaign."),
        ("report.json", "report.json", "report.json is no log of a town."),
    ],
)
def test_other_files_are_refused_in_a_sentence(
    node: Node,
    written: Any,
    tmp_path: Path,
    report: str,
    town_log: str,
    sentence: str,
) -> None:
    written(busy(0), confirmed(60))
    (tmp_path / "empty.json").write_text("{}", "utf-8")
    files = ["--report", str(tmp_path / report), "--log", str(tmp_path / town_log)]
    ended = node("town", "history", *files)
    assert ended.code == 2
    assert sentence in ended.err
