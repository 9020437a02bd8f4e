"""An alert of 200 homes while 19,000 of another class hold all lines.

The landlines ring 2 to 6 s and listen for 8 to 32 s. Read from SIPp's log: when the
alert's first INVITE came, from when on nobody else's telephone rang, who listened then
and whose call was ended by us. What those had heard is on record: the dialplan counts
the seconds of the message. Medians of three.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from automaton.clock import SystemClock
from automaton.domain.campaign import CampaignClass
from automaton.services.collectivities import find_collectivity
from automaton.services.duty import NewDutyNumber, add_duty_number
from automaton.store import tables
from automaton.store.engine import open_database, reading
from automaton.store.people import SqlBook
from benchmarks import node as nodes
from benchmarks.figures import Figures
from benchmarks.node import Daemon, Node
from benchmarks.observer import HERE, Call, Observer
from benchmarks.ringing import say
from benchmarks.runs import Rules, on_a_node
from tests.faults.sipp import PIECES

ALERT, TOWN, LINES, ROUNDS = 200, 19_000, 200, 3
MOST_SECONDS = 60.0
STEADY_SECONDS = 20.0
SAME_MOMENT = 0.2
"""Calls that leave together come in any order: what left with the alert's last one was
not before it."""
SILENCE = bytes([0xD5]) * 4_000
"""Half a second of it, in A-law."""
DUTY = "06 39 98 99 98"  # no home of the town has it
OFTEN = "number_tries_in_two_hours = 1000\nnumber_tries_in_a_day = 1000\n"
Heard = dict[str, tuple[int, float]]
"""How often the message was heard to its end, and for how many seconds, by number."""


@dataclass(frozen=True)
class Round:
    """What one alert did. Seconds are since its launch.

    Of the `listeners` of that moment some were let go by us: `cut` had not heard the
    message to its end though it had begun, `early` left before it began.
    """

    first_invite: float
    last_ringing: float
    taken_back: int
    listeners: int
    let_go: int
    early: int
    cut: int


def main(words: Sequence[str]) -> int:
    """Measure, write and show; return 1 where a target was missed."""
    return on_a_node("urgent", words, Rules(LINES, OFTEN), measured)


def measured(node: Node, folder: Path, lines: int) -> Figures:
    """Return the figures of three alerts during one campaign."""
    say("importing the registers")
    registers = {"alert": nodes.numbers(0, ALERT), "town": nodes.numbers(ALERT, TOWN)}
    nodes.populate(node, registers)
    on_duty(node)
    with (
        Daemon(node, folder / "daemon.log"),
        Observer(folder / "sipp", listener(folder / "silence.alaw")) as observer,
    ):
        time.sleep(1.0)
        town = nodes.create(node, "town")
        nodes.launch(node, town)
        rounds = [one_alert(node, observer, town, lines) for _ in range(ROUNDS)]
        nodes.stop(node, town)
        nodes.wait_for_end(node, town, MOST_SECONDS)
        observer.silence(MOST_SECONDS)
    median = statistics.median
    return {
        "preempt_first_invite_s": median(one.first_invite for one in rounds),
        "preempt_ringing_lines_s": median(one.last_ringing for one in rounds),
        "preempt_cut_sentences": sum(one.cut for one in rounds),
        "preempt_taken_back": median(one.taken_back for one in rounds),
        "preempt_listeners": median(one.listeners for one in rounds),
        "preempt_let_go": median(one.let_go for one in rounds),
        "preempt_let_go_early": median(one.early for one in rounds),
        "preempt_lines": lines,
    }


def one_alert(node: Node, observer: Observer, town: str, lines: int) -> Round:
    """Launch an alert when all lines are held; return what came of it."""
    until = time.monotonic() + MOST_SECONDS
    while _living(observer.calls()) < lines and time.monotonic() < until:
        time.sleep(0.5)
    time.sleep(STEADY_SECONDS)
    alert = nodes.create(node, "alert", CampaignClass.ALERT)
    asked_at = time.time()
    nodes.launch(node, alert)
    nodes.wait_for_end(node, alert, MOST_SECONDS)
    found = _round(observer.calls(), asked_at, heard_on_record(node, town))
    say(f"  {found}")
    return found


def _living(calls: Sequence[Call]) -> int:
    return sum(not call.ended for call in calls)


def _round(calls: Sequence[Call], asked_at: float, heard: Heard) -> Round:
    """Read one alert out of SIPp's log and the record."""
    homes, town = (
        set(nodes.numbers(0, ALERT)),
        set(nodes.numbers(ALERT, TOWN)),
    )
    ours = [c.invited for c in calls if c.number in homes and c.invited >= asked_at]
    until = max(ours) - SAME_MOMENT
    others = [c for c in calls if c.number in town and c.invited < until]
    rang_until = [c.answered or c.ended or c.invited for c in others]
    taken_back = [c for c in others if not c.answered and c.ended > asked_at]
    listeners = [c for c in others if 0 < c.answered < asked_at < c.ended]
    let_go = [heard.get(c.number, (0, 0.0)) for c in listeners if c.ended_by_us]
    return Round(
        first_invite=min(ours) - asked_at,
        last_ringing=max([0.0, *(at - asked_at for at in rang_until)]),
        taken_back=len(taken_back),
        listeners=len(listeners),
        let_go=len(let_go),
        early=sum(not seconds for _, seconds in let_go),
        cut=sum(seconds > 0 and not times for times, seconds in let_go),
    )


def on_duty(node: Node) -> None:
    """Put somebody on the duty list: no alert starts without."""
    book = SqlBook(node.office.desk.engine)
    new = NewDutyNumber(
        find_collectivity(book, ""), "Astreinte", DUTY, node.settings.sip_trunks
    )
    add_duty_number(book, SystemClock(), new, nodes.BY)


def heard_on_record(node: Node, campaign: str) -> Heard:
    """Return how often the message was heard to its end, and its seconds, by number."""
    engine = open_database(node.settings.database_url)
    attempts = tables.attempts.c
    asked = select(attempts.e164, attempts.heard_times, attempts.heard_seconds).where(
        attempts.campaign_id == campaign, attempts.answered_at.is_not(None)
    )
    with reading(engine) as connection:
        found = {row.e164: (row[1], row[2]) for row in connection.execute(asked)}
    engine.dispose()
    return found


def listener(silence: Path) -> str:
    """Return what a landline does that rings for a while and listens.

    `silence`: where to write what it sends.
    """
    silence.write_bytes(SILENCE)
    text = (HERE / "listener.xml").read_text("utf-8")
    taken_back = PIECES["GIVEN_UP"].removeprefix('<recv request="CANCEL"/>')
    more = {"TAKEN_BACK": taken_back, "SILENCE": str(silence)}
    for name, piece in {**PIECES, **more}.items():
        text = text.replace(f"@{name}@", piece)
    return text
