"""What one call comes to, as a list of facts with the seconds after the order.

In: what the town's plan gives the call, the order, and how long everything is that the
machine says. Out: facts of our own, written down from the town's dialplan
(`automaton/lab/templates/extensions.conf`) and from ours. The seconds are those of the
real town: a demonstration's 422 calls last as long here as they did there, within 2 %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from automaton.domain.events import (
    Announced,
    Answered,
    CallEvent,
    Heard,
    HungUp,
    KeyPressed,
    OrderFailed,
    Rang,
)
from automaton.lab.plan import Turn
from automaton.ports import CallOrder

SETUP = 0.02  # seconds from the order to the first ringing
ALLO, AFTER_ALLO, UNHEARD = 0.6, 0.3, 1.5  # "allô", its silence; who says nothing
GREETINGS = {"machine": 4.0, "long_machine": 10.0}
SCREENED = 41.0  # asks three times, then hangs up
BEEP = 7.0  # from the end of a greeting to the machine's text
SOUND = 5.3  # the network's announcement
FIRST_PHRASE = 0.6  # of a prompt, after which a resident takes it for a whole
KEY = 0.3  # from pressing to the journal
# SIP code, Q.850 cause: what Asterisk tells of a refusal
REFUSALS = {
    "busy": (486, 17),
    "rejects": (603, 21),
    "unallocated": (404, 1),
    "congested": (503, 34),
    "announcement": (480, 19),
}


@dataclass(frozen=True, slots=True)
class Sounds:
    """How many seconds each thing lasts that a call says."""

    message: float = 12.0
    questions: float = 5.0
    again: float = 4.0
    thanks: float = 1.5
    goodbye: float = 2.0
    machine: float = 9.0
    wrong_key: float = 3.0


class Fact(NamedTuple):
    """Something to be told so many seconds after the order."""

    after: float
    tell: Callable[[str, datetime], CallEvent]


def course(turn: Turn, order: CallOrder, sounds: Sounds) -> list[Fact]:
    """Return what will be told of a call, in the order of time."""
    name = turn.behaviour
    if name == "rings_out" or (name not in REFUSALS and turn.ring > _seconds(order)):
        return [_rings(), *_timed_out(SETUP + _seconds(order))]
    if name in REFUSALS:
        return _refused(turn)
    return _answered(turn, order, sounds)


def _seconds(order: CallOrder) -> float:
    return order.ring.total_seconds()


def _rings() -> Fact:
    return Fact(SETUP, Rang)


def _timed_out(at: float) -> list[Fact]:
    return [
        Fact(at, lambda id_, now: HungUp(id_, now, 480, 19)),
        Fact(at, lambda id_, now: OrderFailed(id_, now, timed_out=True)),
    ]


def _refused(turn: Turn) -> list[Fact]:
    """Return the network's word; who rejects has let it ring."""
    sip, cause = REFUSALS[turn.behaviour]
    facts, at = [], SETUP
    if turn.behaviour == "rejects":
        facts, at = [_rings()], SETUP + turn.ring
    if turn.behaviour == "announcement":
        facts, at = [Fact(SETUP + turn.ring, Announced)], SETUP + turn.ring + SOUND
    return [
        *facts,
        Fact(at, OrderFailed),
        Fact(at, lambda id_, now: HungUp(id_, now, sip, cause)),
    ]


@dataclass(frozen=True, slots=True)
class _Talk:
    """How an answered call goes: its key, its end, whole plays. Seconds after it."""

    key: float | None
    end: float
    plays: int = 0
    machine: bool = False
    screened: bool = False

    def heard(self, attempt: str, now: datetime, seconds: float) -> Heard:
        """Return the last word on it."""
        return Heard(attempt, now, self.plays, seconds, self.machine, self.screened)


def _answered(turn: Turn, order: CallOrder, sounds: Sounds) -> list[Fact]:
    up = SETUP + turn.ring
    talk = _talk(turn, order, sounds)
    limit = order.talk.total_seconds() + sounds.goodbye
    facts = [_rings(), Fact(up, Answered)]
    if talk.key is not None and talk.key < limit:
        key = "3" if turn.behaviour == "press_3" else "1"
        facts.append(
            Fact(up + talk.key, lambda i, now: KeyPressed(i, now, key, 1, talk.plays))
        )
    end, heard = up + min(talk.end, limit), talk.plays * sounds.message
    return [
        *facts,
        Fact(end, lambda id_, now: talk.heard(id_, now, heard)),
        Fact(end, lambda i, now: HungUp(i, now, None, 16)),
    ]


def _talk(turn: Turn, order: CallOrder, sounds: Sounds) -> _Talk:
    name, wait = turn.behaviour, order.key_wait.total_seconds()
    allo = ALLO if turn.says_allo else 0.0
    if name == "hangs_up":
        return _Talk(None, allo + turn.think)
    once = sounds.message + sounds.questions
    if name in GREETINGS:
        left = sounds.machine + sounds.questions + wait + sounds.goodbye
        return _Talk(None, GREETINGS[name] + BEEP + left, machine=True)
    if name == "screener":
        return _Talk(None, SCREENED, screened=True)
    speaks = allo + AFTER_ALLO if turn.says_allo else UNHEARD
    opening = sounds.again if order.again else 0.0
    if name == "no_key":
        end = speaks + opening + order.repeats * (once + wait) + sounds.goodbye
        return _Talk(None, end, order.repeats)
    ready, plays = _ready_to_press(turn, order, sounds, wait)
    key = speaks + ready + turn.pause + turn.think + KEY
    return _Talk(key, key + sounds.thanks + sounds.goodbye, plays)


def _ready_to_press(
    turn: Turn, order: CallOrder, sounds: Sounds, wait: float
) -> tuple[float, int]:
    """Return how much of the machine's words somebody hears out, and whole plays."""
    once = sounds.message + sounds.questions
    opening = sounds.again if order.again else 0.0
    between = turn.pause + turn.think + KEY
    if turn.behaviour == "listens_twice":
        return opening + 2 * once + between, 2
    if turn.behaviour == "wrong_key_first":
        again = sounds.wrong_key + sounds.questions / 2
        return opening + sounds.message + between + again, 1
    if turn.behaviour == "third_time":
        return opening + 3 * once + 2 * wait, 3
    return FIRST_PHRASE * (opening or sounds.message), 0
