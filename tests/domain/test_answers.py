"""What calls come to: what is assumed gives way to what was seen."""

import pytest

from automaton.domain.answers import (
    AFTER,
    FIRST,
    Answers,
    Live,
    Seen,
    Stage,
    Tally,
    assumed,
    assumed_shares,
    learnt,
)
from automaton.domain.outcome import Outcome

BEFORE = assumed(message=10.0, ring=30.0, repeats=3, wait=8.0)
BEGUN = Stage()
SILENT = Stage(1, Outcome.NO_ANSWER)
WON = Outcome.ACKNOWLEDGED


def seen(
    *ended: tuple[Stage, Outcome, int, float], live: tuple[Live, ...] = ()
) -> Seen:
    """So many calls of each outcome, of so many seconds each."""
    return Seen(
        {(stage, what): Tally(n, n * each) for stage, what, n, each in ended}, live
    )


@pytest.mark.parametrize("last", [None, *(o for o in Outcome if o is not WON)])
@pytest.mark.parametrize("made", [0, 1, 2, 5])
def test_shares_of_every_stage_are_one_in_all(last: Outcome | None, made: int) -> None:
    shares = BEFORE.shares(Stage(made, last))
    assert sum(shares.values()) == pytest.approx(1)


def test_a_congested_try_leaves_a_first_try() -> None:
    assert Stage(0, Outcome.CONGESTION).kind == BEGUN
    assert BEFORE.shares(Stage(0, Outcome.CONGESTION)) is FIRST


def test_nothing_seen_leaves_the_assumption() -> None:
    after = learnt(BEFORE, Seen())
    assert after.shares(BEGUN) == FIRST
    assert after.seconds == BEFORE.seconds


def test_thirty_calls_are_believed_as_much_as_the_assumption() -> None:
    after = learnt(BEFORE, seen((BEGUN, WON, 30, 20.0)))
    assert after.shares(BEGUN)[WON] == pytest.approx((1 + FIRST[WON]) / 2)


def test_retries_are_learnt_apart_from_first_tries() -> None:
    after = learnt(BEFORE, seen((BEGUN, WON, 300, 20.0)))
    assert after.shares(SILENT) == assumed_shares(SILENT)
    assert after.shares(SILENT)[WON] == AFTER[Outcome.NO_ANSWER][0]


def test_who_was_busy_is_at_home() -> None:
    busy, machine = Stage(1, Outcome.BUSY), Stage(1, Outcome.MACHINE)
    assert BEFORE.shares(busy)[WON] > BEFORE.shares(SILENT)[WON]
    assert BEFORE.shares(machine)[WON] < BEFORE.shares(SILENT)[WON]


def test_seconds_come_from_what_was_measured() -> None:
    after = learnt(BEFORE, seen((BEGUN, WON, 95, 50.0)))
    assert after.lasts(WON) == pytest.approx((95 * 50 + 5 * BEFORE.lasts(WON)) / 100)
    assert after.lasts(Outcome.NO_ANSWER) == BEFORE.lasts(Outcome.NO_ANSWER)


def test_calls_still_alive_count_among_the_shares() -> None:
    # The short calls end first: forty busy lines have ended, forty others still ring.
    short = (BEGUN, Outcome.BUSY, 40, 0.2)
    alone = learnt(BEFORE, seen(short))
    ringing = tuple(Live(BEGUN, 10.0) for _ in range(40))
    whole = learnt(BEFORE, seen(short, live=ringing))
    assert whole.shares(BEGUN)[Outcome.BUSY] < 0.8 * alone.shares(BEGUN)[Outcome.BUSY]


def test_who_picked_up_is_no_more_a_telephone_that_nobody_answers() -> None:
    fate = BEFORE.fate(Live(BEGUN, 12.0, answered=True))
    assert Outcome.NO_ANSWER not in fate or fate[Outcome.NO_ANSWER] == 0
    assert sum(fate.values()) == pytest.approx(1)


def test_what_rings_longer_than_anybody_lets_it_is_no_answer() -> None:
    only = Answers({}, {BEGUN: {}})
    assert only.fate(Live(BEGUN, 90.0)) == {Outcome.NO_ANSWER: 1}
    assert only.fate(Live(BEGUN, 90.0, True)) == {Outcome.ANSWERED_NO_KEY: 1}


def test_a_longer_message_makes_longer_calls() -> None:
    longer = assumed(message=40.0, ring=30.0, repeats=3, wait=8.0)
    for outcome in (WON, Outcome.MACHINE, Outcome.ANSWERED_NO_KEY):
        assert longer.lasts(outcome) > BEFORE.lasts(outcome)
