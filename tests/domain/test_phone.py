"""Numbers as people write them, as we keep them, and as a trunk wants them.

Overseas there is no range kept for fiction: those numbers are of a made-up row of
digits.
"""

from __future__ import annotations

import pytest

from automaton.domain.phone import (
    exchange_of,
    masked,
    region_of,
    to_e164,
    without_numbers,
    written_for,
)
from automaton.errors import RequestError


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("17200", "FR"),
        ("2A004", "FR"),
        ("97110", "GP"),
        ("97200", "MQ"),
        ("97300", "GF"),
        ("97411", "RE"),
        ("97500", "PM"),
        ("97600", "YT"),
        ("97701", "BL"),
        ("97801", "MF"),
        ("98600", "WF"),
        ("98714", "PF"),
        ("98800", "NC"),
        (" 97411 ", "RE"),
        ("", "FR"),
        (None, "FR"),
    ],
)
def test_a_postal_or_insee_code_tells_the_numbering_region(code, region):
    assert region_of(code) == region


def test_a_code_that_tells_nothing_leaves_the_region_of_the_collectivity():
    assert region_of(None, "RE") == "RE"


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("01 99 00 00 01", "FR", "+33199000001"),
        ("02.61.91.00.01", "FR", "+33261910001"),
        ("03-53-01-00-01", "FR", "+33353010001"),
        ("0465710001", "FR", "+33465710001"),
        ("+33 (0)5 36 49 00 01", "FR", "+33536490001"),
        ("0033 6 39 98 00 01", "FR", "+33639980001"),
        ("+33 1 99 00 00 01", "RE", "+33199000001"),
        ("0262 12 34 56", "RE", "+262262123456"),
        ("0692 12 34 56", "RE", "+262692123456"),
        ("0639 12 34 56", "YT", "+262639123456"),
        ("0590 27 12 34", "GP", "+590590271234"),
        ("0690 12 34 56", "BL", "+590690123456"),
        ("0694 12 34 56", "GF", "+594694123456"),
        ("0596 12 34 56", "MQ", "+596596123456"),
        ("0709 01 23 45", "GP", "+590709012345"),
        ("0709 01 23 45", "FR", "+590709012345"),
        ("0709 11 23 45", "GP", "+596709112345"),
        ("0709 21 23 45", "FR", "+262709212345"),
        ("0709 31 23 45", "RE", "+594709312345"),
        ("0709 35 23 45", "FR", "+262709352345"),
        ("41 42 43", "PM", "+508414243"),
        ("40 12 34 56", "PF", "+68940123456"),
    ],
)
def test_a_number_as_people_write_it_is_kept_in_one_form(written, region, number):
    assert to_e164(written, region) == number


# France and its five departments overseas share one plan of 0 and nine digits: the son
# in Paris stands in his mother's register in Saint-Denis without any +33.
@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("01 99 00 00 01", "RE", "+33199000001"),
        ("03 53 01 00 01", "MQ", "+33353010001"),
        ("02 61 91 00 01", "GP", "+33261910001"),
        ("0692 12 34 56", "MQ", "+262692123456"),
        ("0596 12 34 56", "GF", "+596596123456"),
        ("0690 12 34 56", "RE", "+590690123456"),
        ("06 39 98 00 01", "RE", "+33639980001"),
        ("06 39 98 00 01", "FR", "+33639980001"),
        ("692 12 34 56", "FR", "+262692123456"),
        ("0695 12 34 56", "FR", "+33695123456"),
        ("0699 12 34 56", "FR", "+33699123456"),
        ("0033 6 92 12 34 56", "FR", "+33692123456"),
        *(
            (f"0{start} 12 34 56", home, f"+{code}{start}123456")
            for code, starts in (
                (262, ("262", "263", "269", "639", "692", "693")),
                (590, ("590", "690", "691")),
                (594, ("594", "694")),
                (596, ("596", "696", "697")),
            )
            for start in starts
            for home in ("FR", "RE", "YT", "GP", "GF", "MQ")
        ),
    ],
)
def test_a_number_of_another_part_of_france_keeps_its_own_country_code(
    written, region, number
):
    assert to_e164(written, region) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "abc",
        "3117",
        "118 712",
        "01 99 00 00",
        "019900000012",
        "+99912",
    ],
)
def test_what_cannot_be_called_is_refused_in_words(written):
    with pytest.raises(RequestError, match="not a telephone number") as refusal:
        to_e164(written, "FR")
    assert refusal.value.error_id == "bad_number"


@pytest.mark.parametrize(
    ("form", "written"),
    [("e164", "+33199000001"), ("00", "0033199000001"), ("national", "0199000001")],
)
def test_a_trunk_gets_a_number_in_its_own_form(form, written):
    assert written_for("+33199000001", form) == written
    assert written_for("3117", form) == "3117"


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("+262692123456", "0692123456"),
        ("+590690123456", "0690123456"),
        ("+594694123456", "0694123456"),
        ("+596596123456", "0596123456"),
    ],
)
def test_the_departments_overseas_are_dialled_as_at_home(number, dialled):
    assert written_for(number, "national") == dialled


# Without its country code a Belgian number was once dialled as one of Brittany.
@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("+3225551234", "003225551234"),
        ("+12025550123", "0012025550123"),
        ("+68940123456", "0068940123456"),
        ("+508414243", "00508414243"),
    ],
)
def test_a_number_outside_the_national_plan_is_dialled_with_its_country(
    number, dialled
):
    assert written_for(number, "national") == dialled


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+33199000023", "+33 1 •• •• •• 23"),
        ("+33639980001", "+33 6 •• •• •• 01"),
        ("+508414243", "+50 8 •• •• •• 43"),
        ("+3319900", "••"),
        ("118712", "••"),
        ("15", "••"),
        ("", "••"),
    ],
)
def test_a_masked_number_hides_at_least_four_digits_or_all(number, shown):
    assert masked(number) == shown


@pytest.mark.parametrize(
    ("said", "fit"),
    [
        ("order to +33199000023 failed", "order to +33 1 •• •• •• 23 failed"),
        ("PJSIP/0033199000023@town", "PJSIP/003 3 •• •• •• 23@town"),
        ("DutyCall(e164='0199000023')", "DutyCall(e164='019 9 •• •• •• 23')"),
        (
            "019a0000-0000-7000-8000-019900002300",
            "019a0000-0000-7000-8000-019900002300",
        ),
        ("1163 ms at 2026-11-22", "1163 ms at 2026-11-22"),
    ],
)
def test_a_text_for_logs_has_its_numbers_masked(said, fit):
    assert without_numbers(said) == fit


def test_an_exchange_of_french_numbers_is_no_number_to_mask():
    assert without_numbers(exchange_of("+33199001234")) == "+3319900"
    longer = exchange_of("+33199001234" + "00")
    assert "••" in without_numbers(longer)
