"""Every text of the shell, found in its code, to be held against its French."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import automaton.cli
from automaton.cli.tree import NOUNS

ROOM = Path(automaton.cli.__file__).parent
SAYING = {
    "words",
    "tell",
    "note",
    "ok",
    "warn",
    "fail",
    "progress",
    "bar",
    "confirm",
    "said",
}


def all_texts() -> set[str]:
    """Return every English text that a person may see."""
    found = set(NOUNS.values())
    for file in ROOM.glob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        found |= set(_said(tree)) | set(_help(tree)) | set(_verbs(tree))
        found |= set(_named(tree))
    return {text for text in found if any(c.isalpha() for c in _unfilled(text))}


def _unfilled(text: str) -> str:
    return re.sub(r"\{\w+\}", "", text)


def _said(tree: ast.AST) -> Iterator[str]:
    for call in _calls(tree):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        is_other_words = name == "words" and len(call.args) > 1
        if name in SAYING and not is_other_words:
            for argument in call.args:
                yield from _strings(argument)
        if name in {"print_rows", "Finder", "Asked"}:
            for argument in call.args:
                if not isinstance(argument, ast.Name):
                    yield from _strings(argument)


def _named(tree: ast.AST) -> Iterator[str]:
    """Yield the labels of pairs that are written out where they are shown."""
    for call in _calls(tree):
        if getattr(call.func, "attr", "") == "print_pairs":
            for node in ast.walk(call.args[0]):
                names = node.keys if isinstance(node, ast.Dict) else []
                yield from (text for name in names if name for text in _strings(name))


def _help(tree: ast.AST) -> Iterator[str]:
    for call in _calls(tree):
        for keyword in call.keywords:
            if keyword.arg == "help":
                yield from _strings(keyword.value)


def _verbs(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and _is_verb(node):
            doc = ast.get_docstring(node)
            if doc:
                yield doc


def _is_verb(function: ast.FunctionDef) -> bool:
    if function.name == "shell_of":
        return False
    kinds = (ast.unparse(a.annotation) for a in function.args.args if a.annotation)
    return "typer.Context" in set(kinds)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _strings(node: ast.AST) -> Iterator[str]:
    """Yield the texts of an argument: itself, or each side of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body)
        yield from _strings(node.orelse)
    elif isinstance(node, ast.Tuple):
        for part in node.elts:
            yield from _strings(part)
