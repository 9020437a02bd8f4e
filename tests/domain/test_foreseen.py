"""What was expected, beside what came."""

from datetime import UTC, datetime, timedelta

from automaton.domain.foreseen import Foreseen, expectations

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CAME = [START + timedelta(seconds=10 * (n + 1)) for n in range(100)]  # 1000 s in all


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def foreseen(made: float, **at: float) -> Foreseen:
    shares = {int(name[3:]): after(seconds) for name, seconds in at.items()}
    return Foreseen(after(made), shares, None)


def test_each_milestone_is_held_against_what_came() -> None:
    launched = foreseen(0, at_50=450, at_80=700, at_90=950)
    half, most, nearly = expectations(launched, (), START, CAME)
    assert (half.share, half.came_at, half.at_launch) == (50, after(500), after(450))
    assert half.error(half.at_launch) == timedelta(seconds=50)
    assert nearly.error(nearly.at_launch) == timedelta(seconds=-50)
    assert most.came_at == after(800)


def test_the_last_word_by_a_tenth_and_by_half_of_the_time_counts() -> None:
    during = [foreseen(n, at_50=1000 + n, at_80=2000 + n, at_90=3) for n in (60, 99)]
    during += [foreseen(499, at_50=1, at_80=820, at_90=3), foreseen(600, at_80=5)]
    half, most, _ = expectations(None, during, START, CAME)
    assert half.at_a_tenth == after(1099)
    assert most.at_a_tenth == after(2099)
    assert most.at_half == after(820)
    assert half.at_launch is None
    assert half.error(half.at_launch) is None


def test_what_had_come_is_not_expected_any_more() -> None:
    half, most, _ = expectations(
        None, [foreseen(500, at_50=490, at_80=800)], START, CAME
    )
    assert half.at_half is None
    assert most.at_half == after(800)


def test_nobody_confirmed_and_nothing_came() -> None:
    assert expectations(foreseen(0, at_50=5), (), START, []) == ()
    assert expectations(foreseen(0, at_50=5), (), None, CAME) == ()
