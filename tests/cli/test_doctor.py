"""The doctor names what keeps a node from ringing anybody."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Node


def add(node: Node, text: str) -> None:
    """Add sections to the settings of a node."""
    file = node.folder / "automaton.toml"
    file.write_text(file.read_text("utf-8") + text, "utf-8")


@pytest.mark.parametrize(
    "chosen", ['default = "kokoro"', 'by_language = { de = "kokoro" }']
)
def test_a_daemon_does_not_start_with_a_voice_that_is_not_there(
    node: Node, chosen: str
) -> None:
    add(node, f"[voices]\n{chosen}\n")
    ended = node("daemon")
    assert ended.code == 2
    assert "kokoro" in ended.err
