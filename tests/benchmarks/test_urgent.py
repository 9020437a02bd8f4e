"""What one alert did to the calls of others, read from SIPp's log and the record."""

from __future__ import annotations

from benchmarks import node as nodes
from benchmarks.observer import Call
from benchmarks.urgent import ALERT, _round

AT = 1_000.0
FIRST, LAST = nodes.numbers(0, 2)
TOWN = nodes.numbers(ALERT, 6)


def alert(*others: Call, last: float = 12.0) -> list[Call]:
    """Two homes of the alert are rung, among others."""
    return [*others, Call(FIRST, AT + 0.3, AT + 2.3), Call(LAST, AT + last, AT + 15.0)]


def test_the_first_call_and_the_last_telephone_of_others_are_told() -> None:
    rings = Call(TOWN[0], AT - 1.0, ended=AT + 0.5, ended_by_us=True)
    found = _round(alert(rings), AT, {})
    assert round(found.first_invite, 3) == 0.3
    assert round(found.last_ringing, 3) == 0.5
    assert (found.taken_back, found.listeners) == (1, 0)


def test_who_is_rung_together_with_the_last_home_is_not_before_it() -> None:
    together = Call(TOWN[0], AT + 11.95, AT + 17.95)
    assert _round(alert(together), AT, {}).last_ringing == 0
    before = Call(TOWN[0], AT + 11.0, AT + 17.0)
    assert _round(alert(before), AT, {}).last_ringing == 17


def test_a_sentence_is_cut_where_the_message_began_and_was_never_whole() -> None:
    def let_go(number: str) -> Call:
        return Call(number, AT - 5, AT - 3, AT + 4, ended_by_us=True)

    bored = Call(TOWN[4], AT - 5, AT - 3, AT + 4)
    heard = {TOWN[0]: (1, 12.1), TOWN[1]: (0, 0.0), TOWN[2]: (0, 3.5)}
    calls = alert(*(let_go(number) for number in TOWN[:4]), bored)
    found = _round(calls, AT, heard)
    assert (found.listeners, found.let_go) == (5, 4)
    assert (found.early, found.cut) == (2, 1)
