"""The second officer: hears what another wants to launch, and decides with the code.

And the first one, who waits for that, or launches alone where nobody answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from automaton.console.desk import BackError, Desk
from automaton.console.fates import give_up, ordered, tell_agreed, tell_launch
from automaton.domain.approval import Approval, Decision
from automaton.errors import LineError
from automaton.services.approvals import (
    alone_in,
    decide,
    is_for_one,
    launch_alone,
    standing,
)
from automaton.services.launches import Launched
from automaton.services.posted import let_decide, note_given_up, note_told

APPROVE, REFUSE = "1", "2"
LOOK = timedelta(seconds=2)
REASONS: Mapping[str, str] = {
    "1": "alone-in-danger",
    "2": "alone-nobody-reached",
    "3": "alone-ordered",
}
"""Why one officer launches alone, by the key that says it."""


def approve(desk: Desk, approval_id: str) -> None:
    """Say what is asked for, play it, and take the decision, confirmed by the code."""
    office, line = desk.house.office, desk.line
    asked = standing(office, approval_id)
    if not asked.is_open:
        line.say("approval-over")
        return
    _tell(desk, asked)
    approves = desk.choose("approval-ask", keys=APPROVE + REFUSE) == APPROVE
    if not desk.confirms("approval-code"):
        line.say("officer-wrong")
        raise BackError
    decided = ordered(
        desk, lambda: decide(office, asked.id, desk.officer, approves=approves)
    )
    if decided.launched is None:
        line.say("approval-refused")
    else:
        tell_launch(desk, decided.launched, "approval-given")


def hear_of_alone(desk: Desk, approval_id: str) -> None:
    """Tell an officer that another one has launched alone, and why."""
    asked = standing(desk.house.office, approval_id)
    _tell(desk, asked)
    desk.line.say(desk.line.sentence("alone-told", by=asked.decided_by or ""))


def wait_for_second(desk: Desk, asked: Approval, done: str) -> None:
    """Wait while the others are rung; say `done` once the launch is carried out.

    Whoever hangs up or goes back meanwhile leaves the question open, and is rung when
    it is answered, or when nobody has answered in time.
    """
    office, line = desk.house.office, desk.line
    line.say("approval-asked")
    while (found := _seen(desk, asked)).is_open:
        if not alone_in(office, asked):
            let_decide(office, asked.campaign_id)
            _decide_here(desk, asked, done)
            return
        if line.ask("/silence/2", keys="*", wait=LOOK) == "*":
            raise BackError
    _tell_decision(desk, found, done)


def _tell_decision(desk: Desk, found: Approval, done: str) -> None:
    """Say what another officer has decided; who is not sure of it is rung as well."""
    line = desk.line
    if found.decision is Decision.REFUSED:
        line.say(line.sentence("approval-was-refused", by=found.decided_by or ""))
        give_up(desk, found.campaign_id)
    elif not tell_agreed(desk, found.campaign_id, done):
        return
    with suppress(LineError):  # should that fail, it is heard twice
        note_told(desk.house.office, found.campaign_id)


def _seen(desk: Desk, asked: Approval) -> Approval:
    """Return what has become of it; still open where that cannot be read now."""
    try:
        return standing(desk.house.office, asked.id)
    except LineError:
        return asked


def decide_alone(desk: Desk, approval_id: str) -> None:
    """Let who asked, and was rung since nobody has decided, do so alone."""
    line, asked = desk.line, standing(desk.house.office, approval_id)
    if not asked.is_open:
        line.say("approval-over")
        return
    card = desk.house.office.desk.card(asked.campaign_id)
    line.say(line.sentence("move-name", name=card.name))
    _decide_here(desk, asked, line.sentence("launch-done", name=card.name))


def _decide_here(desk: Desk, asked: Approval, done: str) -> None:
    """Let an officer decide alone; who gives it up is not rung for it any more.

    Another one may have decided meanwhile: that is said.
    """
    try:
        reason = _reason(desk, asked)
    except BackError:
        found = _seen(desk, asked)
        if not found.is_open:
            _tell_decision(desk, found, done)
        with suppress(LineError):
            note_given_up(desk.house.office, asked.campaign_id)
        raise
    tell_launch(desk, _alone(desk, asked, reason), done)


def _reason(desk: Desk, asked: Approval) -> str:
    """Ask why it is launched alone; `BackError` where it is not, or cannot be."""
    if not is_for_one(desk.house.office, asked):
        desk.line.say("approval-stays")
        raise BackError
    key = desk.choose("alone-ask", keys="".join(REASONS))
    return desk.line.words(REASONS[key])


def _alone(desk: Desk, asked: Approval, reason: str) -> Launched:
    """Launch without a second officer, for a reason that is told to everybody."""
    office = desk.house.office
    if not desk.confirms("approval-code"):
        desk.line.say("officer-wrong")
        raise BackError
    decided = ordered(
        desk, lambda: launch_alone(office, asked.id, desk.officer, reason)
    )
    assert decided.launched is not None
    return decided.launched


def _tell(desk: Desk, asked: Approval) -> None:
    """Say who wants to launch what, for how many homes, and play the message."""
    line = desk.line
    card = desk.house.office.desk.card(asked.campaign_id)
    spoken = card.message[0]
    told = {"by": asked.asked_by, "name": card.name, "homes": str(asked.homes)}
    line.say(line.sentence("approval-what", **told), f"/{spoken.prompt}")
