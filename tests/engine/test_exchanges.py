"""Which exchange is slow, and when it is the trunk. Seconds are the node's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.outcome import Outcome
from automaton.domain.reach import BLOCK
from automaton.domain.throttle import FORGOTTEN
from automaton.engine.lines.exchanges import (
    HORIZON,
    MOST_KNOWN,
    Exchanges,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROYAN, SAUJON, ARVERT = "+3354605", "+3354602", "+3354636"


def attempt(exchange: str = ROYAN, outcome: Outcome | None = None, **facts) -> Attempt:
    """An attempt at a number of an exchange, by the trunk `north`."""
    facts = {"trunk": "north", "outcome": outcome, **facts}
    if outcome is not None:
        facts["state"] = AttemptState.ENDED
    return Attempt("a", "c", "r", "p", f"{exchange}0001", NOW, **facts)


def refused(exchange: str = ROYAN, **facts) -> Attempt:
    return attempt(exchange, Outcome.CONGESTION, **facts)


def sent(exchanges: Exchanges, exchange: str, count: int, seconds: float) -> None:
    for _ in range(count):
        exchanges.started(f"{exchange}0001", "north", seconds)


@pytest.fixture
def exchanges() -> Exchanges:
    """Exchanges of which one has just been sent sixty calls, and refused one."""
    found = Exchanges()
    sent(found, ROYAN, 60, 100.0)
    assert found.note(refused(), 100.1) is None
    return found


def left(exchanges: Exchanges, seconds: float, campaign: str = "c") -> int:
    return exchanges.rooms(campaign, NOW, seconds)[ROYAN].left


def test_in_health_there_is_nothing_to_heed():
    exchanges = Exchanges()
    sent(exchanges, ROYAN, 60, 100.0)
    assert exchanges.rooms("c", NOW, 100.0) == {}


def test_one_choking_exchange_leaves_the_others_their_rate(exchanges):
    assert exchanges.slow == {ROYAN: 6.0}
    assert set(exchanges.rooms("c", NOW, 100.1)) == {ROYAN}


def test_a_slow_exchange_takes_one_call_after_the_other(exchanges):
    assert left(exchanges, 100.1) == 0
    assert left(exchanges, 100.2) == 0
    assert left(exchanges, 100.3) == 1
    sent(exchanges, ROYAN, 1, 100.3)
    assert left(exchanges, 100.31) == 0
    assert left(exchanges, 110.0) == 1


def test_calls_that_get_through_make_it_faster_and_free_again(exchanges):
    exchanges.note(attempt(rang_at=NOW), 106.0)
    assert exchanges.slow[ROYAN] > 6.0
    for second in range(107, 300):
        exchanges.note(attempt(rang_at=NOW), float(second))
    assert exchanges.slow == {}
    assert exchanges.rooms("c", NOW, 300.0) == {}


def test_what_says_nothing_of_the_network_changes_nothing(exchanges):
    for outcome in (None, Outcome.UNALLOCATED, Outcome.LOCAL_FAILURE):
        exchanges.note(attempt(outcome=outcome), 110.0)
    assert exchanges.slow == {ROYAN: 6.0}


def test_three_choking_exchanges_are_the_trunk(exchanges):
    for exchange in (SAUJON, ARVERT):
        sent(exchanges, exchange, 40, 100.0)
    assert exchanges.note(refused(SAUJON), 100.2) is None
    seen = exchanges.note(refused(ARVERT), 100.3)
    assert seen is not None
    assert seen.started == 28.0
    assert seen.carried == pytest.approx(13.7)
    assert exchanges.slow == {}


def test_three_choking_exchanges_of_many_are_not_the_trunk(exchanges):
    for rank in range(12):
        sent(exchanges, f"+33546{rank:02}", 1, 100.0)
    for exchange in (SAUJON, ARVERT):
        assert exchanges.note(refused(exchange), 100.2) is None
    assert set(exchanges.slow) == {ROYAN, SAUJON, ARVERT}


def test_three_words_in_more_than_ten_seconds_are_not_the_trunk(exchanges):
    assert exchanges.note(refused(SAUJON), 111.0) is None
    assert exchanges.note(refused(ARVERT), 122.0) is None
    assert set(exchanges.slow) == {ROYAN, SAUJON, ARVERT}


def test_a_trunk_that_is_known_to_choke_is_blamed_before_a_sound_exchange(exchanges):
    assert exchanges.note(refused(SAUJON), 130.0, trunk_is_slow=True) is not None
    assert SAUJON not in exchanges.slow
    assert exchanges.note(refused(), 130.0, trunk_is_slow=True) is None


def test_an_exchange_that_speaks_alone_is_blamed_on_a_slow_trunk_too():
    exchanges = Exchanges()
    sent(exchanges, ROYAN, 60, 100.0)
    told = [exchanges.note(refused(), 100.0 + n, trunk_is_slow=True) for n in range(3)]
    assert [seen is None for seen in told] == [False, False, True]
    assert set(exchanges.slow) == {ROYAN}


def test_a_retry_after_leaves_no_room_until_it_is_over():
    exchanges = Exchanges()
    sent(exchanges, ROYAN, 60, 100.0)
    exchanges.note(refused(retry_after=7), 100.0)
    room = exchanges.rooms("c", NOW, 104.0)[ROYAN]
    assert room.left == 0
    assert room.first_at == NOW + timedelta(seconds=3)
    assert left(exchanges, 107.0) == 1


# An exchange that asked to wait was cut to less than half of what it had just got:
# the seconds in which nobody might call were counted as its own.
def test_the_seconds_in_which_an_exchange_asked_to_wait_say_nothing_of_what_it_takes():
    exchanges = Exchanges()
    sent(exchanges, ROYAN, 60, 100.0)
    exchanges.note(refused(retry_after=10), 100.0)
    for half in range(8):
        sent(exchanges, ROYAN, 1, 110.0 + half / 2)
    exchanges.note(refused(), 114.0)
    assert exchanges.slow[ROYAN] == pytest.approx(1.0)


def test_a_word_right_after_the_wait_is_measured_over_two_seconds():
    exchanges = Exchanges()
    sent(exchanges, ROYAN, 60, 100.0)
    exchanges.note(refused(retry_after=10), 100.0)
    sent(exchanges, ROYAN, 4, 110.0)
    exchanges.note(refused(), 110.5)
    assert exchanges.slow[ROYAN] == pytest.approx(1.0)


def test_each_campaign_has_turns_of_its_own_one_after_the_other(exchanges):
    first = exchanges.rooms("c", NOW, 100.1)[ROYAN]
    assert first.gap == timedelta(seconds=1 / 24)
    exchanges.parked("c", {ROYAN: 24})
    later = exchanges.rooms("c", NOW, 100.1)[ROYAN]
    assert later.first_at == first.first_at + timedelta(seconds=1)
    assert exchanges.rooms("alert", NOW, 100.1)[ROYAN].first_at == first.first_at


def test_nobody_waits_long_for_an_exchange_that_may_heal(exchanges):
    first = exchanges.rooms("c", NOW, 100.1)[ROYAN]
    exchanges.parked("c", {ROYAN: round(25 * HORIZON)})
    assert exchanges.rooms("c", NOW, 100.1)[ROYAN].first_at == first.first_at


def test_turns_of_an_exchange_that_is_free_again_are_forgotten(exchanges):
    exchanges.rooms("c", NOW, 100.1)
    for second in range(101, 300):
        exchanges.note(attempt(rang_at=NOW), float(second))
    exchanges.parked("c", {ROYAN: 5})
    assert exchanges.rooms("c", NOW, 300.0) == {}


def test_far_fewer_calls_that_get_through_slow_an_exchange():
    exchanges = Exchanges()
    sent(exchanges, ROYAN, 60, 100.0)
    for _ in range(2 * BLOCK):
        exchanges.note(attempt(outcome=Outcome.BUSY), 100.0)
    told = [
        exchanges.note(attempt(outcome=Outcome.UNREACHABLE), 101.0)
        for _ in range(BLOCK)
    ]
    assert exchanges.slow == {ROYAN: 6.0}
    assert not any(told)


def test_calls_that_end_in_silence_are_no_word():
    # Where an operator tells nothing of ringing, only those who answer are heard of:
    # of these there are fewer from round to round.
    exchanges = Exchanges()
    sent(exchanges, ROYAN, 60, 100.0)
    for _ in range(2 * BLOCK):
        exchanges.note(attempt(outcome=Outcome.ACKNOWLEDGED, answered_at=NOW), 100.0)
    for _ in range(2 * BLOCK):
        exchanges.note(attempt(outcome=Outcome.NO_ANSWER), 101.0)
    assert exchanges.slow == {}


def test_far_fewer_in_many_exchanges_are_the_trunk():
    exchanges = Exchanges()
    for rank in range(10):
        for _ in range(2 * BLOCK // 10):
            exchanges.note(attempt(f"+33546{rank:02}", Outcome.BUSY), 100.0)
    told = [
        exchanges.note(attempt(f"+33546{rank:02}", Outcome.UNREACHABLE), 101.0)
        for rank in range(10)
        for _ in range(BLOCK // 10)
    ]
    assert sum(seen is not None for seen in told) == 1


def test_who_wants_no_learned_rates_gets_none():
    exchanges = Exchanges(learns=False)
    sent(exchanges, ROYAN, 60, 100.0)
    exchanges.note(refused(), 100.0)
    assert exchanges.slow == {}


def test_an_attempt_without_a_trunk_teaches_nothing():
    exchanges = Exchanges()
    exchanges.note(refused(trunk=None), 100.0)
    assert exchanges.slow == {}


def test_exchanges_that_nobody_calls_any_more_are_forgotten(exchanges):
    for rank in range(MOST_KNOWN):
        sent(exchanges, f"+33{rank:05}", 1, 101.0)
    sent(exchanges, SAUJON, 1, 101.0 + 2 * HORIZON)
    assert set(exchanges._starts) == {ROYAN, SAUJON, "north"}


def test_there_is_no_room_before_the_first_call_of_the_rate(exchanges):
    assert exchanges.wait([ROYAN], 100.1) == pytest.approx(1 / 6)
    assert exchanges.wait([ROYAN], 101.0) == 0
    assert exchanges.wait([SAUJON], 100.1) == 0
    assert exchanges.wait([], 100.1) == 0


def test_there_is_no_room_while_an_exchange_has_asked_to_wait(exchanges):
    exchanges.note(refused(retry_after=30), 103.0)
    assert exchanges.wait([ROYAN], 105.0) == pytest.approx(28.0)


def test_what_an_exchange_took_long_ago_slows_no_later_alert(exchanges):
    """An exchange that choked in the morning was called at that rate a week later."""
    exchanges.forget(100.1 + FORGOTTEN - 1)
    assert exchanges.slow == {ROYAN: 6.0}
    exchanges.forget(100.1 + FORGOTTEN)
    assert exchanges.slow == {}
    assert exchanges.rooms("alert", NOW, 800.0) == {}
