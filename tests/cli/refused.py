"""Every error of the house, found in its code, to be held against its French."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import automaton

HOUSE = Path(automaton.__file__).parent
SHELL = HOUSE / "cli"
ERRORS = {"RequestError", "ConfigurationError", "LineError"}
SAMPLE = "7"
ASSEMBLED = "7 « 7 »."  # its beginning is one of two (store/desk.py)
Raised = tuple[str, str]


def all_ids() -> set[str]:
    """Return every error id that is raised outside the shell."""
    return {
        node.value.value
        for file in _files()
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.keyword) and node.arg == "error_id"
        if isinstance(node.value, ast.Constant)
    }


def all_sentences() -> set[str]:
    """Return the sentences of errors, their blanks filled with a sample."""
    found = {text for file in _files() for text in _raised(_tree(file))}
    return {text for text in found if not text[0].islower()} - {ASSEMBLED}


def setting_faults() -> set[str]:
    """Return what a setting may have wrong, as the sentence that is shown."""
    found = set()
    for file in (HOUSE / "settings").glob("*.py"):
        for call in _calls(_tree(file)):
            name = getattr(call.func, "id", "")
            place = {"ValueError": 0, "Fault": 1, "_like": 1}.get(name)
            if place is not None and len(call.args) > place:
                found |= set(_texts(call.args[place]))
    return {f"a.toml, line 3: calling.ring = 0 {words}." for words in found}


def found_sentences() -> set[str]:
    """Return what the checkup of an Asterisk says."""
    tree = _tree(HOUSE / "asterisk" / "checkup.py")
    return {
        text
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef)
        for call in _calls(function)
        if getattr(call.func, "id", "") == "Finding"
        for text in _sentence(call.args[2], function)
    }


def contradictions() -> set[str]:
    """Return what the judge of a demonstration may say."""
    files = (HOUSE / "lab" / "compare.py", SHELL / "demo_end.py")
    given = (ast.Yield, ast.Return)
    return {
        text
        for file in files
        for node in ast.walk(_tree(file))
        if isinstance(node, given) and node.value is not None
        for text in _texts(node.value)
        if text.endswith(".")
    }


def notices() -> set[str]:
    """Return what the author of a campaign is told beside the answer."""
    names = ("campaigns", "messages", "codewords", "routes", "launches")
    told = {
        text
        for name in names
        for node in ast.walk(_tree(HOUSE / "services" / f"{name}.py"))
        if isinstance(node, ast.expr)
        for text in _texts(node)
    }
    return {text for text in told if SAMPLE in text and text.endswith(".")}


def _files() -> Iterator[Path]:
    return (file for file in HOUSE.rglob("*.py") if SHELL not in file.parents)


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def _raised(tree: ast.Module) -> Iterator[str]:
    makers = ERRORS | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and getattr(node.returns, "id", "") in ERRORS
    }
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for call in _calls(function):
                if getattr(call.func, "id", "") in makers and call.args:
                    yield from _sentence(call.args[0], function)


def _sentence(said: ast.expr, function: ast.AST) -> Iterator[str]:
    """Yield the texts of an argument, those of its name's values included."""
    yield from _texts(said)
    for node in ast.walk(function):
        if isinstance(said, ast.Name) and isinstance(node, ast.Assign):
            names = {getattr(target, "id", "") for target in node.targets}
            yield from _texts(node.value) if said.id in names else ()


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else SAMPLE
            for part in node.values
        )


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))
