"""What a CSV file says, however it was written."""

from __future__ import annotations

import pytest

from automaton.domain.contact import Origin, PointKind, Reach
from automaton.domain.intake import Home
from automaton.importers.csv import read
from automaton.importers.headings import MEANING, SYNONYMS, Column, columns_of, meaning
from tests.importers.reading import FRANCE, rows

ROWS = [
    ["Nom", "Prénom", "Adresse", "Code postal", "Commune", "Téléphone", "Notes"],
    [
        "Lefèvre",
        "Éloïse",
        "3, rue du Cœur",
        "17200",
        "Royan",
        "02 61 91 00 01",
        "à l’étage",
    ],
    ["Noël", "Anaïs", "5, quai de l'Île", "17200", "Royan", "06.39.98.00.02", ""],
]


def table(delimiter: str) -> str:
    lines = []
    for row in ROWS:
        cells = [f'"{cell}"' if delimiter in cell else cell for cell in row]
        lines.append(delimiter.join(cells))
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("encoding", "seen_as"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
    ],
)
def test_each_encoding_with_each_delimiter_is_read(
    encoding: str, seen_as: str, delimiter: str
) -> None:
    reading = read(table(delimiter).encode(encoding), FRANCE)

    assert (reading.encoding, reading.delimiter) == (seen_as, delimiter)
    cards = [row.card for row in reading.rows]
    assert [card.name for card in cards] == ["Éloïse Lefèvre", "Anaïs Noël"]
    assert cards[0].address.street == "3, rue du Cœur"
    assert cards[0].notes == "à l’étage"
    assert cards[0].points == (Reach(PointKind.LANDLINE, "+33261910001"),)
    assert cards[1].points == (Reach(PointKind.MOBILE, "+33639980002"),)
    assert [row.line for row in reading.rows] == [2, 3]


def test_latin_1_is_read_where_windows_has_no_such_character() -> None:
    content = "nom;tél;notes\nDué;0261910001;\x81\n".encode("latin-1")

    reading = read(content, FRANCE)

    assert reading.encoding == "latin-1"
    assert reading.rows[0].card.last_name == "Dué"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_an_end_of_line(end: str) -> None:
    reading = rows(end.join(["nom;tel", "A;0261910001", "B;0261910002"]))

    assert [row.card.name for row in reading.rows] == ["A", "B"]


def test_excels_own_first_line_names_the_delimiter() -> None:
    reading = rows("sep=,\r\nnom,tel\r\nA,0261910001\r\n")

    assert reading.delimiter == ","
    assert reading.rows[0].line == 3


def test_titles_above_the_headings_are_passed_over() -> None:
    reading = rows("Registre communal;;\n;;\nNom;Téléphone;\nA;0261910001;\n")

    assert [row.line for row in reading.rows] == [4]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Nom", Column.NAME),
        ("NOM DE FAMILLE", Column.NAME),
        ("Last name", Column.NAME),
        ("prénom", Column.FIRST_NAME),
        ("N° de voie", Column.STREET_NUMBER),
        ("Adresse", Column.STREET),
        ("Adresse 2", Column.STREET_MORE),
        ("code_postal", Column.POSTCODE),
        ("Ville", Column.COMMUNE),
        ("Code INSEE", Column.INSEE),
        ("Téléphone", Column.PHONE),
        ("Téléphone 2", Column.PHONE),
        ("TEL3", Column.PHONE),
        ("N° de téléphone", Column.PHONE),
        ("Tél. fixe", Column.LANDLINE),
        ("Portable", Column.MOBILE),
        ("Mobile phone", Column.MOBILE),
        ("SMS", Column.SMS),
        ("E-mail", Column.EMAIL),
        ("Télécopie", Column.FAX),
        ("Langue", Column.LANGUAGE),
        ("Année de naissance", Column.BIRTH_YEAR),
        ("Date de naissance", Column.BIRTH_YEAR),
        ("Mot de code", Column.CODE_WORD),
        ("Remarques", Column.NOTES),
        ("Latitude", Column.LATITUDE),
        ("Longitude", Column.LONGITUDE),
        ("Origine", Column.ORIGIN),
        ("Consentement", Column.CONSENT_BY),
        ("Date de consentement", Column.CONSENT_AT),
        ("Mode de consentement", Column.CONSENT_HOW),
        ("Texte du consentement", Column.CONSENT_TEXT),
        ("Groupe", Column.GROUP),
        ("Quartier", Column.GROUP),
        ("Civilité", None),
        ("", None),
    ],
)
def test_headings_are_understood_in_french_and_english(
    heading: str, column: Column | None
) -> None:
    assert meaning(heading) is column


def test_no_synonym_stands_for_two_columns() -> None:
    parts = [part for text in SYNONYMS.values() for part in text.split(",")]

    assert len(parts) == len(MEANING)
    assert set(SYNONYMS) == set(Column)


def test_a_second_name_column_is_not_understood() -> None:
    assert columns_of(["nom", "nom", "tel", "tel"]) == (
        Column.NAME,
        None,
        Column.PHONE,
        Column.PHONE,
    )


def test_unknown_headings_are_told() -> None:
    reading = rows("nom;tel;Pointure;;couleur\nA;0261910001;42;;bleu\n")

    assert reading.unknown_headings == ("Pointure", "couleur")
    assert reading.headings == (("nom", "name"), ("tel", "phone"))


def test_every_column_of_a_contact_is_read() -> None:
    heads = (
        "Nom;Prénom;N° voie;Rue;Complément;CP;Ville;Code INSEE;Latitude;Longitude;"
        "Tél 1;Tél 2;Portable;SMS;Mail;Fax;Langue;Naissance;Mot de code;Notes;Origine;"
        "Consentement par;Consentement le;Mode de consentement;Texte du consentement;"
        "Groupe;Quartier"
    )
    line = (
        "Martin;Zoé;12;rue des Mouettes;Bât. B;1000;Bourg;1053;46,2;5.22;"
        "0199000001;+33 2 61 91 00 02;06 39 98 00 03;0639980004;Zoe@Exemple.FR;"
        "03 53 01 00 05;Anglais;03/04/1938;tulipe;a | b;tiers;"
        "sa fille;02/01/2026;courrier;J'accepte;bas| rive;Port"
    )

    (row,) = rows(f"{heads}\n{line}\n").rows
    card = row.card

    assert (card.first_name, card.last_name) == ("Zoé", "Martin")
    address = card.address
    assert address.street == "12 rue des Mouettes, Bât. B"
    assert (address.postal_code, address.city, address.insee) == (
        "01000",
        "Bourg",
        "01053",
    )
    assert (address.latitude, address.longitude) == (46.2, 5.22)
    assert [(p.kind.value, p.value) for p in card.points] == [
        ("landline", "+33199000001"),
        ("landline", "+33261910002"),
        ("mobile", "+33639980003"),
        ("sms", "+33639980004"),
        ("email", "Zoe@exemple.fr"),
        ("fax", "+33353010005"),
    ]
    assert (card.language, card.birth_year, card.codeword) == ("en", 1938, "tulipe")
    assert card.notes == "a | b"
    assert card.origin is Origin.THIRD_PARTY
    assert card.consent is not None
    assert card.consent.by == "sa fille"
    assert card.consent.at is not None
    assert card.consent.at.isoformat() == "2026-01-02T00:00:00+00:00"
    assert (card.consent.how, card.consent.text) == ("courrier", "J'accepte")
    assert card.groups == ("bas", "rive", "Port")


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("02 61 91 00 01", ["+33261910001"]),
        ("02.61.91.00.01", ["+33261910001"]),
        ("02/61/91/00/01", ["+33261910001"]),
        ("02-61-91-00-01", ["+33261910001"]),
        ("02\u00a061\u00a091\u00a000\u00a001", ["+33261910001"]),
        ("+33 (0)2 61 91 00 01", ["+33261910001"]),
        ("0033261910001", ["+33261910001"]),
        ("261910001", ["+33261910001"]),
        ("02 61 91 00 01 / 06 39 98 00 02", ["+33261910001", "+33639980002"]),
        ("0261910001, 0639980002", ["+33261910001", "+33639980002"]),
        ("0261910001 ou 0639980002", ["+33261910001", "+33639980002"]),
        ("0261910001\n0639980002", ["+33261910001", "+33639980002"]),
        ("02 61 91 00 01 0261910001", []),
        ("2,6191E+08", []),
        ("3615 ULLA", []),
        ("112", []),
        ("#REF!", []),
    ],
)
def test_numbers_are_read_as_people_write_them(cell: str, numbers: list[str]) -> None:
    reading = rows(f'nom;tel\nA;"{cell}"\n')

    found = [p.value for row in reading.rows for p in row.card.points]
    assert found == numbers


@pytest.mark.parametrize(
    ("home", "place", "written", "number", "kind"),
    [
        ("FR", "97400", "0262 12 34 56", "+262262123456", "landline"),
        ("FR", "97200", "0596 12 34 56", "+596596123456", "landline"),
        ("FR", "97300", "0694 12 34 56", "+594694123456", "mobile"),
        ("FR", "97110", "0690 12 34 56", "+590690123456", "mobile"),
        ("FR", "97600", "0639 12 34 56", "+262639123456", "mobile"),
        ("FR", "98800", "87 12 34", "+687871234", "mobile"),
        ("RE", "", "0692 12 34 56", "+262692123456", "mobile"),
        ("RE", "17200", "02 61 91 00 01", "+33261910001", "landline"),
        ("BE", "", "02 555 12 34", "+3225551234", "landline"),
        ("FR", "17200", "0262 12 34 56", "+262262123456", "landline"),
        ("FR", "", "0263 12 34 56", "+262263123456", "landline"),
        ("FR", "", "0269 12 34 56", "+262269123456", "landline"),
        ("FR", "", "0639 12 34 56", "+262639123456", "mobile"),
        ("FR", "", "0692000001", "+262692000001", "mobile"),
        ("FR", "", "0693 12 34 56", "+262693123456", "mobile"),
        ("FR", "", "0590 12 34 56", "+590590123456", "landline"),
        ("FR", "", "0690 12 34 56", "+590690123456", "mobile"),
        ("FR", "", "0691 12 34 56", "+590691123456", "mobile"),
        ("FR", "", "0594 12 34 56", "+594594123456", "landline"),
        ("FR", "", "0694 12 34 56", "+594694123456", "mobile"),
        ("FR", "", "0596000001", "+596596000001", "landline"),
        ("FR", "", "0696000001", "+596696000001", "mobile"),
        ("FR", "", "0697 12 34 56", "+596697123456", "mobile"),
        ("FR", "", "06 39 98 00 02", "+33639980002", "mobile"),
        ("FR", "", "06 95 12 34 56", "+33695123456", "mobile"),
    ],
)
def test_numbers_have_the_region_of_their_commune(
    home: str, place: str, written: str, number: str, kind: str
) -> None:
    reading = rows(f"nom;code postal;tel\nA;{place};{written}\n", Home(home))

    (point,) = reading.rows[0].card.points
    assert (point.value, point.kind.value) == (number, kind)


def test_the_insee_code_decides_where_it_is_known() -> None:
    reading = rows("nom;cp;insee;tel\nA;;97411;0262123456\n")

    assert reading.rows[0].card.points[0].value == "+262262123456"


def test_outside_france_the_heading_tells_a_mobile() -> None:
    reading = rows("nom;mobile;fixe\nA;+32 470 12 34 56;+32 2 555 12 34\n")

    kinds = [point.kind.value for point in reading.rows[0].card.points]
    assert kinds == ["mobile", "landline"]
