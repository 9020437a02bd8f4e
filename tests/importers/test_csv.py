"""What a CSV file says, however it was written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automaton.domain.contact import Consent, Origin, PointKind, Reach
from automaton.domain.intake import Fault, Home, Problem, Reading
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.importers.csv import read
from automaton.importers.headings import MEANING, SYNONYMS, Column, columns_of, meaning
from automaton.importers.points import number_in

FRANCE = Home("FR")
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


def rows(text: str, home: Home = FRANCE) -> Reading:
    return read(text.encode(), home)


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


@pytest.mark.parametrize(
    ("line", "fault", "value"),
    [
        (";0261910001;;", Fault.NO_NAME, ""),
        ("A;;;", Fault.NO_POINT, ""),
        ("A;0261910001;;;02", Fault.TOO_MANY_CELLS, ""),
        (f"{'A' * 101};0261910001;;", Fault.TOO_LONG, "A" * 30),
        (f"A;0261910001;{'r' * 201};", Fault.TOO_LONG, "r" * 30),
        ('"A"b;0261910001;;', Fault.BROKEN_QUOTES, ""),
        ('"A;0261910001;;', Fault.BROKEN_QUOTES, ""),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_why(
    line: str, fault: Fault, value: str
) -> None:
    reading = rows(f"nom;tel;rue;notes\nB;0261910002;;\n{line}\nC;0261910003;;\n")

    assert [row.card.name for row in reading.rows] == ["B", "C"]
    assert reading.problems == (Problem(3, fault, value, refused=True),)


@pytest.mark.parametrize(
    ("heading", "cell", "fault"),
    [
        ("tel 2", "12", Fault.BAD_NUMBER),
        ("mail", "nobody", Fault.BAD_EMAIL),
        ("cp", "!", Fault.BAD_POSTCODE),
        ("insee", "Royan", Fault.BAD_INSEE),
        ("latitude", "45.6", Fault.BAD_COORDINATES),
        ("langue", "klingon", Fault.BAD_LANGUAGE),
        ("naissance", "hier", Fault.BAD_YEAR),
        ("origine", "lune", Fault.BAD_ORIGIN),
        ("date de consentement", "32/01/2026", Fault.BAD_DATE),
    ],
)
def test_a_bad_cell_is_left_out_and_told(heading: str, cell: str, fault: Fault) -> None:
    reading = rows(f"nom;tel;{heading}\nA;0261910001;{cell}\n")

    assert len(reading.rows) == 1
    assert [(p.line, p.fault, p.refused) for p in reading.problems] == [
        (2, fault, False)
    ]
    assert reading.problems[0].value.strip() == cell


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("91", "0"), ("0", "181"), ("nan", "0"), ("x", "1")]
)
def test_coordinates_that_are_nowhere_are_told(latitude: str, longitude: str) -> None:
    reading = rows(f"nom;tel;lat;lon\nA;0261910001;{latitude};{longitude}\n")

    assert reading.problems[0].fault is Fault.BAD_COORDINATES


def test_a_quote_never_closed_costs_one_row_and_not_those_after_it() -> None:
    many = "".join(f"B{i};0261910{i:03};x\n" for i in range(40))

    reading = rows(f'nom;tel;notes\nA;0261910999;"oh\n{many}Z;0261911000;"y"\n')

    assert len(reading.rows) == 41
    assert reading.problems == (Problem(2, Fault.BROKEN_QUOTES, refused=True),)


def test_a_cell_may_hold_line_breaks_and_lines_are_counted_as_in_the_file() -> None:
    reading = rows('nom;tel;notes\nA;0261910001;"one\ntwo"\nB;0261910002;\n')

    assert reading.rows[0].card.notes == "one\ntwo"
    assert [row.line for row in reading.rows] == [2, 4]


def test_empty_lines_are_no_rows() -> None:
    reading = rows("nom;tel\n\n;\n  ; \nA;0261910001\n")

    assert (len(reading.rows), reading.problems) == (1, ())


@pytest.mark.parametrize(
    ("said", "consent"),
    [
        ("oui", Consent()),
        ("X", Consent()),
        ("non", Consent(agreed=False)),
        ("", None),
        ("Jean Roux", Consent(by="Jean Roux")),
    ],
)
def test_consent_is_a_name_a_yes_or_a_no(said: str, consent: Consent | None) -> None:
    reading = rows(f"nom;tel;consentement\nA;0261910001;{said}\n")

    assert reading.rows[0].card.consent == consent


@pytest.mark.parametrize(
    ("content", "error_id"),
    [
        (b"", "file_empty"),
        (b" \n\n", "file_empty"),
        (b"\xef\xbb\xbf", "no_headings"),
        (b"PK\x03\x04\x14\x00", "not_text"),
        (b"nom;tel\n\x00\x01", "not_text"),
        (b"a;b\nc;d\n", "no_headings"),
        (b"nom;prenom\nA;B\n", "no_headings"),
        (b'"nom;tel\nA;02', "no_headings"),
        (b"\xff\xfea", "no_headings"),
    ],
)
def test_what_is_no_file_of_contacts_is_refused(content: bytes, error_id: str) -> None:
    with pytest.raises(RequestError) as refusal:
        read(content, FRANCE)

    assert refusal.value.error_id == error_id


def test_a_file_too_large_is_refused() -> None:
    with pytest.raises(RequestError, match="50 MB"):
        read(b"a" * 50_000_001, FRANCE)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda text: f"nom;tel;cp;lat;lon\n{text}".encode()),
        st.text(alphabet='"\n\r;,\tA0+"', max_size=100).map(
            lambda text: f"nom,tel\n{text}".encode()
        ),
        st.binary(max_size=200).map(lambda tail: b"nom;mail;tel\n" + tail),
    )
)
def test_no_bytes_break_the_reader(content: bytes) -> None:
    try:
        reading = read(content, FRANCE)
    except RequestError:
        return
    for row in reading.rows:
        assert row.card.last_name
        assert row.card.points


@given(st.from_regex(r"0[1-9]([ .-]?[0-9]{2}){4}", fullmatch=True))
def test_the_short_cut_for_french_numbers_says_what_the_long_way_says(
    written: str,
) -> None:
    assert number_in(written, "FR") == to_e164(written, "FR")
