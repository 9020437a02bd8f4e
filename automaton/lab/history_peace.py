"""I1 and I2: nobody is rung after acknowledging, and nobody twice at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from automaton.lab.history_lives import FOREVER, History, Home, Life, violation
from automaton.lab.history_lives import moment as read
from automaton.lab.history_rules import HistoryRules, Violation


def left_in_peace(told: History) -> Iterator[Violation]:
    """I1: no INVITE after the acknowledgement, and what still rings is withdrawn."""
    for home in told.homes:
        known_at = acknowledged_at(home)
        if known_at is not None:
            yield from _disturbances(told, home, known_at)


def acknowledged_at(home: Home) -> datetime | None:
    """Return from when on a home must be left in peace.

    That is when somebody there heard the thanks for a 1 begin, or what the record says
    of an acknowledgement that came from elsewhere, whichever is first.
    """
    moments = [at for life in home.calls for key, at in life.confirmed() if key == "1"]
    on_record = read(home.row.get("acknowledged_at"))
    if on_record is not None and home.state == "acknowledged":
        moments.append(on_record)
    return min(moments, default=None)


def one_call_at_once(told: History) -> Iterator[Violation]:
    """I2: two calls at once neither to one number nor to one home."""
    for lives in told.by_number.values():
        for earlier, later in _overlaps(lives, told.rules):
            yield violation("I2", later, _at_once(earlier, later))
    for home in told.homes:
        for earlier, later in _overlaps(home.calls, told.rules):
            if earlier.number != later.number:
                yield violation("I2", later, _at_once(earlier, later))


def _disturbances(told: History, home: Home, known_at: datetime) -> Iterator[Violation]:
    in_time = told.down.after(known_at, told.rules.to_cancel)
    for life in home.calls:
        seconds = (life.began_at - known_at).total_seconds()
        if life.began_at > _latest(told, life, known_at):
            text = f"it was rung {seconds:.1f} s after the acknowledgement."
            yield violation("I1", life, text)
        elif life.ended_at > in_time and (life.answered_at or FOREVER) > in_time:
            yield violation("I1", life, _still_rang(life, known_at))


def _latest(told: History, life: Life, known_at: datetime) -> datetime:
    """Return until when an INVITE may come: later only if it had been held back.

    What was ordered after the acknowledgement is excused by nothing.
    """
    one = life.on_record
    is_older = one is None or (one.claimed_at or known_at) <= known_at
    if not is_older:
        return known_at + told.rules.peace
    return told.held.after(known_at, told.rules.peace)


def _overlaps(
    lives: Sequence[Life], rules: HistoryRules
) -> Iterator[tuple[Life, Life]]:
    """Yield each call that began while an earlier one was alive, with that one."""
    longest: Life | None = None
    for life in lives:
        if longest is not None and longest.free_at(rules.slack) > life.began_at:
            yield longest, life
        if longest is None or life.ended_at > longest.ended_at:
            longest = life


def _at_once(earlier: Life, later: Life) -> str:
    seconds = (later.began_at - earlier.began_at).total_seconds()
    return f"rung {seconds:.1f} s after {earlier.number}, which was not over."


def _still_rang(life: Life, known_at: datetime) -> str:
    if life.ended_at == FOREVER:
        return "it never stopped ringing after the acknowledgement."
    seconds = (life.ended_at - known_at).total_seconds()
    return f"it still rang {seconds:.1f} s after the acknowledgement."
