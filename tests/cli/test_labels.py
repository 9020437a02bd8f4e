"""What people read where programs read names: labels and words of closed lists."""

from __future__ import annotations

import re
from dataclasses import fields
from enum import StrEnum

import pytest

from automaton.cli.findings import Finding, Verdict
from automaton.cli.labels import in_words, label
from automaton.cli.shell import Shell
from automaton.cli.words import french
from automaton.domain.attempt import AttemptState
from automaton.domain.collectivity import Collectivity, RegisterKind, Role
from automaton.domain.contact import Address, ContactCard, Origin, PointKind, Reach
from automaton.domain.roll import (
    CallOnFile,
    ConsentOnFile,
    ContactFile,
    PointOnFile,
    ProposalKind,
)
from automaton.engine.lines.safeguard import PAUSED_BY_SAFEGUARD
from automaton.services.report_words import words_in
from automaton.store.landing import RESTORED
from tests.cli.conftest import Node, drafted

LISTS: list[type[StrEnum]] = [
    *(AttemptState, Origin, PointKind, ProposalKind, RegisterKind, Role, Verdict)
]
FORMS = [Collectivity, ContactFile, ContactCard, Reach, Address]
FORMS += [PointOnFile, ConsentOnFile, CallOnFile]
LOOKS = [
    "campaign show Crue",
    "collectivity show",
    "config show",
    "contacts proposals",
    "contacts show {contact}",
    "register list",
    "user list",
]
ENGLISH = re.compile(
    r"\b(id|name|state|created|launched|started|finished|kind|value|register_id|"
    r"address|origin|landline|directory|alert|operator|household|default|line|"
    r"recorded|action)\b(?!_)"
)


@pytest.mark.parametrize("words", LISTS)
def test_every_word_of_a_closed_list_has_its_french(words: type[StrEnum]) -> None:
    assert [one for one in words if one.value.replace("_", " ") not in french()] == []


def test_yes_and_no_are_words_where_a_value_has_a_name(commune: Node) -> None:
    # « touche d’aide  False », said a scenario; a setting stays as it is typed.
    assert in_words("", True, "fr") is True
    told = ("--class", "alert", "--register", "alerte", "--text", "Montez.")
    commune.done("scenario", "add", "7", "Crue", "--help-key", *told)
    shown = commune.done("--lang", "fr", "scenario", "show", "7").out
    assert re.search(r"touche d’aide +oui\n", shown)
    assert re.search(r"essais +–\n", shown)


@pytest.mark.parametrize("form", FORMS)
def test_every_value_of_a_file_has_its_french_label(form: type) -> None:
    names = [field.name for field in fields(form)]
    assert [name for name in names if name.replace("_", " ") not in french()] == []


@pytest.mark.parametrize("reason", [PAUSED_BY_SAFEGUARD, RESTORED])
def test_why_the_program_paused_a_campaign_is_said_in_french(reason: str) -> None:
    assert words_in("fr", "UTC")("pause", reason) != reason
    assert words_in("en", "UTC")("pause", reason) == reason
    assert in_words("pause_reason", reason, "fr") != reason
    assert in_words("pause_reason", "the mayor asks", "fr") == "the mayor asks"


def test_a_label_is_a_name_with_spaces() -> None:
    assert label("created_at", "en") == "created at"
    assert label("nobody_translated_it", "fr") == "nobody translated it"
    assert in_words("outcome", "busy", "fr") == "occupé"
    assert in_words("origin", "third_party", "fr") == "un tiers"
    assert in_words("name", "operator", "fr") == "operator"


def test_a_verdict_is_said_in_french() -> None:
    found = Finding("clock", "horloge", Verdict.WARN, "il est midi", "réglez-la")
    assert found.line(Shell(chosen="fr")) == "avis   horloge : il est midi → réglez-la"
    assert found.line(Shell(chosen="en")) == "warn  horloge: il est midi → réglez-la"


@pytest.fixture
def looked_at(commune: Node) -> Node:
    """A commune with everything that its verbs can show."""
    shared = "nom;prénom;téléphone\nRoy;Léa;0261910012\nRoy;Paul;0261910012\n"
    (commune.folder / "two.csv").write_text(shared, "utf-8")
    commune.done("contacts", "import", "two.csv")
    commune.done("user", "add", "lea", "--name", "Léa Roy")
    drafted(commune)
    return commune


@pytest.mark.parametrize("look", LOOKS)
def test_an_answer_in_french_has_no_english_label(looked_at: Node, look: str) -> None:
    # "created_by", "pause_reason" and "last_name" stood in a French answer.
    contact = looked_at.json("contacts", "list")["contacts"][0]["id"]
    arguments = look.format(contact=contact).split()
    told = looked_at.done("--lang", "fr", *arguments).out
    told = re.sub(r"(?m)^[a-z_]+\.\S*", "", told) if "config" in look else told
    values = re.sub(r"« [^»]* »|/\S+", "", told)
    assert ENGLISH.findall(values) == []
    assert told != looked_at.done(*arguments).out


@pytest.mark.parametrize("look", LOOKS[1:])
def test_a_program_is_told_the_same_in_every_language(
    looked_at: Node, look: str
) -> None:
    contact = looked_at.json("contacts", "list")["contacts"][0]["id"]
    arguments = look.format(contact=contact).split()
    english = looked_at.json(*arguments)
    assert looked_at.json("--lang", "fr", *arguments) == english
