"""Whatever a file holds: rows that can be used, or a refusal in words."""

from __future__ import annotations

import csv
import io
import re

from hypothesis import example, given
from hypothesis import strategies as st

from automaton.domain.contact import VOICE_KINDS
from automaton.domain.dialling import is_emergency
from automaton.domain.intake import Home
from automaton.errors import RequestError
from automaton.importers.csv import read
from automaton.importers.headings import MEANING
from automaton.importers.words import LANGUAGES, ORIGINS
from tests.depth import examples

HOMES = st.sampled_from([Home("FR"), Home("RE"), Home("GP")])
HEADINGS = st.one_of(
    st.sampled_from(sorted(MEANING)), st.just("tel 2"), st.text(max_size=6)
)
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*ORIGINS, *LANGUAGES]),
    st.from_regex(r"\+?[0-9 .-]{0,20}", fullmatch=True),
    st.sampled_from(
        [
            "0199000001",
            "+33 6 39 98 00 01",
            "0262910001 / 0199000002",
            "112",
            "a@b.example",
            "@",
            "31/12/1931",
            "31/02/2026",
            "9999999999",
            "nan",
            "-inf",
            "1e400",
            "²",
            "٠١٢",
            "=cmd|' /C calc'!A0",
            "\ufeff",
            "\x00",
            "\u2028",
            '"',
            '""',
            "\r",
            "a;b,c\td",
        ]
    ),
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac-roman"])


REFUSALS = {"no_headings", "not_text", "file_too_large", "file_empty"}


NUMBER = re.compile(r"\+[0-9]{4,15}")


def reads_or_refuses(content: bytes, home: Home) -> None:
    """Every line is a row or a problem, and a row can be called or written to.

    No number is understood that nobody wrote, and none is an emergency number.
    """
    refused_as, reading = "", None
    try:
        reading = read(content, home)
    except RequestError as refusal:
        refused_as = refusal.error_id
    if reading is None:
        assert refused_as in REFUSALS
        return
    assert read(content, home) == reading
    for row in reading.rows:
        for point in row.card.points:
            if point.kind in VOICE_KINDS:
                assert NUMBER.fullmatch(point.value)
                assert not is_emergency(point.value)
    refused = {problem.line for problem in reading.problems if problem.refused}
    lines = [row.line for row in reading.rows]
    assert len(lines) == len(set(lines))
    assert not refused & set(lines)
    assert all(row.card.last_name and row.card.points for row in reading.rows)


@examples(200)
@given(
    headings=st.lists(HEADINGS, min_size=1, max_size=6),
    rows=st.lists(st.lists(CELLS, max_size=7), max_size=5),
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=ENCODINGS,
    home=HOMES,
)
def test_any_table_is_rows_or_a_refusal(
    headings: list[str],
    rows: list[list[str]],
    delimiter: str,
    line_end: str,
    encoding: str,
    home: Home,
) -> None:
    table = [["nom", "téléphone", *headings], *rows]
    text = line_end.join(delimiter.join(cells) for cells in table)
    reads_or_refuses(text.encode(encoding, "replace"), home)


@examples(150)
@given(content=st.binary(max_size=400), home=HOMES)
@example(content=b"", home=Home("FR"))
@example(content=b"\xff\xfe", home=Home("FR"))
@example(content=b"sep=;", home=Home("FR"))
@example(content=b"nom;tel\n" + b'"' * 200_000, home=Home("FR"))
@example(content=b"nom;tel\n" + b"x" * 200_000 + b";0199000001", home=Home("FR"))
def test_any_bytes_are_rows_or_a_refusal(content: bytes, home: Home) -> None:
    reads_or_refuses(content, home)
    reads_or_refuses(b"nom;tel\n" + content, home)


WORD = st.text(
    st.characters(codec="latin-1", categories=["Lu", "Ll"]), min_size=1, max_size=10
)
PEOPLE = st.lists(st.tuples(WORD, WORD, st.integers(0, 9999)), min_size=1, max_size=6)


def table(
    people: list[tuple[str, str, int]], delimiter: str, extra: tuple[str, ...] = ()
) -> str:
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=delimiter)
    sheet.writerow(["nom", "prénom", "adresse", "téléphone"])
    for last, first, serial in people:
        street = f'{serial}, rue "Basse"{delimiter}'
        sheet.writerow([last, first, street, f"01 99 00 {serial:04d}"])
    return out.getvalue() + "".join(extra)


@examples(100)
@given(
    people=PEOPLE,
    delimiter=st.sampled_from([";", ",", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_what_is_written_is_read(
    people: list[tuple[str, str, int]], delimiter: str, encoding: str
) -> None:
    reading = read(table(people, delimiter).encode(encoding), Home("FR"))
    found = [
        (row.card.last_name, row.card.first_name, row.card.points[0].value)
        for row in reading.rows
    ]
    assert found == [(last, first, f"+3319900{n:04d}") for last, first, n in people]
    assert reading.problems == ()


@examples(100)
@given(
    people=PEOPLE,
    cells=st.lists(CELLS.filter(lambda cell: not {'"', "\x00"} & {*cell}), max_size=6),
)
def test_a_bad_line_changes_nothing_in_the_good_ones(
    people: list[tuple[str, str, int]], cells: list[str]
) -> None:
    good = read(table(people, ";").encode(), Home("FR"))
    bad = (" ".join(";".join(cells).splitlines()) + "\n",)
    beside = read(table(people, ";", bad).encode(), Home("FR"))
    assert beside.rows[: len(good.rows)] == good.rows
    assert len(beside.rows) <= len(good.rows) + 1
