"""The demonstration's mix can be rung within four minutes on 60 lines.

A dialler of paper: each call takes what the behaviour and a six-second message need.
"""

from __future__ import annotations

import heapq
from random import Random

import pytest

from automaton.lab import load_mix, plan_from_mix
from automaton.lab.oracle import oracle

LINES, RETRY, RING = 60, 10.0, 10.0
MESSAGE, ASK, KEY_WAIT, GOODBYE = 6.0, 3.0, 8.0, 4.0
ROUND = MESSAGE + ASK + KEY_WAIT
TALK = {
    "press_1": MESSAGE + GOODBYE,
    "listens_twice": 2 * (MESSAGE + ASK) + GOODBYE,
    "wrong_key_first": 2 * (MESSAGE + ASK) + GOODBYE,
    "third_time": 3 * ROUND + GOODBYE,
    "no_key": 3 * ROUND + GOODBYE,
    "hangs_up": 2.0,
    "machine": 6.0 + MESSAGE + ASK + KEY_WAIT + GOODBYE,
    "announcement": 6.0,
}


def seconds_of(turn):
    if turn.behaviour == "rings_out":
        return RING
    return turn.ring + turn.think + TALK.get(turn.behaviour, 0.0)


@pytest.mark.parametrize("seed", range(7, 12))
def test_300_homes_are_done_within_four_minutes(seed):
    plan = plan_from_mix(300, seed, load_mix("demo"))
    tries = {n: len(o) for home in oracle(plan) for n, o in home.outcomes.items()}
    waiting = [(0.0, index, 1) for index in range(len(plan.residents()))]
    Random(seed).shuffle(waiting)
    lines = [0.0] * LINES
    queue = [(due, order, home, n) for order, (due, home, n) in enumerate(waiting)]
    heapq.heapify(queue)
    end = 0.0
    while queue:
        due, order, home, attempt = heapq.heappop(queue)
        began = max(due, heapq.heappop(lines))
        phones = plan.residents()[home].phones
        phone = phones[min(attempt, len(phones)) - 1]
        over = began + seconds_of(phone.turn(attempt))
        heapq.heappush(lines, over)
        end = max(end, over)
        if attempt < tries[phone.number]:
            heapq.heappush(queue, (over + RETRY, order + 1000, home, attempt + 1))
    assert end < 210
