"""Launches by telephone, and the second officer whom a large alert needs.

The rule is the telephone's alone: what an administrator launches by the shell asks
nobody. A decision and what follows from it are committed together. Whom the chief shall
ring stands in a command row: the other officers in turn, or all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from automaton.domain.approval import (
    Approval,
    Decision,
    is_waiting,
    may_be_alone,
    needs_second,
    wait_left,
)
from automaton.domain.collectivity import Act
from automaton.domain.errand import (
    DUE,
    NEWS,
    NOBODY_DECIDED,
    RING_OFFICERS,
    News,
    Why,
)
from automaton.domain.officer import Officer
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.commands import handed, knocked
from automaton.services.launches import DryRun, Launched, orders, start
from automaton.services.office import Office
from automaton.store.approvals import (
    Following,
    approvals_of,
    ask_approval,
    decide_approval,
    read_approval,
)
from automaton.store.errands import Errand, errands_about

LONGEST_REASON = 500
WHILE_HE_LISTENS = timedelta(seconds=30)
"""Who asked may be on the line still, and hears it there: then he is not rung."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What an officer decided, and the launch where it was one."""

    approval: Approval
    launched: Launched | None = None


def launch_by_telephone(
    office: Office, told: DryRun, officer: Officer, number: str | None = None
) -> Launched | Approval:
    """Launch what an officer has heard of, or ask the others where it is large.

    `number`: where the officer is told how it goes, without a registered telephone.
    `RequestError` where something forbids it: nobody is asked for nothing then.
    """
    if needs(office, told):
        return ask(office, told, officer, number)
    _refuse_stranger(office, told.campaign_id, officer)
    posted = _posted(officer.id, number)
    return start(office, told.campaign_id, officer.name, posted)


def needs(office: Office, told: DryRun) -> bool:
    """Tell whether a launch by telephone needs a second officer."""
    above = office.settings.calling.second_officer_above
    return needs_second(told.homes, above)


def ask(
    office: Office, told: DryRun, officer: Officer, number: str | None = None
) -> Approval:
    """Ask the other officers for a launch; where that is being done, return it."""
    _refuse_stranger(office, told.campaign_id, officer)
    orders(office, told.campaign_id, officer.name)  # what forbids it is said at once
    now = office.clock.now()
    wanted = Approval(new_id(), told.campaign_id, officer.name, now, told.homes)

    def following(asked: Approval) -> Following:
        act = _act(office, asked, officer, "approval_asked")
        ring = _errand(office, asked, officer, Why.APPROVAL, number)
        return Following(act, errands=(ring, _nobody_decided(office, asked, ring)))

    asked = ask_approval(office.desk.engine, wanted, now, following)
    knocked(office.settings.control_socket)
    return asked


def decide(
    office: Office,
    approval_id: str,
    officer: Officer,
    *,
    approves: bool,
    reason: str = "",
) -> Decided:
    """Approve a launch, which starts it, or refuse it.

    `RequestError` for who asked, for what is decided already or too old, and where
    something forbids the launch meanwhile.
    """
    asked = read_approval(office.desk.engine, approval_id)
    _refuse_stranger(office, asked.campaign_id, officer)
    if officer.name == asked.asked_by:
        raise _refused("Who asked cannot decide: another officer must.", "second")
    _refuse_over(office, asked)
    if approves:
        decided = _decided(office, asked, Decision.APPROVED, officer, reason)
        act = _act(office, asked, officer, "approval_given")
        told = _news(office, decided, News.AGREED)
        return _launched(office, decided, act, asked.asked_by, *told)
    decided = _decided(office, asked, Decision.REFUSED, officer, reason)
    act = _act(office, asked, officer, "approval_refused")
    told = _news(office, decided, News.REFUSED)
    decide_approval(office.desk.engine, decided, Following(act, errands=told))
    return Decided(decided)


def launch_alone(
    office: Office, approval_id: str, officer: Officer, reason: str
) -> Decided:
    """Launch an alert without a second officer, where nobody has decided long enough.

    It stands first in every report, and all officers are told. `RequestError` for
    another class, without a reason, too early, and where another officer has refused
    this launch.
    """
    asked = read_approval(office.desk.engine, approval_id)
    _refuse_stranger(office, asked.campaign_id, officer)
    if not is_for_one(office, asked):
        raise _refused("Only an alert may be launched by one officer alone.", "class")
    if not reason.strip():
        raise _refused("Say why it is launched by one officer alone.", "reason")
    _refuse_over(office, asked)
    _refuse_refused(office, asked)
    if left := alone_in(office, asked):
        seconds = round(left.total_seconds()) or 1
        early = f"It may be launched by one officer alone in {seconds} s."
        raise _refused(early, "early")
    decided = _decided(office, asked, Decision.ALONE, officer, reason)
    act = _act(office, asked, officer, "launched_alone")
    tell = _errand(office, asked, officer, Why.ALONE)
    return _launched(office, decided, act, officer.name, tell)


def alone_in(office: Office, asked: Approval) -> timedelta:
    """Return after how long one officer may launch alone, nothing where now."""
    wait = office.settings.calling.second_officer_wait
    return wait_left(asked, office.clock.now(), wait)


def is_for_one(office: Office, asked: Approval) -> bool:
    """Tell whether one officer may launch it alone at all: alerts, nothing else."""
    return may_be_alone(office.desk.card(asked.campaign_id).campaign_class)


def standing(office: Office, approval_id: str) -> Approval:
    """Return what has become of an approval so far."""
    return read_approval(office.desk.engine, approval_id)


def _launched(
    office: Office, decided: Approval, act: Act, by: str, *errands: Errand
) -> Decided:
    """Write a decision and the launch that follows from it, together."""
    posted = _posted_of(office, decided)
    asks, begin = orders(office, decided.campaign_id, by, posted)
    following = Following(act, asks, errands)
    *_, command = decide_approval(office.desk.engine, decided, following)
    asked = handed(office, command, decided.campaign_id)
    return Decided(decided, Launched(asked, begin))


def _decided(
    office: Office, asked: Approval, decision: Decision, officer: Officer, reason: str
) -> Approval:
    return replace(
        asked,
        decision=decision,
        decided_by=officer.name,
        decided_at=office.clock.now(),
        reason=" ".join(reason.split())[:LONGEST_REASON],
    )


def _refuse_stranger(office: Office, campaign_id: str, officer: Officer) -> None:
    owner = office.desk.card(campaign_id).register.collectivity
    if owner.id != officer.collectivity_id:
        raise _refused(f"{officer.name} is no officer of {owner.name}.", "stranger")


def _refuse_over(office: Office, asked: Approval) -> None:
    if not asked.is_open:
        raise _refused("Another officer has decided already.", "closed")
    if not is_waiting(asked, office.clock.now()):
        raise _refused("That was asked too long ago: ask again.", "lapsed")


def _refuse_refused(office: Office, asked: Approval) -> None:
    for one in approvals_of(office.desk.engine, asked.campaign_id):
        if one.decision is Decision.REFUSED:
            raise _refused("Another officer has refused this launch.", "refused")


def _act(office: Office, asked: Approval, officer: Officer, action: str) -> Act:
    about = (action, "campaign", asked.campaign_id, officer.collectivity_id)
    homes = (("homes", str(asked.homes)),)
    return Act(officer.name, office.clock.now(), *about, homes)


def _posted(officer_id: str, number: str | None) -> dict[str, str]:
    """Return who is told how a launch goes, and on which number without another."""
    return {"officer": officer_id} | ({} if number is None else {"number": number})


def _news(office: Office, decided: Approval, news: News) -> tuple[Errand, ...]:
    """Return the call that tells who asked, should he have hung up by then."""
    if not (posted := _posted_of(office, decided)) or not decided.decided_at:
        return ()
    owner = office.desk.card(decided.campaign_id).register.collectivity
    by = decided.decided_by or ""
    told = {"collectivity": owner.id, "news": news.value, "by": by}
    due = decided.decided_at + WHILE_HE_LISTENS
    return (_due(NEWS, decided, posted | told, due, decided.decided_at),)


def _nobody_decided(office: Office, asked: Approval, ring: Errand) -> Errand:
    """Return the call to who asked, where nobody has decided in time."""
    told = {name: ring.payload[name] for name in ("collectivity", "approval")}
    told |= _posted(ring.payload["but"], ring.payload.get("number"))
    due = asked.asked_at + office.settings.calling.second_officer_wait
    return _due(NOBODY_DECIDED, asked, told, due + WHILE_HE_LISTENS, ring.at)


def _due(
    name: str, about: Approval, told: dict[str, str], due: datetime, now: datetime
) -> Errand:
    """Return a call to who asked for an approval, that leaves when it is due."""
    payload = {**told, DUE: due.isoformat()}
    return Errand(name, about.asked_by, now, payload, about.campaign_id)


def _posted_of(office: Office, decided: Approval) -> dict[str, str]:
    """Return who is told how a launch goes of which a second officer was asked."""
    for errand in errands_about(office.desk.engine, decided.campaign_id):
        told = errand.payload
        if told.get("approval") == decided.id and told.get("why") == Why.APPROVAL:
            return _posted(told["but"], told.get("number"))
    return {}


def _errand(
    office: Office,
    asked: Approval,
    officer: Officer,
    why: Why,
    number: str | None = None,
) -> Errand:
    """Return whom to ring: all officers but the one who did it, and why."""
    told = {
        "collectivity": officer.collectivity_id,
        "why": why.value,
        "approval": asked.id,
        "but": officer.id,
    }
    told |= {} if number is None else {"number": number}
    now = office.clock.now()
    return Errand(RING_OFFICERS, officer.name, now, told, asked.campaign_id)


def _refused(sentence: str, about: str) -> RequestError:
    return RequestError(sentence, error_id=f"approval-{about}")
