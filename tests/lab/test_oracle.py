"""The oracle folds what the telephones do into what must be on record."""

from __future__ import annotations

import pytest

from automaton.lab import plan_from_script
from automaton.lab.oracle import oracle


def expected(attempts, second=None):
    extra = (
        f'second = {{ number = "+33639980001", attempts = {second} }}' if second else ""
    )
    plan = plan_from_script(
        f'[[home]]\nnumber = "+33199000001"\nattempts = {attempts}\n{extra}'
    )
    return oracle(plan)[0]


@pytest.mark.parametrize(
    ("attempts", "state", "outcomes"),
    [
        (["press_1"], "acknowledged", ["acknowledged"]),
        (["listens_twice"], "acknowledged", ["acknowledged"]),
        (["wrong_key_first"], "acknowledged", ["acknowledged"]),
        (["third_time"], "acknowledged", ["acknowledged"]),
        (["no_key"], "reached_unconfirmed", ["answered_no_key"] * 2),
        (["hangs_up"], "exhausted", ["answered_no_key"] * 3),
        (["machine"], "exhausted", ["machine"] * 3),
        (["long_machine"], "exhausted", ["machine"] * 3),
        (["screener"], "exhausted", ["screened"] * 2),
        (["rings_out"], "exhausted", ["no_answer"] * 3),
        (["busy"], "exhausted", ["busy"] * 3),
        (["rejects"], "refused", ["rejected"] * 2),
        (["unallocated"], "bad_data", ["unallocated"] * 2),
        (["announcement"], "exhausted", ["announcement"] * 3),
        (["congested"], "not_served", ["congestion"] * 20),
        (["congested", "press_1"], "acknowledged", ["congestion", "acknowledged"]),
        (["busy", "press_1"], "acknowledged", ["busy", "acknowledged"]),
        (["no_key", "busy"], "reached_unconfirmed", ["answered_no_key", "busy"]),
        (
            ["congested", "busy"],
            "exhausted",
            ["congestion", "busy", "busy", "busy"],
        ),
        (["unallocated", "press_1"], "acknowledged", ["unallocated", "acknowledged"]),
    ],
)
def test_what_the_telephone_does_decides_what_must_be_on_record(
    attempts, state, outcomes
):
    home = expected(attempts)
    assert home.state == state
    assert home.outcomes == {"+33199000001": tuple(outcomes)}


def test_the_second_number_saves_a_home_whose_first_rings_in_vain():
    home = expected(["rings_out"], ["press_1"])
    assert home.state == "acknowledged"
    assert home.numbers == ("+33199000001", "+33639980001")


def test_a_home_is_bad_data_only_if_all_its_numbers_are():
    assert expected(["unallocated"], ["unallocated"]).state == "bad_data"
    assert expected(["unallocated"], ["busy"]).state == "exhausted"
