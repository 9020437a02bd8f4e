"""Calling hours in local time: which moments are open, and when the next one comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automaton.domain.window import CallingHours, Window

PARIS = "Europe/Paris"
EVERY_DAY = frozenset(range(7))
WORKING_DAYS = frozenset(range(5))
OFFICE = CallingHours(
    (
        Window(WORKING_DAYS, time(10), time(13)),
        Window(WORKING_DAYS, time(14), time(20)),
    )
)
MARCH_NIGHT = date(2026, 3, 29)
"""Clocks go from 02:00 to 03:00 in Paris (01:00 UTC)."""
OCTOBER_NIGHT = date(2026, 10, 25)
"""Clocks go from 03:00 back to 02:00 in Paris (01:00 UTC)."""


def moment(text: str, zone: str = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def utc(text: str) -> datetime:
    return moment(text, "UTC")


def daily(opens: time, closes: time, zone: str = PARIS) -> CallingHours:
    return CallingHours((Window(EVERY_DAY, opens, closes),), zone)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-03-02T09:59:59", False),
        ("2026-03-02T10:00:00", True),
        ("2026-03-02T12:59:59", True),
        ("2026-03-02T13:00:00", False),
        ("2026-03-02T14:00:00", True),
        ("2026-03-02T20:00:00", False),
        ("2026-03-07T11:00:00", False),
        ("2026-03-08T11:00:00", False),
    ],
)
def test_office_hours_are_open_from_their_first_to_before_their_last_moment(
    at, is_open
):
    assert OFFICE.is_open(moment(at)) is is_open


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-03-02T08:00", "2026-03-02T10:00"),
        ("2026-03-02T13:30", "2026-03-02T14:00"),
        ("2026-03-02T21:00", "2026-03-03T10:00"),
        ("2026-03-06T20:00", "2026-03-09T10:00"),
        ("2026-03-07T11:00", "2026-03-09T10:00"),
    ],
)
def test_a_closed_moment_waits_for_the_next_opening(at, opens):
    assert OFFICE.next_opening(moment(at)) == moment(opens)


def test_an_open_moment_need_not_wait():
    at = moment("2026-03-02T11:11")
    assert OFFICE.next_opening(at) is at


def test_windows_may_be_given_in_any_order():
    backwards = CallingHours(tuple(reversed(OFFICE.windows)))
    assert backwards.next_opening(moment("2026-03-02T08:00")) == moment(
        "2026-03-02T10:00"
    )


def test_without_windows_every_moment_is_open():
    at = moment("2026-12-25T03:12")
    always = CallingHours(holidays=frozenset({at.date()}))
    assert (always.is_open(at), always.next_opening(at)) == (True, at)


def test_a_public_holiday_is_closed_and_its_eve_waits_until_after_it():
    hours = CallingHours(OFFICE.windows, holidays=frozenset({date(2026, 7, 14)}))
    assert not hours.is_open(moment("2026-07-14T11:00"))
    assert hours.next_opening(moment("2026-07-13T20:30")) == moment("2026-07-15T10:00")


def test_a_holiday_is_the_day_of_the_campaigns_zone_and_not_of_utc():
    holiday = frozenset({date(2026, 5, 1)})
    hours = CallingHours(
        (Window(EVERY_DAY, time(0), time.max),), "Indian/Reunion", holiday
    )
    assert not hours.is_open(utc("2026-04-30T20:30"))
    assert hours.is_open(utc("2026-05-01T20:30"))


def test_hours_that_never_open_have_no_next_opening():
    nobody = CallingHours((Window(frozenset(), time(10), time(13)),))
    assert nobody.next_opening(moment("2026-03-02T08:00")) is None


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        ("Europe/Paris", "2026-07-01T08:00"),
        ("Indian/Reunion", "2026-07-01T06:00"),
        ("Indian/Mayotte", "2026-07-01T07:00"),
        ("America/Martinique", "2026-07-01T14:00"),
        ("America/Guadeloupe", "2026-07-01T14:00"),
        ("America/Cayenne", "2026-07-01T13:00"),
        ("America/Miquelon", "2026-07-01T12:00"),
        ("Pacific/Noumea", "2026-07-01T23:00"),
        ("Pacific/Tahiti", "2026-07-01T20:00"),
    ],
)
def test_ten_in_the_morning_is_that_of_the_commune(zone, opens):
    hours = daily(time(10), time(20), zone)
    night = moment("2026-07-01T03:00", zone).astimezone(UTC)
    found = hours.next_opening(night)
    assert found is not None
    assert found.astimezone(ZoneInfo(zone)).time() == time(10)
    assert found - night == timedelta(hours=7)
    assert found.time() == utc(opens).time()


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-03-28T19:00", "2026-03-29T08:00"),
        ("2026-10-24T18:00", "2026-10-25T09:00"),
    ],
)
def test_the_day_after_the_clocks_change_opens_at_ten_by_the_new_clock(at, opens):
    hours = daily(time(10), time(20))
    assert hours.next_opening(utc(at)) == utc(opens)


# An opening in the hour that the clocks skip was once given half an hour too late,
# and one that lies in it altogether was given for a moment at which hours are closed.
@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        (time(2, 30), time(5), "2026-03-29T01:00"),
        (time(2, 30), time(3, 15), "2026-03-29T01:00"),
        (time(2), time(3), "2026-03-30T00:00"),
        (time(3), time(5), "2026-03-29T01:00"),
    ],
)
def test_an_opening_that_the_clocks_skip_comes_with_the_skip(opens, closes, expected):
    assert daily(opens, closes).next_opening(utc("2026-03-29T00:50")) == utc(expected)


def test_an_hour_that_comes_twice_is_open_twice():
    hours = daily(time(2), time(2, 30))
    assert hours.next_opening(utc("2026-10-24T23:00")) == utc("2026-10-25T00:00")
    assert hours.next_opening(utc("2026-10-25T00:40")) == utc("2026-10-25T01:00")
    assert hours.next_opening(utc("2026-10-25T01:40")) == utc("2026-10-26T01:00")


STEP = timedelta(minutes=10)


def clock(steps: int) -> time:
    return time(steps // 6, steps % 6 * 10)


def first_open_step(hours: CallingHours, at: datetime) -> datetime | None:
    """Return what a patient clerk finds who looks at the clock every ten minutes."""
    steps = (at + n * STEP for n in range(40 * 6))
    return next((step for step in steps if hours.is_open(step)), None)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    night=st.sampled_from([MARCH_NIGHT, OCTOBER_NIGHT, date(2026, 3, 8)]),
    zone=st.sampled_from([PARIS, "America/Miquelon", "Indian/Reunion"]),
    opens=st.integers(0, 35),
    length=st.integers(1, 12),
    start=st.integers(0, 36),
)
def test_the_next_opening_is_the_first_open_moment_on_the_nights_of_change(
    night, zone, opens, length, start
):
    hours = daily(clock(opens), clock(opens + length), zone)
    midnight = datetime.combine(night, time(0), ZoneInfo(zone)).astimezone(UTC)
    at = midnight + start * STEP
    assert hours.next_opening(at) == first_open_step(hours, at)
