"""Errors and refusals are told in the person's language."""

from __future__ import annotations

import re

import pytest

from automaton.cli.drafting import ROUND
from automaton.cli.shell import Shell
from automaton.refusals import refusals, refused_in_french, sentences
from automaton.services.follow_ups import FollowUp
from automaton.services.obstacles import OBSTACLES
from tests.cli.conftest import Node, drafted
from tests.cli.refused import (
    all_ids,
    all_sentences,
    contradictions,
    found_sentences,
    notices,
    setting_faults,
)


def test_every_error_id_has_its_french() -> None:
    assert sorted(all_ids() - set(refusals())) == []


def test_every_sentence_of_an_error_has_its_french() -> None:
    told = all_sentences() | setting_faults() | {text for _, text in OBSTACLES}
    english = [text for text in told if refused_in_french(text, "") == text]
    assert sorted(english) == []


@pytest.mark.parametrize(
    ("error_id", "told"),
    [
        ("asterisk-unfit", found_sentences()),
        ("contradictions", contradictions()),
        ("notices", notices()),
    ],
)
def test_what_is_found_has_its_french(error_id: str, told: set[str]) -> None:
    # A checkup, a judgement and a notice were English in the midst of French.
    assert len(told) > 3
    same = {text for text in told if refused_in_french(text, error_id) == text}
    assert same - {"Asterisk 7"} == set()


def test_several_sentences_in_one_are_all_told_in_french() -> None:
    why = "Load in modules.conf: x.so. The dialplan has no version, version 5 is needed"
    told = refused_in_french(
        f"This Asterisk is not dialled through. {why}: render it again and start "
        "Asterisk anew. Then ask again: automaton asterisk check (one of ours that "
        "still runs is ended by: automaton asterisk stop).",
        "asterisk-unfit",
    )
    assert "Chargez dans modules.conf : x.so. Le dialplan a aucune version, il" in told


def test_no_french_refusal_loses_a_blank() -> None:
    blanks = re.compile(r"\{(\w+)\}")
    for english, french in sentences():
        assert set(blanks.findall(english)) == set(blanks.findall(french)), english


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["campaign", "show", "x"], "Il n’y a pas de campagne « x »."),
        (["duty", "add", "A", "99"], "« 99 » n’est pas un numéro de téléphone"),
        (["collectivity", "show", "X"], "Pas trouvé : collectivité « X »"),
        (["duty", "add", "B", "0199000001"], "Ce numéro est déjà dans la liste"),
    ],
)
def test_a_refusal_speaks_french(
    commune: Node, arguments: list[str], told: str
) -> None:
    ended = commune("--lang", "fr", *arguments)
    assert ended.code == 2
    assert told in ended.err


def test_what_forbids_a_launch_is_told_in_french(commune: Node) -> None:
    found = drafted(commune)
    commune.done("duty", "remove", "Astreinte", "--yes")
    told = commune("--lang", "fr", "campaign", "launch", found, "--dry-run").out
    assert "Elle ne peut pas démarrer : Aucune alerte ne démarre sans" in told
    ended = commune("--lang", "fr", "campaign", "launch", found)
    assert "Aucune alerte ne démarre sans liste d’astreinte" in ended.err


def test_wrong_settings_are_told_in_french(node: Node) -> None:
    file = node.folder / "automaton.toml"
    file.write_text("[calling]\nring = 0\n", "utf-8")
    ended = node("--lang", "fr", "config", "show")
    assert "ligne 2 : calling.ring = 0 doit aller de 5 s à 2 min." in ended.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "Il n’y a pas de commande 'nonsense'"),
        (["campaign", "nonsense"], "Il n’y a pas de commande 'nonsense'"),
        (["config", "show", "--nonsense"], "Il n’y a pas d’option --nonsense"),
        (["campaign", "launch"], "Il manque l’argument 'campagne'"),
        (["campaign", "create"], "Il manque l’option '--name'"),
        (["campaign", "list", "x"], "Argument en trop (x)"),
        (["campaign", "follow-up", "x", "--lines", "y"], "n’est pas un nombre entier"),
        (["campaign", "follow-up", "x", "--kind", "y"], "n’est pas parmi"),
    ],
)
def test_a_wrong_command_line_is_told_in_french(
    node: Node, arguments: list[str], told: str
) -> None:
    ended = node("--lang", "fr", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert "Error" not in ended.err


def test_a_refusal_in_french_is_not_translated_again(commune: Node) -> None:
    # "n’est pas un moment  : écrivez" had two spaces: any colon was taken for a file's.
    wish = ("--name", "Crue", "--class", "alert", "--register", "alerte")
    line = ("campaign", "create", *wish, "--text", "Bonjour.", "--at", "hier")
    ended = commune("--lang", "fr", *line)
    assert "n’est pas un moment : écrivez-le" in ended.err


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_word_that_is_no_choice_is_told_without_a_technicians_prefix(
    commune: Node, language: str
) -> None:
    ended = commune("--lang", language, "report", "Crue", "--format", "pdf")
    assert ended.code == 2
    assert "Value error" not in ended.err
    assert "pdf" in ended.err


def test_a_notice_is_told_in_french(commune: Node) -> None:
    wish = ("--name", "Crue", "--class", "alert", "--register", "alerte")
    told = commune.done(
        *("--lang", "fr", "campaign", "create", *wish, "--text", "Ici la mairie."),
        *("--lines", "500"),
    )
    assert "Le message en français ne dit pas Royan : avec --subject" in told.err
    assert "Ses raccordements ont 19 lignes, pas 500." in told.err


def test_a_follow_up_is_named_in_the_language() -> None:
    shell = Shell(chosen="fr")
    names = [shell.words(ROUND[kind]) for kind in FollowUp]
    assert sorted(names) == ["fin d’alerte", "nouveau tour", "rectificatif"]


def test_follow_ups_are_told_in_the_language(commune: Node) -> None:
    found = drafted(commune)
    ended = commune("--lang", "fr", "campaign", "follow-up", found, "--kind", "again")
    assert "Cette campagne n’a encore appelé personne." in ended.err


def test_what_must_be_typed_again_is_never_translated() -> None:
    # "écrivez lignes" was the advice for a key that is called lines.
    told = refused_in_french("trunk.operator.line is unknown: write lines.", "settings")
    assert told == "trunk.operator.line est inconnu : écrivez lines."


@pytest.mark.parametrize(
    ("sentence", "error_id", "told"),
    [
        ("x: Permission denied.", "file", "x : permission refusée."),
        ("x: No such file or directory.", "file", "x : aucun fichier ni dossier"),
        (
            "x is no TOML: Invalid value (at line 2, column 5).",
            "settings",
            "x n’est pas du TOML : valeur invalide (ligne 2, colonne 5).",
        ),
    ],
)
def test_what_the_system_says_is_told_in_french(
    sentence: str, error_id: str, told: str
) -> None:
    assert refused_in_french(sentence, error_id).startswith(told)


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ('message_repeats = "x"', 'message_repeats = "x" doit être un nombre entier.'),
        ("message_repeats = 0", "message_repeats = 0 doit être au moins 1."),
        ("ring = 0", "ring = 0 doit aller de"),
        ("rings = 1", "rings n’est pas une clé d’un fichier de règles."),
        ("[retry_delays]\nbusie = []", "doit être 'answered_no_key'"),
        ("ring = @", "(ligne 1, colonne 8)"),
    ],
)
def test_a_wrong_policy_file_is_told_in_french(
    commune: Node, policy: str, told: str
) -> None:
    commune.folder.joinpath("p.toml").write_text(policy, "utf-8")
    wish = ("--name", "Crue", "--class", "alert", "--register", "alerte")
    line = ("campaign", "create", *wish, "--text", "Bonjour.", "--policy", "p.toml")
    ended = commune(*line, "--lang", "fr")
    assert ended.code == 2
    assert told in ended.err
    assert "Input should" not in ended.err


def test_a_demonstration_beside_a_real_trunk_says_what_to_do(node: Node) -> None:
    # The example settings were refused without a word on how to go on.
    file = node.folder / "automaton.toml"
    text = file.read_text("utf-8").replace("127.0.0.1:5060", "192.0.2.7")
    text += '[asterisk]\nsip_bind = "0.0.0.0"\n'
    file.write_text(text, "utf-8")
    ended = node("demo", "--lang", "fr")
    assert ended.code == 2
    assert "écrivez AUTOMATON_CONFIG=$(mktemp) devant la commande" in ended.err
    for verb in (("demo",), ("town", "up")):
        assert "AUTOMATON_CONFIG=$(mktemp) before" in node(*verb).err


@pytest.mark.parametrize(
    "line",
    [("create", "--name", "Crue"), ("follow-up", "any")],
    ids=lambda line: line[0],
)
def test_a_missing_choice_is_told_in_french(
    commune: Node, line: tuple[str, ...]
) -> None:
    # Typer writes its choices one a line, and only sentences of one line were known.
    ended = commune("--lang", "fr", "campaign", *line)
    assert (ended.code, ended.out) == (2, "")
    told = ended.err.splitlines()[-1]
    assert told.startswith("Erreur : Il manque l’option '--")
    assert "Choix : " in told
    assert "Choose" not in ended.err


@pytest.mark.parametrize(
    ("sentence", "error_id", "told"),
    [
        (
            "language must be 'fr' or 'en'.",
            "settings",
            "language doit être 'fr' ou 'en'.",
        ),
        (
            "The message in en lasts 90 s, and 60 s are allowed: shorten it.",
            "message",
            "Le message en anglais dure 90 s, et 60 s sont permises",
        ),
        (
            "The message says nothing in fr, the language of Vaux: add --text fr=…",
            "message-language",
            "rien en français, la langue de Vaux : ajoutez --text fr=…",
        ),
        *(
            (
                f"There is no {what} yet: add one with automaton {noun} add.",
                "not_found",
                f"automaton {noun} add.",
            )
            for what, noun in (
                ("collectivity", "collectivity"),
                ("register", "register"),
                ("user", "user"),
                ("duty entry", "duty"),
            )
        ),
        ("There is no such contact.", "no_contact", "automaton contacts list"),
    ],
)
def test_a_refusal_reads_as_french_and_says_what_to_do(
    sentence: str, error_id: str, told: str
) -> None:
    # "'fr' or 'en'" and "Le message en en" stood there; others left one at a loss.
    assert told in refused_in_french(sentence, error_id)


def test_one_of_several_communes_is_asked_for_by_its_option(commune: Node) -> None:
    commune.done("collectivity", "add", "Saintes", "--insee", "17415")
    ended = commune("--lang", "fr", "duty", "list")
    assert (ended.code, ended.out) == (2, "")
    told = "Dites quelle collectivité par --collectivity : il n’y en a pas exactement "
    assert f"{told}une ; connues : Royan, Saintes." in ended.err


def test_a_file_that_may_not_be_read_is_told_in_french() -> None:
    told = refused_in_french(
        "Invalid value for 'FILE': path 'noperm.csv' is not readable.", "usage"
    )
    assert told == "Valeur refusée pour 'FILE' : 'noperm.csv' ne peut pas être lu."
