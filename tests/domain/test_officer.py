"""Codes that nobody may choose, and the locks and waits of the officers' door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from automaton.domain.officer import (
    ANONYMOUS,
    LONGEST_WAIT,
    Knock,
    Standing,
    doubled,
    is_code,
    is_short_number,
    is_to_be_told,
    is_trivial,
    lock_of,
    locked_until,
    wait_of,
)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CALLER = "+33639980001"


def knock(caller: str | None = CALLER, *, is_rung_back: bool = False) -> Knock:
    return Knock("royan", caller, "12", "739154", is_rung_back)


def ago(*minutes: float) -> tuple[datetime, ...]:
    return tuple(sorted(NOW - timedelta(minutes=one) for one in minutes))


@pytest.mark.parametrize("text", ["1", "12", "9999"])
def test_a_short_number_has_one_to_four_digits(text):
    assert is_short_number(text)


@pytest.mark.parametrize("text", ["", "0", "012", "12345", "1a", "٣", "739154"])
def test_anything_else_is_no_short_number(text):
    assert not is_short_number(text)


@pytest.mark.parametrize("code", ["12345", "1234567890123", "73915a", "", "٧٣٩١٥٤"])
def test_a_code_has_six_to_twelve_digits(code):
    assert not is_code(code)
    assert is_code("739154")


@pytest.mark.parametrize(
    "code",
    [
        "777777",
        "123456",
        "345678",
        "890123",
        "987654",
        "321098",
        "121212",
        "739739",
        "73917391",
        "000012",
        "120000",
        "001200",
        "980001",
    ],
)
def test_what_is_tried_first_is_trivial(code):
    assert is_trivial(code, "12", CALLER)


@pytest.mark.parametrize("code", ["739154", "120739", "472947", "112358"])
def test_other_codes_are_not(code):
    assert not is_trivial(code, "12", CALLER)
    assert not is_trivial("980001", "12")


@pytest.mark.parametrize(
    ("tries", "locked"),
    [
        (0, None),
        (2, None),
        (3, timedelta(minutes=1)),
        (5, timedelta(minutes=1)),
        (6, timedelta(minutes=15)),
        (9, timedelta(hours=1)),
        (12, timedelta(hours=24)),
    ],
)
def test_a_callers_lock_grows_by_steps(tries, locked):
    # A second apart; a step is counted from the try that made it.
    wrong = [NOW + timedelta(seconds=n) for n in range(tries)]
    made = {3: 2, 5: 2, 6: 5, 9: 8, 12: 11}
    until = None if locked is None else wrong[made[tries]] + locked
    assert locked_until(wrong) == until


def test_a_lock_ends_by_itself():
    standing = Standing(by_caller=ago(3, 2, 0.5))
    assert lock_of(knock(), standing, NOW) == timedelta(seconds=30)
    assert lock_of(knock(), standing, NOW + timedelta(seconds=30)) == timedelta()


@pytest.mark.parametrize(
    ("who", "standing"),
    [
        (knock(ANONYMOUS), Standing(by_caller=ago(*range(12)))),
        (knock(is_rung_back=True), Standing(by_caller=ago(*range(12)))),
        (knock(), Standing(by_caller=ago(*range(12)), is_registered=True)),
    ],
)
def test_some_are_never_locked(who, standing):
    # Nobody without a number, for they are one; no telephone of an officer.
    assert lock_of(who, standing, NOW) == timedelta()


def test_waits_double_up_to_a_minute():
    waits = [doubled(wrong).total_seconds() for wrong in range(10)]
    assert waits == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert doubled(100_000) == LONGEST_WAIT


def test_whoever_calls_waits_for_what_was_tried_at_the_short_number():
    assert wait_of(knock(), Standing(at_number=4)) == timedelta(seconds=8)
    registered = Standing(at_number=4, is_registered=True)
    assert wait_of(knock(), registered) == timedelta(seconds=8)


def test_a_telephone_that_was_rung_waits_for_its_own_tries_alone():
    attacked = Standing(by_caller=ago(1, 2), at_number=500)
    assert wait_of(knock(is_rung_back=True), attacked) == timedelta(seconds=2)


def test_without_a_number_the_whole_minute_takes_the_place_of_a_lock():
    few = Standing(by_caller=ago(1, 2), at_number=1)
    assert wait_of(knock(ANONYMOUS), few) == timedelta(seconds=1)
    many = Standing(by_caller=ago(1, 2, 3), at_number=0)
    assert wait_of(knock(ANONYMOUS), many) == LONGEST_WAIT


def test_ten_wrong_tries_are_told_and_again_after_six_hours():
    assert not is_to_be_told(Standing(in_all=8), NOW)
    assert is_to_be_told(Standing(in_all=9), NOW)
    just = Standing(in_all=40, told_at=NOW - timedelta(hours=5))
    assert not is_to_be_told(just, NOW)
    long_ago = Standing(in_all=40, told_at=NOW - timedelta(hours=6))
    assert is_to_be_told(long_ago, NOW)


def test_a_code_is_not_shown_by_what_holds_it():
    assert "739154" not in repr(knock())
