"""What the learned rate makes of exchanges that empty evenly, small and large.

Seconds pass as numbers; the gate is the one of the town.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.outcome import Outcome
from automaton.engine.lines.exchanges import Exchanges
from automaton.lab.choke import Choke, Gate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROYAN = "+3354605"
NUMBER = f"{ROYAN}0001"
HELD = ("t", "c", "r", "p", NUMBER, NOW, AttemptState.RINGING)
RINGS = Attempt(*HELD, trunk="north", rang_at=NOW)
STEP, ANSWERS_AFTER, FIRST, AT_ONCE = 0.05, 0.2, 40, 4


def rung(choke: Choke, seconds: float) -> tuple[int, int]:
    """Call an exchange as fast as is learned; return who got through, and who not."""
    exchanges, gate = Exchanges(), Gate(choke, 0.0)
    refused = RINGS.having(
        state=AttemptState.ENDED,
        rang_at=None,
        outcome=Outcome.CONGESTION,
        retry_after=choke.retry_after or None,
    )
    on_their_way: list[tuple[float, Attempt]] = []
    came = {True: 0, False: 0}
    for step in range(round(seconds / STEP)):
        now = step * STEP
        while on_their_way and on_their_way[0][0] <= now:
            exchanges.note(on_their_way.pop(0)[1], now)
        rooms = exchanges.rooms("c", NOW, now)
        may = rooms[ROYAN].left if rooms else (AT_ONCE if step else FIRST)
        for _ in range(may):
            exchanges.started(NUMBER, "north", now)
            found = gate.has_room(NUMBER, now)
            came[found] += 1
            on_their_way.append((now + ANSWERS_AFTER, RINGS if found else refused))
    return came[True], came[False]


# At one a second without a reserve it got two fifths of what there was: the seconds of
# each wait were counted as seconds in which nothing was carried.
@pytest.mark.parametrize("a_second", [1, 2, 8])
@pytest.mark.parametrize("burst", [1.0, 5.0])
def test_most_of_what_an_exchange_takes_is_used_though_it_asks_to_wait(a_second, burst):
    carried, lost = rung(Choke(ROYAN, 60.0 * a_second, burst=burst), 300.0)
    assert carried >= 0.5 * a_second * 300
    assert lost <= 1.5 * FIRST
