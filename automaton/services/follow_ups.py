"""Campaigns that follow a campaign: again, a correction, an all-clear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from automaton.domain.campaign import (
    FINAL_CAMPAIGN_STATES,
    CampaignClass,
    CampaignState,
)
from automaton.domain.policy import CallPolicy
from automaton.domain.recipient import RecipientState
from automaton.services import openings
from automaton.services.campaign_names import accepted_name, name_after
from automaton.services.drafts import (
    Created,
    place_of,
    refuse_bad_counts,
    refuse_bad_moments,
    refuse_beyond,
    refused,
    spoken_message,
    written,
)
from automaton.services.messages import MessageWish, Rendered, outdated_notices
from automaton.services.office import Office
from automaton.services.policies import (
    PolicyChanges,
    Terms,
    call_policy,
    read_changes,
)
from automaton.store.audience import Audience
from automaton.store.drafts import CampaignCard, Draft


class FollowUp(StrEnum):
    """What a campaign may be to the one that it follows."""

    AGAIN = "again"
    CORRECTION = "correction"
    ALL_CLEAR = "all_clear"


CALLED: Mapping[FollowUp, str] = {
    FollowUp.CORRECTION: openings.CORRECTION,
    FollowUp.ALL_CLEAR: openings.ALL_CLEAR,
}

_S = RecipientState
NOT_REACHED = (
    _S.REACHED_UNCONFIRMED,
    _S.EXHAUSTED,
    _S.BAD_DATA,
    _S.REFUSED,
    _S.CANCELLED,
    _S.EXPIRED,
    _S.NOT_SERVED,
)
REACHED = (_S.ACKNOWLEDGED, _S.REACHED_UNCONFIRMED, _S.TRYING, _S.QUARANTINED)
STATES_OF = {
    FollowUp.AGAIN: NOT_REACHED,
    FollowUp.CORRECTION: REACHED,
    FollowUp.ALL_CLEAR: REACHED,
}


@dataclass(frozen=True, slots=True)
class FollowUpWish:
    """A campaign after a campaign. Without a message `again` says the same one.

    A text that does not say who calls begins as the parent's did (`openings`).
    Without a `name` it has the parent's, with what it is `called` in words.
    """

    kind: FollowUp
    by: str
    message: MessageWish | None = None
    name: str | None = None
    called: str = ""
    lines: int | None = None
    attempts: int | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    policy_file: Path | None = None


def follow_up(office: Office, campaign_id: str, wish: FollowUpWish) -> Created:
    """Write a draft that follows another campaign, linked to it in the report.

    `again` is a new round to the not reached of an ended campaign; a correction or an
    all-clear goes to those reached, and to those who are being rung.
    """
    parent = office.desk.card(campaign_id)
    _refuse_unfit_parent(parent, wish)
    name = _name_of(office, parent, wish)
    refuse_bad_counts(wish.lines, wish.attempts)
    refuse_bad_moments(wish.starts_at, wish.expires_at, office.clock.now())
    policy, changes = _inherited(office, parent, wish)
    refuse_beyond(wish.attempts, policy)
    caller = parent.register.collectivity.name
    message = Rendered(parent.message, outdated_notices(parent.message, caller))
    if wish.message is not None:
        told = openings.introduced(office, wish.message, parent, CALLED.get(wish.kind))
        message = spoken_message(office, told, parent.register, policy, changes)
    draft = Draft(
        name=name,
        campaign_class=parent.campaign_class,
        collectivity_id=parent.register.collectivity.id,
        register_id=parent.register.id,
        message=message.texts,
        policy=policy,
        audience=_followed(parent, wish.kind),
        by=wish.by,
        at=office.clock.now(),
        starts_at=wish.starts_at,
        expires_at=wish.expires_at,
        parent_id=parent.id,
        caller=caller,
        follow_up=wish.kind.value,
    )
    return written(office, draft, parent.register, message.notices)


def _name_of(office: Office, parent: CampaignCard, wish: FollowUpWish) -> str:
    if wish.name is not None:
        return accepted_name(wish.name)
    called = wish.called or wish.kind.value
    return accepted_name(name_after(office, parent.name, called))


def _inherited(
    office: Office, parent: CampaignCard, wish: FollowUpWish
) -> tuple[CallPolicy, PolicyChanges]:
    """Return the parent's policy, as the wish and the day change it."""
    old = parent.policy
    changes = read_changes(wish.policy_file)
    terms = Terms(
        parent.campaign_class,
        wish.lines or old.lines,
        wish.attempts,
        old.trunks,
        old.caller_id,
        old.help_key,
        old.accept_machine,
        old.accept_heard_twice,
        old.weight,
        old.transfer,
    )
    place = place_of(office, parent.register)
    fresh = call_policy(office.settings.calling, changes, terms, place)
    if wish.policy_file is not None:
        return _with_room(office, fresh, parent, wish.kind), changes
    retry = old.retry
    if wish.attempts is not None:
        retry = replace(retry, tries_per_point=wish.attempts)
    kept = replace(old, hours=fresh.hours, lines=terms.lines, retry=retry)
    return _with_room(office, kept, parent, wish.kind), changes


def _with_room(
    office: Office, policy: CallPolicy, parent: CampaignCard, kind: FollowUp
) -> CallPolicy:
    """Let its own tries come on top of what those before it may ring a number.

    Whom an alert has rung four times is told at once that the danger has changed.
    """
    if kind is FollowUp.AGAIN or parent.campaign_class is not CampaignClass.ALERT:
        return policy
    tries = policy.retry.tries_per_point
    before = [one.policy.ceilings for one in office.desk.family(parent.id)]
    most = [max(c.calls for c in same) for same in zip(*before, strict=True)]
    raised = zip(policy.ceilings, most, strict=True)
    ceilings = (replace(c, calls=max(c.calls, used) + tries) for c, used in raised)
    return replace(policy, ceilings=tuple(ceilings))


def _followed(parent: CampaignCard, kind: FollowUp) -> Audience:
    """Return whom a follow-up is for; who picked up has heard something of it."""
    states = tuple(state.value for state in STATES_OF[kind])
    answered = kind is not FollowUp.AGAIN
    return Audience(parent.register.id, (), parent.id, states, answered)


def _refuse_unfit_parent(parent: CampaignCard, wish: FollowUpWish) -> None:
    if parent.state in {CampaignState.DRAFT, CampaignState.SCHEDULED}:
        raise refused("Nobody was rung by this campaign yet.", "follow-up")
    if wish.kind is FollowUp.AGAIN:
        if parent.state not in FINAL_CAMPAIGN_STATES:
            sentence = (
                "A new round needs the campaign to be over: it is still going on."
            )
            raise refused(sentence, "follow-up")
    elif wish.message is None:
        sentence = "A correction or an all-clear needs a message of its own."
        raise refused(sentence, "follow-up")
