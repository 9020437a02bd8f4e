"""Campaigns' states: commands and hours in, moves by table out (writer's thread)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from automaton.domain.alarm import Alarm
from automaton.domain.attempt import advance
from automaton.domain.campaign import (
    FINAL_CAMPAIGN_STATES,
    Campaign,
    CampaignClass,
    CampaignState,
    Move,
    moved,
)
from automaton.domain.errand import News
from automaton.domain.events import CallEvent, PersonsWord
from automaton.domain.help import HelpAlarm
from automaton.domain.proof import Proof
from automaton.domain.recipient import RecipientState
from automaton.engine.calls.settle import Rules, conclude
from automaton.engine.lines.safeguard import PAUSED_BY_SAFEGUARD
from automaton.ports import Command, RecipientChange, Transaction, TrunkCondition

CHUNK = 500
US = "automaton"  # who does what no person commanded
MOVE_OF = {
    "launch": Move.LAUNCH,
    "pause": Move.PAUSE,
    "resume": Move.RESUME,
    "stop": Move.STOP,
}
NEWS_OF = {
    Move.PAUSE: News.PAUSED,
    Move.STOP: News.STOPPED,
    Move.FINISH: News.ENDED,
    Move.EXPIRE: News.ENDED,
}
WATCHED = (CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.PAUSED)
WORDS = frozenset({Proof.RELATIVES_WORD, Proof.CALLED_BACK, Proof.AGENTS_WORD})
FATE = {
    CampaignState.CANCELLED: RecipientState.CANCELLED,
    CampaignState.EXPIRED: RecipientState.EXPIRED,
}


@dataclass
class Turn:
    """What one look at all campaigns found: those to watch, and what has just moved.

    `leads`: whether this node carries commands out, and moves campaigns; then also
    `asked_for_help`: who did and has nobody who took it, and the `errands`: whom to
    ring, for a door. `left_at`: when any node let the last call of a campaign leave;
    `on_lines`: the campaigns that have a call on a line of any node; `conditions`: what
    each node thinks of a trunk. All three only where there are other nodes.
    """

    leads: bool = True
    campaigns: list[Campaign] = field(default_factory=list)
    moved: list[Campaign] = field(default_factory=list)
    words: list[CallEvent] = field(default_factory=list)
    asked_for_help: Sequence[HelpAlarm] = ()
    errands: Sequence[Command] = ()
    due: dict[str, datetime | None] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    left_at: Mapping[str, datetime] = field(default_factory=dict)
    on_lines: Collection[str] = ()
    conditions: Sequence[tuple[TrunkCondition, str]] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What the loop knows and the database does not.

    `blocked`: campaigns that no trunk of theirs has carried for too long; `usable`: the
    trunks that are not broken; `states`: of the campaigns that are watched;
    `has_others`: whether other nodes share the database; `many`: no more than so many
    due attempts are counted, and none of the campaigns that are `counted`. `done`: the
    campaigns of which everybody has an end; nobody knows before a look.
    """

    now: datetime
    busy: Collection[str]
    blocked: Collection[str]
    usable: Collection[str]
    states: Mapping[str, CampaignState] = field(default_factory=dict)
    many: int = 0
    counted: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    has_others: bool = False


def turn(transaction: Transaction, view: View) -> Turn:
    """Carry out what was commanded and what the hour brings, where we lead; look."""
    found = Turn(leads=transaction.is_chief())
    found.campaigns = _govern(transaction, view, found) if found.leads else []
    found.asked_for_help = transaction.untaken_alarms() if found.leads else ()
    found.errands = transaction.errands() if found.leads else ()
    if found.moved or not found.leads:
        found.campaigns = list(transaction.campaigns(WATCHED))
    found.moved += _moved_unheard(transaction, view, found)
    started = [c.id for c in found.campaigns if c.state is not CampaignState.SCHEDULED]
    found.due = dict(transaction.next_dues(started))
    running = [c.id for c in found.campaigns if c.state is CampaignState.RUNNING]
    unknown = [id_ for id_ in running if id_ not in view.counted]
    if len(started) > 1 and unknown:
        found.waiting = dict(transaction.count_due(unknown, view.now, view.many))
    if found.leads and view.has_others:
        found.left_at = transaction.left_at(running)
        found.on_lines = transaction.on_lines(running)
        found.conditions = transaction.trunk_conditions()
    return found


def _govern(transaction: Transaction, view: View, found: Turn) -> list[Campaign]:
    """Carry out commands and hours; return the campaigns as they were between both."""
    for command in transaction.commands():
        refusal = _obey(transaction, command, view, found)
        transaction.finish_command(command.id, refusal)
        _witness(transaction, command, refusal, view.now)
    watched = list(transaction.campaigns(WATCHED))
    ids = [c.id for c in watched if c.planned and c.id not in view.busy]
    view = replace(view, done=transaction.done_campaigns(ids))
    for campaign in watched:
        _by_the_hour(transaction, campaign, view, found)
    return watched


def _moved_unheard(transaction: Transaction, view: View, found: Turn) -> list[Campaign]:
    """Return campaigns that ended without the loop's knowing.

    A connection lost at its very end may have committed what seemed to fail.
    """
    heard = {campaign.id for campaign in (*found.campaigns, *found.moved)}
    missing = [
        id_
        for id_, state in view.states.items()
        if state not in FINAL_CAMPAIGN_STATES and id_ not in heard
    ]
    campaigns = [transaction.campaign(id_) for id_ in missing]
    return [campaign for campaign in campaigns if campaign is not None]


def has_way(campaign: Campaign, usable: Collection[str]) -> bool:
    """Tell whether one of the campaign's own trunks is among the usable ones."""
    names = campaign.policy.trunks
    return bool(usable) if not names else not set(names).isdisjoint(usable)


def untold(
    transaction: Transaction, since: datetime, trunks: Collection[str]
) -> list[Campaign]:
    """Return campaigns with something to tell that a killed daemon has not told.

    A start takes its `trunks` for sound, so that a safeguard's pause ends with it.
    """
    paused = transaction.campaigns((CampaignState.PAUSED,))
    stay = [c for c in paused if not (_resumes_by_itself(c) and has_way(c, trunks))]
    return [*stay, *transaction.untold_ends(Alarm.ALERT_ENDED.value, since)]


def close_chunk(transaction: Transaction, campaign: Campaign, now: datetime) -> int:
    """Give some recipients of an ended campaign their final state; 0 when done.

    Also where another node leads by now: it goes on.
    """
    fate = FATE.get(campaign.state)
    if fate is None or not transaction.is_chief():
        return 0
    return transaction.close_recipients(campaign.id, fate, now, CHUNK)


def _obey(
    transaction: Transaction, command: Command, view: View, found: Turn
) -> str | None:
    """Carry out one command; return why it is refused, None if it was done."""
    if command.name == "acknowledge":
        return _take_word(transaction, command, view, found)
    move = MOVE_OF.get(command.name)
    campaign = transaction.campaign(command.campaign_id or "")
    if move is None or campaign is None:
        return f"nothing is known of « {command.name} » for this campaign"
    if move is Move.LAUNCH:
        refusal = _cannot_launch(transaction, campaign)
        if refusal is not None:
            return refusal
        if campaign.starts_at is not None and campaign.starts_at > view.now:
            move = Move.SCHEDULE
    reason = command.payload.get("reason", "") or _reason_kept(campaign, move)
    if not _move(transaction, campaign, move, view.now, reason, found):
        return f"a campaign that is {campaign.state} cannot {command.name}"
    _tell_launcher(transaction, campaign, move, command.by)
    return None


def _reason_kept(campaign: Campaign, move: Move) -> str:
    """Return why it pauses already; the safeguard's reason would let it go on."""
    by_us = campaign.pause_reason == PAUSED_BY_SAFEGUARD
    stays = move is Move.PAUSE and not by_us
    return (campaign.pause_reason or "") if stays else ""


def _witness(
    transaction: Transaction, command: Command, refusal: str | None, now: datetime
) -> None:
    """Write into the audit who commanded what, and whether it was refused."""
    what = command.name if refusal is None else f"{command.name}_refused"
    about = command.payload.get("recipient") or command.campaign_id or ""
    transaction.audit(command.by, what, about, now)


def _cannot_launch(transaction: Transaction, campaign: Campaign) -> str | None:
    needs_duty = campaign.campaign_class is CampaignClass.ALERT
    offers_help = campaign.policy.help_key
    if needs_duty or offers_help:
        listed = transaction.duty_list(campaign.collectivity_id)
        if not listed and needs_duty:
            return "no alert starts without a duty list"
        if not listed:
            return "key 3 asks for help, and there is no duty list"
    return None if campaign.messages else "the message was not rendered"


def _take_word(
    transaction: Transaction, command: Command, view: View, found: Turn
) -> str | None:
    """Write a person's word on the recipient's last attempt, and tell the loop.

    Who was never to be rung (no number of theirs was sound) has no attempt: the word
    stands for itself.
    """
    proof = command.payload.get("proof", Proof.AGENTS_WORD.value)
    if proof not in WORDS:
        return f"« {proof} » proves nothing"
    cases = transaction.cases([command.payload.get("recipient", "")])
    if not cases:
        return "there is no such recipient"
    if not cases[0].attempts:
        known, state = cases[0].recipient.id, RecipientState.ACKNOWLEDGED
        word_alone = RecipientChange(known, state, proof, view.now)
        transaction.conclude([word_alone], view.now)
        return None
    (last,) = transaction.attempts([cases[0].attempts[-1].id], hold=True)
    word = PersonsWord(last.id, view.now, proof)
    transaction.save([advance(last, word)])
    conclude(transaction, [cases[0].recipient.id], Rules({}, {}, view.now))
    found.words.append(word)
    return None


def _by_the_hour(
    transaction: Transaction, campaign: Campaign, view: View, found: Turn
) -> None:
    """Start, expire, pause, resume or finish one campaign when its moment has come."""
    for move, holds, reason in HOURLY:
        if holds(transaction, campaign, view):
            if _move(transaction, campaign, move, view.now, reason, found):
                transaction.audit(US, move.value, campaign.id, view.now)
                _tell_launcher(transaction, campaign, move, US)
            return


def _tell_launcher(
    transaction: Transaction, campaign: Campaign, move: Move, by: str
) -> None:
    """Let who launched by telephone know of what stops a campaign, and of its end."""
    if move in NEWS_OF:
        transaction.tell_launcher(campaign.id, NEWS_OF[move], by)


def _move(
    transaction: Transaction,
    campaign: Campaign,
    move: Move,
    now: datetime,
    reason: str,
    found: Turn,
) -> bool:
    state = moved(campaign.state, move)
    if state is None:
        return False
    transaction.move_campaign(campaign.id, state, now, reason)
    if campaign.state is CampaignState.DRAFT and state in FINAL_CAMPAIGN_STATES:
        return True  # it was nothing for anybody: no list to freeze, nobody to tell
    found.moved.append(replace(campaign, state=state, pause_reason=reason or None))
    return True


Holds = Callable[[Transaction, Campaign, View], bool]


def _must_start(_: Transaction, campaign: Campaign, view: View) -> bool:
    due = campaign.starts_at is None or campaign.starts_at <= view.now
    return campaign.state is CampaignState.SCHEDULED and due


def _is_expired(_: Transaction, campaign: Campaign, view: View) -> bool:
    return campaign.expires_at is not None and campaign.expires_at <= view.now


def _is_stuck(_: Transaction, campaign: Campaign, view: View) -> bool:
    return campaign.state is CampaignState.RUNNING and campaign.id in view.blocked


def _passes_again(_: Transaction, campaign: Campaign, view: View) -> bool:
    return _resumes_by_itself(campaign) and has_way(campaign, view.usable)


def _resumes_by_itself(campaign: Campaign) -> bool:
    by_us = campaign.pause_reason == PAUSED_BY_SAFEGUARD
    is_alert = campaign.campaign_class is CampaignClass.ALERT
    return campaign.state is CampaignState.PAUSED and by_us and is_alert


def _is_done(transaction: Transaction, campaign: Campaign, view: View) -> bool:
    started = campaign.state in (CampaignState.RUNNING, CampaignState.PAUSED)
    if not started or campaign.id not in view.done:
        return False
    return not (view.has_others and transaction.has_live(campaign.id))


HOURLY: Sequence[tuple[Move, Holds, str]] = (
    (Move.EXPIRE, _is_expired, ""),
    (Move.START, _must_start, ""),
    (Move.FINISH, _is_done, ""),
    (Move.PAUSE, _is_stuck, PAUSED_BY_SAFEGUARD),
    (Move.RESUME, _passes_again, ""),
)
