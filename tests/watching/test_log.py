"""Whatever the log tells of a call names its attempt, in whichever room it is told."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from automaton.daemon import speak_plainly
from automaton.errors import LineError
from tests.engine.telephone import FakeTelephone

ROOT = Path(__file__).parents[2] / "automaton"
OF_A_CALL = {"attempt", "attempt_id", "order", "taken"}
LEVELS = {"debug", "info", "warning", "error", "exception"}


class TalkingTelephone(FakeTelephone):
    """Logs, as a room below the engine does, and knows of no attempt by itself."""

    async def place(self, order: Any) -> None:
        structlog.get_logger("below").info("on the wire")
        await super().place(order)


async def test_the_life_of_a_call_can_be_read_by_its_attempt(a_night):
    with capture_logs(processors=[merge_contextvars]) as told:
        night = a_night(telephone=TalkingTelephone())
        await night.launched()
        order = night.order_to(0)
        night.picks_up(order)
        night.presses(order)
        night.telephone.fails = [LineError("away")]
        await night.beat()
        night.hangs_up(order)
        await night.beat()
    life = [one["event"] for one in told if one.get("attempt") == order.attempt_id]
    assert life == [
        "call leaves",
        "on the wire",
        "key not thanked in time",
        "call ended",
    ]


async def test_an_order_that_fails_names_its_attempt(a_night):
    with capture_logs(processors=[merge_contextvars]) as told:
        night = a_night()
        night.telephone.fails = [LineError("away")]
        await night.launched()
    (failed,) = [one for one in told if one["event"] == "order failed"]
    assert failed["attempt"] == night.attempts()[0].id


async def test_what_breaks_beside_the_loop_names_its_attempt(a_night):
    async def fail():
        raise RuntimeError("beside the loop")

    with capture_logs(processors=[merge_contextvars]) as told:
        night = a_night()
        night.node.spawn(fail(), "thank it", "019a")
        await night.settle_down()
        night.node.spawn(fail(), "a task of no call")
        await night.settle_down()
    assert [one.get("attempt") for one in told] == ["019a", None]


@pytest.mark.parametrize("room", ["engine", "asterisk", "channels"])
def test_no_line_of_a_function_that_knows_an_attempt_is_without_it(room: str) -> None:
    lines = [
        f"{path.name}:{call.lineno}"
        for path in sorted((ROOT / room).glob("*.py"))
        for call in _nameless(ast.parse(path.read_text("utf-8")))
    ]
    assert lines == []


def _nameless(tree: ast.Module) -> list[ast.Call]:
    """Return the log calls without an attempt where one is at hand."""
    functions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and OF_A_CALL & {arg.arg for arg in node.args.args}
    ]
    return [
        call
        for function in functions
        for call in ast.walk(function)
        if _is_log(call)
        and not {k.arg for k in call.keywords} & {"attempt", "attempts"}
    ]


def _is_log(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"log", "say"}
    )


def test_a_line_for_machines_is_json_the_attempt_first(capfd) -> None:
    speak_plainly("info")
    log = structlog.get_logger("any")
    log.warning("order failed", attempt="019a", to="+33199000001", tries=2)
    log.debug("call ended", attempt="019a")
    (line,) = capfd.readouterr().err.splitlines()
    told = json.loads(line)
    assert list(told)[:1] == ["attempt"]
    assert (told["event"], told["level"], told["tries"]) == (
        "order failed",
        "warning",
        2,
    )
    assert "99000001" not in line


def test_a_line_for_people_says_the_same(capfd) -> None:
    speak_plainly("debug", "text")
    log = structlog.get_logger("any")
    try:
        raise ValueError("to +33199000001")
    except ValueError as error:
        log.exception("order failed", attempt="019a", error=error)
    told = capfd.readouterr().err
    assert "order failed" in told
    assert "attempt=019a" in told
    assert "ValueError" in told
    assert "99000001" not in told
