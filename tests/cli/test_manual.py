"""The help of every verb speaks the person's language, typer's own words too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from automaton.cli.tree import NOUNS, command
from automaton.cli.words import Language
from tests.cli.conftest import Node

ENGLISH = re.compile(
    r"\b(the|of|and|is|are|this|that|which|what|with|where|exit|Show|Install|Try|"
    r"required|default|range|Usage:|Options:|Arguments:|Commands|COMMAND|ARGS|FILE)\b|"
    r"<(str|int|float|path|Path|list\[\w+\])\b"
)


def pages(language: Language) -> Iterator[tuple[str, str]]:
    """Yield every command of the tree with its help."""
    tree = command(language)
    top = tree.make_context("automaton", [], resilient_parsing=True)
    yield "automaton", tree.get_help(top)
    for name in NOUNS:
        _, noun, _ = tree.resolve_command(top, [name])
        yield from below(noun, name, top)


def below(found: Any, name: str, parent: Any) -> Iterator[tuple[str, str]]:
    context = found.make_context(name, [], parent=parent, resilient_parsing=True)
    yield context.command_path, found.get_help(context)
    for inner, verb in getattr(found, "commands", {}).items():
        yield from below(verb, inner, context)


def test_no_help_in_french_says_an_english_word() -> None:
    # "[required]", "Show this message and exit." and "Commands:" stood in it.
    found = {path: text for path, text in pages("fr") if ENGLISH.search(text)}
    assert found == {}


def test_every_verb_has_its_page_in_both_languages() -> None:
    french, english = dict(pages("fr")), dict(pages("en"))
    assert french.keys() == english.keys()
    assert len(french) > 60
    assert "[obligatoire]" in french["automaton campaign create"]
    assert "[required]" in english["automaton campaign create"]
    assert all(ENGLISH.search(text) for text in english.values())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["trunk", "test"], "Il manque l’argument 'numéro'."),
        (["campaign"], "Commandes :"),
        (["campaign", "show", "--wrong"], "Usage : automaton campaign show"),
    ],
)
def test_a_wrong_line_is_answered_in_french(
    node: Node, arguments: list[str], told: str
) -> None:
    ended = node("--lang", "fr", *arguments)
    assert ended.code == 2
    assert told in ended.out + ended.err
    assert not ENGLISH.search(ended.out + ended.err)
