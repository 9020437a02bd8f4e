"""The dialplan without its ear: plays, reads keys, journals, thanks, and no more.

`plain.conf` has the words of the contract that a call of the bench needs, so that the
daemon rings by it as by the product's own, beside which it tells what listening costs.
"""

from __future__ import annotations

from pathlib import Path

from automaton import bootstrap
from benchmarks.node import INSTALLATION, Node
from benchmarks.peers.doors import console

PLAIN = Path(__file__).with_name("plain.conf")


def play_only(node: Node) -> None:
    """Let the Asterisk of a node use the plain dialplan from now on."""
    file = bootstrap.asterisk_folder(node.settings).etc / "automaton.conf"
    said = {
        "@PROMPTS@": str(node.settings.folders.prompts.resolve()),
        "@NODE@": INSTALLATION,
    }
    text = PLAIN.read_text("utf-8")
    for name, value in said.items():
        text = text.replace(name, value)
    file.write_text(text, "utf-8")
    console(node, "dialplan reload")
