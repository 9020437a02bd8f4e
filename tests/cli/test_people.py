"""Collectivities, registers, accounts, duty lists and contacts by the shell."""

from __future__ import annotations

import io
import json
import sys

import pytest

from tests.cli.conftest import Node, drafted


def test_the_first_use_makes_the_database(node: Node) -> None:
    assert node("database", "status").code == 1
    assert node.json("collectivity", "list") == []
    assert node.json("database", "status") == {"ready": True, "fault": ""}
    assert "ready" in node.done("database", "upgrade").out


def test_a_commune_is_made_ready(node: Node) -> None:
    added = node.json("collectivity", "add", "Saint-Denis", "--insee", "97411")
    assert (added["region"], added["timezone"]) == ("RE", "Indian/Reunion")
    node.done("duty", "add", "Astreinte", "+33 1 99 00 00 01")
    node.done("duty", "add", "Maire", "+33 1 99 00 00 02")
    node.done("user", "add", "mdupont", "--name", "Marie Exemple", "--role", "reader")
    node.done("register", "add", "canicule", "--kind", "canicule")
    shown = node.json("collectivity", "show")
    assert [one["name"] for one in shown["registers"]] == ["alerte", "canicule"]
    assert [one["role"] for one in shown["users"]] == ["reader"]
    assert [one["e164"] for one in shown["duty_list"]] == [
        "+33199000001",
        "+33199000002",
    ]
    assert "Marie Exemple" in node.done("collectivity", "show").out


def test_what_is_there_already_is_refused(commune: Node) -> None:
    ended = commune("collectivity", "add", "Royan")
    assert ended.code == 2
    assert "Royan" in ended.err
    assert commune("duty", "add", "Autre", "0199000001").code == 2
    assert len(commune.json("collectivity", "list")) == 1
    assert len(commune.json("duty", "list")) == 1


def test_which_commune_is_asked_where_there_are_two(commune: Node) -> None:
    commune.done("collectivity", "add", "Vaux")
    ended = commune("duty", "list")
    assert ended.code == 2
    assert "Royan, Vaux" in ended.err
    assert commune.json("duty", "list", "--collectivity", "vaux") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("duty", "add", "X", "12"),
        ("duty", "add", "", "0199000003"),
        ("user", "add", "x", "--name", ""),
        ("user", "remove", "nobody", "--yes"),
        ("duty", "remove", "nobody", "--yes"),
        ("collectivity", "add", "Ailleurs", "--timezone", "Nowhere"),
        ("collectivity", "show", "Ailleurs"),
        ("contacts", "import", "nowhere.csv"),
        ("contacts", "import", "automaton.toml"),
        ("contacts", "list", "--register", "nowhere"),
        ("contacts", "show", "nobody"),
        ("contacts", "export", "nobody"),
        ("contacts", "erase", "nobody", "--yes"),
        ("contacts", "accept", "nothing"),
        ("contacts", "refuse", "nothing"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(
    commune: Node, arguments: tuple[str, ...]
) -> None:
    before = commune.json("collectivity", "show")
    ended = commune(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert commune.json("collectivity", "show") == before


def test_the_duty_list_shrinks_only_when_it_is_confirmed(
    commune: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = commune("duty", "remove", "Astreinte")
    assert refused.code == 2
    assert "no longer be rung" in refused.err
    assert len(commune.json("duty", "list")) == 1
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\noui\n"))
    assert commune("duty", "remove", "Astreinte").code == 2
    commune.done("duty", "remove", "0199000001")
    assert commune.json("duty", "list") == []


def test_an_account_is_closed(commune: Node) -> None:
    commune.done("user", "add", "Paul", "--name", "Paul Exemple")
    commune.done("user", "remove", "paul", "--yes")
    assert commune.json("user", "list") == []


def test_an_import_tells_each_bad_row_and_a_second_one_changes_nothing(
    node: Node, commune: Node
) -> None:
    again = commune.json("contacts", "import", "register.csv")
    assert (again["added"], again["unchanged"], again["refused"]) == (0, 2, 1)
    assert again["problems"][0]["line"] == 4
    told = commune.done("--lang", "fr", "contacts", "import", "register.csv").out
    assert "Ligne 4" in told
    assert "nouveaux 0" in told


def test_a_preview_writes_nothing(node: Node) -> None:
    node.done("collectivity", "add", "Royan")
    node.folder.joinpath("new.csv").write_text("nom;tel\nAubrac;0199000011\n", "utf-8")
    told = node.done("contacts", "import", "new.csv", "--dry-run").out
    assert "Would be done: 1 new" in told
    assert node.json("contacts", "list")["total"] == 0


def test_contacts_are_found_shown_handed_over_and_erased(commune: Node) -> None:
    page = commune.json("contacts", "list", "fontbrune")
    assert [one["name"] for one in page["contacts"]] == ["Zélie Fontbrune"]
    who = page["contacts"][0]["id"]
    assert commune.json("contacts", "show", who)["card"]["last_name"] == "Fontbrune"
    assert "last name: Fontbrune" in commune.done("contacts", "show", who).out
    exported = json.loads(commune.done("contacts", "export", who).out)
    assert exported["points"][0]["value"] == "+33261910012"
    open_to_all = commune.folder / "zelie.csv"
    open_to_all.touch()
    open_to_all.chmod(0o644)
    commune.done("contacts", "export", who, "--output", "zelie.csv")
    assert open_to_all.stat().st_mode & 0o777 == 0o600
    assert "+33261910012" in commune.folder.joinpath("zelie.csv").read_text("utf-8")
    refused = commune("contacts", "erase", who)
    assert refused.code == 2
    assert "Zélie Fontbrune will be erased for good" in refused.err
    assert commune.json("contacts", "list")["total"] == 2
    commune.done("contacts", "erase", who, "--yes")
    assert commune.json("contacts", "list")["total"] == 1


def test_a_list_is_read_page_by_page(commune: Node) -> None:
    first = commune.json("contacts", "list", "--size", "1")
    rest = commune.json("contacts", "list", "--size", "1", "--after", first["after"])
    names = {page["contacts"][0]["name"] for page in (first, rest)}
    assert names == {"Honoré Aubrac", "Zélie Fontbrune"}


def test_people_who_share_a_number_are_joined_on_a_word(commune: Node) -> None:
    rows = "nom;prénom;téléphone\nMartelle;Luc;0353010011\nGardon;Anne;0353010011\n"
    commune.folder.joinpath("two.csv").write_text(rows, "utf-8")
    told = commune.done("contacts", "import", "two.csv").out
    assert "Proposed: 1 household, 0 establishments" in told
    (found,) = commune.json("contacts", "proposals")
    proposal = found["proposal"]["id"]
    assert "2 people are joined" in commune.done("contacts", "accept", proposal).out
    assert commune.json("contacts", "proposals") == []
    assert commune("contacts", "refuse", proposal).code == 2
    assert drafted(commune)


def test_the_operator_of_an_import_is_not_who_agreed(node: Node) -> None:
    node.done("collectivity", "add", "Royan", "--insee", "17306")
    file = node.folder / "one.csv"
    file.write_text("nom;tel\nAubrac;01 99 00 00 11\n", "utf-8")
    node.done("contacts", "import", file, "--consent-how", "formulaire")
    (one,) = node.json("contacts", "list")["contacts"]
    (entry,) = node.json("contacts", "show", one["id"])["consents"]
    assert (entry["by"], entry["action"]) == ("Aubrac", "given")
    assert entry["text"] == "[import one.csv: tester]"


def test_who_is_not_on_the_duty_list_is_said_before_anything_is_asked(
    commune: Node,
) -> None:
    ended = commune("duty", "remove", "Inconnu")
    assert ended.code == 2
    assert "[y/N]" not in ended.err
    assert "Inconnu" in ended.err


def test_an_account_is_looked_for_before_anything_is_asked(commune: Node) -> None:
    # It asked about an account that was not there, by the name that was typed.
    commune.done("user", "add", "Paul", "--name", "Paul Exemple")
    ended = commune("user", "remove", "nobody")
    assert ended.code == 2
    assert "[y/N]" not in ended.err
    assert "known: paul" in ended.err
    assert "The account paul will be closed." in commune("user", "remove", "PAUL").err


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "There is an account « marie » already."),
        ("fr", "Il y a déjà un compte « marie »."),
    ],
)
def test_a_login_that_is_taken_is_told_as_such(
    commune: Node, language: str, told: str
) -> None:
    # "Existe déjà, ou ce dont il dépend n’existe pas" left open what was wrong.
    line = ("--lang", language, "user", "add", "Marie", "--name", "Marie Exemple")
    commune.done(*line)
    ended = commune(*line)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("user", "add", "a b", "--name", "Marie Exemple"), "« a b » n’est pas un"),
        (("collectivity", "add", "Vaux", "--postal-code", "XX"), "n’est pas un code p"),
        (("user", "remove", "x", "--yes"), "Pas encore de compte : ajoutez-en un"),
        (("message", "preview", "--recording", "register.csv"), "OGG ou FLAC, et M4A"),
        (("town", "up", "--mix", "nope"), "Il n’y a pas de mélange nope : écrivez r"),
        (("town", "up", "--script", "binary"), "Le script binary n’est pas un texte."),
        (("town", "up", "--script", "absent"), "Il n’y a pas de script absent lisible"),
        (("town", "up", "--port", "99999"), "'--port' : 65535 au plus"),
        (("demo", "--homes", "0"), "'--homes' : 1 au moins"),
    ],
)
def test_what_is_wrong_is_told_in_french(
    commune: Node, line: tuple[str, ...], told: str
) -> None:
    # « a b » and XX were taken; "Connus : none" and English lists stood in French.
    commune.folder.joinpath("binary").write_bytes(b"\xd0\x00")
    ended = commune("--lang", "fr", *line)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_what_a_trunk_used_today_is_told_in_numbers(commune: Node) -> None:
    (trunk,) = commune.json("trunk", "list")
    assert trunk["calls_today"] == trunk["minutes_today"] == 0
    most = trunk["calls_per_day"]
    assert f"0 / {most}" in commune.done("trunk", "list").out


def test_a_preview_shows_the_first_rows_and_who_stands_twice(commune: Node) -> None:
    # docs/import.md promised it, and only counts were shown.
    file = commune.folder / "twice.csv"
    rows = (
        "nom;prénom;adresse;code postal;commune;téléphone",
        "Marée;Jeanne;4 rue Basse;17200;Royan;01 99 00 00 21",
        "MARÉE;Jeanne;4 rue Basse;17200;Royan;01 99 00 00 21",
    )
    file.write_text("\n".join(rows), "utf-8")
    line = ("contacts", "import", file, "--dry-run")
    told = commune.json(*line)
    assert told["joined"] == [{"line": 3, "first_line": 2}]
    assert told["first"][0] == {
        "line": 2,
        "name": "Jeanne Marée",
        "address": "4 rue Basse 17200 Royan",
        "points": ["+33199000021"],
    }
    shown = commune.done("--lang", "fr", *line).out
    assert "Jeanne Marée" in shown
    assert "Ligne 3 : la même personne qu’à la ligne 2" in shown


def test_the_contact_points_of_a_person_are_counted_from_one(node: Node) -> None:
    # The first had no rank, being 0, and the second was told to be 1.
    node.done("collectivity", "add", "Royan", "--insee", "17306")
    rows = "nom;tel1;tel2\nAubrac;01 99 00 00 11;02 61 91 00 12\n"
    node.folder.joinpath("two.csv").write_text(rows, "utf-8")
    node.done("contacts", "import", "two.csv")
    (one,) = node.json("contacts", "list")["contacts"]
    told = node.done("contacts", "show", one["id"]).out.splitlines()
    assert [line.strip() for line in told if "rank:" in line] == ["rank: 1", "rank: 2"]
    points = node.json("contacts", "show", one["id"])["points"]
    assert [point["rank"] for point in points] == [0, 1]
