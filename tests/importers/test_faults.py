"""What a file gets wrong: told by line, never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automaton.domain.contact import Consent
from automaton.domain.intake import Fault, Problem
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.importers.csv import read
from automaton.importers.points import number_in
from tests.importers.reading import FRANCE, rows


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
        ("consentement", "en attente", Fault.BAD_CONSENT),
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
        ("Jean Roux", Consent(text="Jean Roux", agreed=None)),
    ],
)
def test_consent_is_a_yes_a_no_or_neither(said: str, consent: Consent | None) -> None:
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


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.from_regex(r"0[1-9]([ .-]?[0-9]{2}){4}", fullmatch=True),
        st.from_regex(r"0(26|59|63|69)[0-9]{7}", fullmatch=True),
    )
)
def test_the_short_cut_for_french_numbers_says_what_the_long_way_says(
    written: str,
) -> None:
    assert number_in(written, "FR") == to_e164(written, "FR")
