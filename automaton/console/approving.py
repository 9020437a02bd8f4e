"""The second officer: hears what another wants to launch, and decides with the code.

And the first one, who waits for that, or launches alone where nobody answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from automaton.console.desk import BackError, Desk
from automaton.domain.approval import Approval, Decision
from automaton.services.approvals import alone_in, decide, launch_alone, standing

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
    decide(office, asked.id, desk.officer, approves=approves)
    line.say("approval-given" if approves else "approval-refused")


def hear_of_alone(desk: Desk, approval_id: str) -> None:
    """Tell an officer that another one has launched alone, and why."""
    asked = standing(desk.house.office, approval_id)
    _tell(desk, asked)
    desk.line.say(desk.line.sentence("alone-told", by=asked.decided_by or ""))


def wait_for_second(desk: Desk, asked: Approval) -> bool:
    """Wait while the others are rung; tell whether the launch is under way.

    Whoever hangs up meanwhile leaves the question open: it goes on without him.
    """
    office, line = desk.house.office, desk.line
    line.say("approval-asked")
    while (found := standing(office, asked.id)).is_open:
        if not alone_in(office, asked):
            return _alone(desk, asked)
        if line.ask("/silence/2", keys="*", wait=LOOK) == "*":
            raise BackError
    if found.decision is Decision.REFUSED:
        line.say(line.sentence("approval-was-refused", by=found.decided_by or ""))
        return False
    return True


def _alone(desk: Desk, asked: Approval) -> bool:
    """Launch without a second officer, for a reason that is told to everybody."""
    key = desk.choose("alone-ask", keys="".join(REASONS))
    if not desk.confirms("approval-code"):
        desk.line.say("officer-wrong")
        raise BackError
    reason = desk.line.words(REASONS[key])
    launch_alone(desk.house.office, asked.id, desk.officer, reason)
    return True


def _tell(desk: Desk, asked: Approval) -> None:
    """Say who wants to launch what, for how many homes, and play the message."""
    line = desk.line
    card = desk.house.office.desk.card(asked.campaign_id)
    spoken = card.message[0]
    told = {"by": asked.asked_by, "name": card.name, "homes": str(asked.homes)}
    line.say(line.sentence("approval-what", **told), f"/{spoken.prompt}")
