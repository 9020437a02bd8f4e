"""One is said in the singular, in both languages."""

from __future__ import annotations

import re

import pytest

from automaton.cli.words import Language, filled, french
from tests.cli.conftest import Node, drafted
from tests.cli.texts import all_texts

COUNTS = re.compile(r"\{(\w+):(\w[^{}|]*)\|([^{}|]*)\}")
PLURAL = re.compile(
    r"(?<![\d.,/])(1 \w+[^s\W]s|[01] (foyers|numéros|lignes|appels))\b(?!-)"
)


@pytest.mark.parametrize(
    ("language", "count", "told"),
    [
        ("en", 0, "0 homes"),
        ("en", 1, "1 home"),
        ("en", 2, "2 homes"),
        ("fr", 0, "0 home"),
        ("fr", 1, "1 home"),
        ("fr", 2, "2 homes"),
        ("fr", 21, "21 homes"),
    ],
)
def test_the_word_goes_with_the_number(
    language: Language, count: int, told: str
) -> None:
    assert filled("{count:home|homes}", language, count=count) == told


def test_a_blank_without_two_words_is_filled_as_ever() -> None:
    assert filled("{a} {b:.1f} {c!r}", "fr", a=1, b=2.25, c="x") == "1 2.2 'x'"


def test_where_english_counts_french_counts_too() -> None:
    silent = ("people were erased and stay", "people are} joined", "rows} refused")
    for english in (text for text in all_texts() if COUNTS.search(text)):
        assert "|" in french()[english] or any(one in english for one in silent)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "look",
    [
        "campaign launch Crue --dry-run",
        "campaign show Crue",
        "contacts import one.csv --dry-run",
        "audit verify",
        "doctor",
    ],
)
def test_one_is_never_many(node: Node, look: str, language: str) -> None:
    # "1 foyers seraient appelés, 1 numéros" stood in the answer.
    row = "nom;prénom;téléphone\nRoy;Léa;0261910012\nRoy;Paul;0261910012\n"
    (node.folder / "one.csv").write_text(row, "utf-8")
    (node.folder / "first.csv").write_text(
        row.split("Roy;Paul", maxsplit=1)[0], "utf-8"
    )
    node.done("collectivity", "add", "Royan", "--insee", "17306")
    node.done("duty", "add", "Astreinte", "01 99 00 00 01")
    node.done("contacts", "import", "first.csv")
    drafted(node)
    told = node("--lang", language, *look.split()).out
    assert told
    assert PLURAL.findall(told) == []
