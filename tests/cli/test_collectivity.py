"""A collectivity is renamed, corrected and removed by the shell."""

from __future__ import annotations

import io
import sys

import pytest
from sqlalchemy import insert

from automaton.services.collectivities import find_collectivity
from automaton.store.engine import open_database, writing
from automaton.store.people import SqlBook
from automaton.store.tables import contact_points, establishments, groups
from tests.cli.conftest import Node, drafted
from tests.store.commune import NOW


def test_a_slip_in_a_name_is_put_right(node: Node) -> None:
    node.done("collectivity", "add", "Royna")
    told = node.done("collectivity", "rename", "royna", "Royan").out
    assert told == "Royna is now called Royan.\n"
    node.done("collectivity", "add", "Vaux")
    ended = node("--lang", "fr", "collectivity", "rename", "Vaux", "royan")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "automaton: Il y a déjà une collectivité « Royan ».\n"
    listed = node.json("collectivity", "list")
    assert [one["name"] for one in listed] == ["Royan", "Vaux"]


def test_what_was_entered_is_corrected(node: Node) -> None:
    node.done("collectivity", "add", "Saint-Denis", "--insee", "93066")
    now = node.json("collectivity", "correct", "--insee", "97411")
    assert (now["region"], now["timezone"]) == ("RE", "Indian/Reunion")
    assert "en" in node.done("collectivity", "correct", "--language", "en").out
    assert node.json("collectivity", "list")[0]["language"] == "en"
    assert node.json("collectivity", "correct", "--insee", "")["insee"] == ""
    named = node("--lang", "fr", "collectivity", "rename", "Saint-Denis", "")
    assert named.err == "automaton: Un nom a de 1 à 100 caractères.\n"
    named = node("--lang", "fr", "collectivity", "rename", "Saint-Denis", "Bo\x07")
    assert named.err == "automaton: Un nom n’a que des signes visibles.\n"
    ended = node("--lang", "fr", "collectivity", "correct")
    assert ended.code == 2
    assert "Rien ne changerait" in ended.err


@pytest.mark.parametrize(
    "line",
    [
        ("rename", "Royan", "Vaux"),
        ("correct", "--timezone", "Europe/London"),
        ("remove", "Royan", "--yes"),
    ],
)
@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            "Royan has campaigns that are not over (Crue): end each with automaton"
            " campaign stop (the daemon must run), then ask again.",
        ),
        (
            "fr",
            "Royan a des campagnes qui ne sont pas finies (Crue) : terminez chacune"
            " avec automaton campaign stop (le démon doit tourner), puis recommencez.",
        ),
    ],
)
def test_a_campaign_in_the_way_is_told_before_anything_is_asked(
    commune: Node, line: tuple[str, ...], language: str, told: str
) -> None:
    drafted(commune)
    before = commune.json("collectivity", "show")
    ended = commune("--lang", language, "collectivity", *line)
    assert (ended.code, ended.out, ended.err) == (2, "", f"automaton: {told}\n")
    assert commune.json("collectivity", "show") == before


def test_numbers_that_were_read_hold_the_region(commune: Node) -> None:
    line = ("collectivity", "correct", "--region", "RE")
    assert "read as those of FR already" in commune(*line).err
    told = commune("--lang", "fr", *line).err
    assert "lus comme ceux de FR" in told
    assert "ou donnez --region FR, ou ajoutez" in told


def test_contacts_are_told_before_anything_is_asked(commune: Node) -> None:
    ended = commune("collectivity", "remove", "Royan")
    assert (ended.code, ended.out) == (2, "")
    assert "Royan has contacts (2): erase each with automaton" in ended.err
    ended = commune("--lang", "fr", "collectivity", "remove", "Royan")
    assert "Royan a des contacts (2) : effacez chacun avec" in ended.err


def test_it_is_removed_only_when_that_is_confirmed(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.done("collectivity", "add", "Royna", "--insee", "17306")
    node.done("duty", "add", "Astreinte", "01 99 00 00 01")
    node.done("user", "add", "ines", "--name", "Inès Exemple")
    line = ("collectivity", "remove", "Royna")
    declined = node(*line)
    assert declined.code == 2
    assert "registers (1), accounts (1), numbers on duty (1), est" in declined.err
    assert len(node.json("collectivity", "list")) == 1
    monkeypatch.setattr(sys, "stdin", io.StringIO("oui\n"))
    told = node.done("--lang", "fr", *line)
    assert "ses numéros d’astreinte (1), ses établissements (0)," in told.err
    assert "ses responsables (0) et ses scénarios (0). Continuer" in told.err
    assert told.out.startswith("Royna a été retirée, avec ce qui suit :\n")
    for what in ("17306", "alerte", "Inès Exemple", "+33199000001"):
        assert what in told.out
    assert node.json("collectivity", "list") == []
    node.done("collectivity", "add", "Royna")
    removed = node.json(*line, "--yes")
    assert [one["name"] for one in removed["registers"]] == ["alerte"]


def test_settings_that_still_say_the_old_name_are_told(node: Node) -> None:
    file = node.folder / "automaton.toml"
    node.done("collectivity", "add", "Royna")
    known = node.json("collectivity", "list")[0]["id"]
    given = f'"+33199000002" = "royna", "+33199000003" = "{known}"'
    lines = f"lines = 20\ndids = {{ {given} }}\n"
    file.write_text(file.read_text("utf-8").replace("lines = 20\n", lines), "utf-8")
    assert node.done("collectivity", "rename", "Royna", "ROYNA").err == ""
    ended = node.done("collectivity", "rename", "Royna", "Royan")
    told = "(dids of town) still give +33199000002 to ROYNA: write its name in dids."
    assert told in ended.err
    assert "+33199000003" not in ended.err
    assert node.done("collectivity", "rename", "Royan", "Vaux").err == ""
    ended = node.done("--lang", "fr", "collectivity", "remove", "Vaux", "--yes")
    told = "donnent encore +33199000003 à Vaux : retirez-le de dids."
    assert told in ended.err
    assert "+33199000002" not in ended.err


def test_a_register_is_renamed_and_removed(commune: Node) -> None:
    ended = commune("--lang", "fr", "register", "remove", "alerte", "--yes")
    assert ended.code == 2
    assert "Le registre alerte a des contacts : effacez chacun" in ended.err
    commune.done("register", "add", "canicle", "--kind", "canicule")
    told = commune.done("register", "rename", "canicle", "canicule").out
    assert told == "canicle is now called canicule.\n"
    declined = commune("register", "remove", "canicule")
    assert declined.code == 2
    assert "The register canicule will be removed. Go on?" in declined.err
    gone = commune.json("register", "remove", "canicule", "--yes")
    assert (gone["name"], gone["establishments"]) == ("canicule", [])
    assert [one["name"] for one in commune.json("register", "list")] == ["alerte"]
    drafted(commune)
    ended = commune("--lang", "fr", "register", "remove", "alerte", "--yes")
    assert "Le registre alerte reste : les rapports" in ended.err


SCHOOL = ("École des Dunes", "Mme Roc", "+33199000005")


def with_a_school(node: Node) -> None:
    """Put a school with a number on the only register; nobody is in it any more."""
    book = SqlBook(open_database(f"sqlite:///{node.folder}/data/automaton.db"))
    owner = find_collectivity(book)
    (register,) = book.registers(owner.id)
    school = {"id": "s1", "register_id": register.id, "name": SCHOOL[0]}
    point = {"id": "p1", "establishment_id": "s1", "kind": "landline", "rank": 0}
    its = {"register_id": register.id}
    whole_pages = [
        its | {"id": f"g{i}", "name": f"{SCHOOL[0]}, {i} {'-' * 70}"}
        for i in range(200)
    ]
    with writing(book.engine) as connection:
        connection.execute(insert(groups), whole_pages)
        row = school | {"contact_name": "Mme Roc", "created_at": NOW}
        connection.execute(insert(establishments), row)
        connection.execute(insert(contact_points), point | {"value": "+33199000005"})
    book.engine.dispose()


def left_in_files(node: Node) -> list[str]:
    """Return what of the school is still in a byte of the database."""
    files = [one.read_bytes() for one in (node.folder / "data").glob("automaton.db*")]
    return [what for what in SCHOOL for one in files if what.encode() in one]


def test_a_school_that_goes_too_is_counted_and_shown(node: Node) -> None:
    node.done("collectivity", "add", "Royna")
    with_a_school(node)
    shown = node.done("--lang", "fr", "collectivity", "show")
    assert all(what in shown.out for what in ("Établissement", *SCHOOL))
    assert "establishments (1)" in node("collectivity", "remove", "Royna").err
    told = node.done("collectivity", "remove", "Royna", "--yes")
    assert all(what in told.out for what in SCHOOL)
    assert left_in_files(node) == []


def test_a_school_that_goes_with_its_register_is_shown_too(node: Node) -> None:
    node.done("collectivity", "add", "Royna")
    with_a_school(node)
    declined = node("--lang", "fr", "register", "remove", "alerte")
    assert "avec ses établissements (1)" in declined.err
    told = node.done("register", "remove", "alerte", "--yes")
    assert all(what in told.out for what in SCHOOL)
    assert left_in_files(node) == []
