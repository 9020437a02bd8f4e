"""The command lines of the pages, read by the parser that people would meet."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automaton.cli.tree import command

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/shell.md", "docs/operators-guide.md"]
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.M | re.S)
FILES = ("contacts.csv", "register.csv", "registre.csv", "annonce.wav")


def lines_of(page: str) -> Iterator[str]:
    """Yield the command lines of a page's blocks, continuations joined."""
    for block in BLOCK.findall((ROOT / page).read_text("utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if re.match(r"(\.venv/bin/)?automaton (?!--help)", line):
                yield line


def parse(line: str) -> None:
    """Read one command line as the shell would, without doing what it says."""
    words = [word for word in shlex.split(line, comments=True)[1:] if word != "&"]
    found, context = command("fr"), None
    name = "automaton"
    while True:
        context = found.make_context(name, words, parent=context)
        words = [*getattr(context, "_protected_args", ()), *context.args]
        if not hasattr(found, "resolve_command") or not words:
            return
        name, found, words = chosen(found, context, words)


def chosen(group: Any, context: Any, words: list[str]) -> tuple[str, Any, list[str]]:
    name, found, rest = group.resolve_command(context, words)
    assert found is not None
    return name, found, rest


@pytest.mark.parametrize("page", PAGES)
def test_every_command_line_of_a_page_can_be_typed(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first alert of docs/shell.md had numbers with blanks and no quotation marks.
    for name in FILES:
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    lines = list(lines_of(page))
    assert lines
    for line in lines:
        parse(line)
