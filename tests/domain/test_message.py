"""A text with variables: its pieces, and what is said without them."""

from __future__ import annotations

import pytest

from automaton.domain.message import (
    addressed,
    segments,
    strange_braces,
    variable_of,
    variables_of,
)

TEXT = "Bonjour {name}. La rivière monte {street}, {name}."


def test_a_text_falls_into_words_and_variables() -> None:
    pieces = segments(TEXT)
    assert pieces == (
        *("Bonjour ", "{name}", ". La rivière monte ", "{street}", ", "),
        *("{name}", "."),
    )
    assert "".join(pieces) == TEXT
    assert [variable_of(piece) for piece in pieces[:3]] == [None, "name", None]
    assert variables_of(pieces) == ("name", "street")
    assert segments("Montez.") == ("Montez.",)
    assert segments("") == ()


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        (TEXT, None),
        ("Votre mot : {code_word}", None),
        ("Bonjour {nom}", "{nom}"),
        ("Bonjour {}", "{}"),
        ("Bonjour { name}", "{ name}"),
        ("Bonjour {name", "{"),
        ("Bonjour name}", "}"),
        ("Bonjour {{name}}", "{"),
    ],
)
def test_what_is_in_braces_and_no_variable_is_found(text: str, strange: str) -> None:
    assert strange_braces(text) == strange


def test_a_text_is_filled_and_what_is_not_known_is_left_out() -> None:
    said = {"name": "Odile Vasseur"}
    assert addressed(TEXT, said) == (
        "Bonjour Odile Vasseur. La rivière monte, Odile Vasseur."
    )
    assert addressed("Bonjour {name}. Montez.", {}) == "Bonjour. Montez."
    assert addressed("Montez  à\nl'étage !", {}) == "Montez à l'étage !"
