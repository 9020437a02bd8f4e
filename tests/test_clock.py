"""Three readings of time: a moment, seconds awake, seconds asleep or awake."""

from datetime import UTC, datetime, timedelta

from automaton.clock import SettableClock, SharedClock, SystemClock

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


def test_a_machine_that_sleeps_goes_on_in_boottime_alone() -> None:
    clock = SettableClock(NOW)
    clock.move(timedelta(seconds=2))
    clock.sleep(timedelta(seconds=30))
    assert (clock.monotonic(), clock.boottime()) == (2.0, 32.0)
    assert clock.now() == NOW + timedelta(seconds=32)


def test_the_systems_seconds_never_go_back() -> None:
    clock = SystemClock()
    first = clock.boottime()
    assert clock.boottime() >= first >= clock.monotonic() - 1.0


def test_a_shared_clock_goes_by_what_it_was_told_and_our_own_seconds() -> None:
    own = SettableClock(NOW)
    shared = SharedClock(own)
    assert shared.now() == NOW
    shared.follow(NOW + timedelta(hours=1), 0.0, 0.0)
    own.move(timedelta(seconds=3))
    own.sleep(timedelta(seconds=4))
    assert shared.now() == NOW + timedelta(hours=1, seconds=7)
    assert (shared.monotonic(), shared.boottime()) == (3.0, 7.0)


def test_our_own_wall_clock_may_jump_as_it_likes() -> None:
    own = SettableClock(NOW)
    shared = SharedClock(own)
    own.at += timedelta(days=300)
    assert shared.now() == NOW


def test_the_quickest_answer_counts_and_small_steps_are_not_followed() -> None:
    shared = SharedClock(SettableClock(NOW))
    second = timedelta(seconds=1)
    shared.follow(NOW + 20 * second, 0.0, 0.1)
    slow = shared.now()
    shared.follow(NOW + 20 * second, 0.0, 0.9)
    assert shared.now() == slow
    shared.follow(NOW + 20 * second, 0.0, 0.01)
    assert shared.now() == slow
    shared.follow(NOW + 20.3 * second, 0.0, 0.001)
    assert shared.now() > slow + second / 5


def test_a_jump_of_the_shared_clock_is_followed_at_once() -> None:
    shared = SharedClock(SettableClock(NOW))
    for hours in (0, 1, -1):
        told = NOW + timedelta(hours=hours)
        shared.follow(told, 0.0, 0.2)
        assert abs(shared.now() - told) <= timedelta(seconds=0.1)
