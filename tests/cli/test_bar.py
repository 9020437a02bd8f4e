"""What takes over a second shows how far it is, on terminals only."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from automaton.cli.bar import Bar
from automaton.cli.shell import Shell


class Terminal(io.StringIO):
    """Where a person looks."""

    def isatty(self) -> bool:
        return True


def test_what_takes_long_shows_how_much_is_done() -> None:
    file = Terminal()
    console = Console(file=file, force_terminal=True, width=80)
    with Bar("Rendering the message …", console, shown_after=0) as bar:
        bar.start.join()
        bar.tell(2, 5)
    assert "Rendering the message …" in file.getvalue()
    assert "2/5" in file.getvalue()


def test_what_is_quick_shows_nothing() -> None:
    file = Terminal()
    with Bar("Rendering …", Console(file=file, force_terminal=True)) as bar:
        bar.tell(1, 2)
    assert file.getvalue() == ""


def test_a_terminal_has_a_bar_and_a_file_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for file, kind in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", file)
        with Shell(chosen="fr").bar("Rendering the message …") as tell:
            assert isinstance(getattr(tell, "__self__", None), Bar) is kind
            tell(1, 1)
        assert file.getvalue() == ""
