"""Campaigns are made here: checked, rendered, written as drafts, and followed up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from automaton.domain.campaign import (
    FINAL_CAMPAIGN_STATES,
    CampaignClass,
    CampaignState,
)
from automaton.domain.message import RenderedText
from automaton.domain.policy import CallPolicy
from automaton.domain.recipient import RecipientState
from automaton.errors import RequestError
from automaton.services.campaign_names import (
    accepted_name,
    name_after,
    namesakes,
)
from automaton.services.codewords import render_code_words
from automaton.services.dialogue import dialogue_notices
from automaton.services.messages import (
    Caller,
    MessageWish,
    Rendered,
    outdated_notices,
    unsigned_notices,
)
from automaton.services.office import Office
from automaton.services.policies import (
    Place,
    PolicyChanges,
    Terms,
    call_policy,
    read_changes,
    refuse_forbidden_register,
)
from automaton.services.routes import anonymous, route
from automaton.settings import Settings
from automaton.store.audience import Audience
from automaton.store.drafts import CampaignCard, Draft, RegisterCard
from automaton.voices.phrases import phrase_languages


class FollowUp(StrEnum):
    """What a campaign may be to the one that it follows."""

    AGAIN = "again"
    CORRECTION = "correction"
    ALL_CLEAR = "all_clear"


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
class CampaignWish:
    """What a person asks for. Moments are aware; the rest has the settings' defaults.

    `register` and `collectivity` are names or ids, `groups` too. `caller_id` is
    written as people write it.
    """

    name: str
    campaign_class: CampaignClass
    register: str
    message: MessageWish
    by: str
    collectivity: str | None = None
    groups: tuple[str, ...] = ()
    lines: int | None = None
    attempts: int | None = None
    trunks: tuple[str, ...] = ()
    caller_id: str | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    policy_file: Path | None = None
    help_key: bool = False
    accept_machine: bool | None = None
    accept_heard_twice: bool | None = None


@dataclass(frozen=True, slots=True)
class FollowUpWish:
    """A campaign after a campaign. Without a message `again` says the same one.

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


@dataclass(frozen=True, slots=True)
class Created:
    """A draft that is written; `notices` are what its author should know."""

    id: str
    message: tuple[RenderedText, ...]
    policy: CallPolicy
    notices: tuple[str, ...] = ()


def create(office: Office, wish: CampaignWish) -> Created:
    """Write a campaign as a draft; `RequestError` says what cannot be, in one sentence.

    Renders the message first, so that the first call need not wait for it.
    """
    name = accepted_name(wish.name)
    _refuse_bad_counts(wish.lines, wish.attempts)
    _refuse_bad_moments(wish.starts_at, wish.expires_at, office.clock.now())
    register = office.desk.register(wish.register, wish.collectivity)
    refuse_forbidden_register(wish.campaign_class, register.kind)
    groups = office.desk.group_ids(register.id, wish.groups)
    changes = read_changes(wish.policy_file)
    policy = call_policy(
        office.settings.calling,
        changes,
        _terms(office.settings, wish),
        _place(office, register),
    )
    _refuse_beyond(wish.attempts, policy)
    message = _rendered(office, wish.message, register, policy, changes)
    draft = Draft(
        name=name,
        campaign_class=wish.campaign_class,
        collectivity_id=register.collectivity.id,
        register_id=register.id,
        message=message.texts,
        policy=policy,
        audience=Audience(register.id, groups),
        by=wish.by,
        at=office.clock.now(),
        starts_at=wish.starts_at,
        expires_at=wish.expires_at,
        caller=register.collectivity.name,
    )
    return _written(office, draft, register, message.notices)


def follow_up(office: Office, campaign_id: str, wish: FollowUpWish) -> Created:
    """Write a draft that follows another campaign, linked to it in the report.

    `again` is a new round to the not reached of an ended campaign; a correction or an
    all-clear goes to those reached, and to those who are being rung.
    """
    parent = office.desk.card(campaign_id)
    _refuse_unfit_parent(parent, wish)
    name = _name_of(office, parent, wish)
    _refuse_bad_counts(wish.lines, wish.attempts)
    _refuse_bad_moments(wish.starts_at, wish.expires_at, office.clock.now())
    policy, changes = _inherited(office, parent, wish)
    _refuse_beyond(wish.attempts, policy)
    caller = parent.register.collectivity.name
    message = Rendered(parent.message, outdated_notices(parent.message, caller))
    if wish.message is not None:
        message = _rendered(office, wish.message, parent.register, policy, changes)
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
    return _written(office, draft, parent.register, message.notices)


def _name_of(office: Office, parent: CampaignCard, wish: FollowUpWish) -> str:
    if wish.name is not None:
        return accepted_name(wish.name)
    called = wish.called or wish.kind.value
    return accepted_name(name_after(office, parent.name, called))


def _terms(settings: Settings, wish: CampaignWish) -> Terms:
    trunks, caller_id = route(settings, wish.trunks, wish.caller_id)
    return Terms(
        wish.campaign_class,
        wish.lines,
        wish.attempts,
        trunks,
        caller_id,
        wish.help_key,
        wish.accept_machine,
        wish.accept_heard_twice,
    )


def _place(office: Office, register: RegisterCard) -> Place:
    owner = register.collectivity
    zone = owner.timezone or office.settings.calling.timezone
    today = office.clock.now().astimezone(ZoneInfo(zone)).date()
    return Place(zone, owner.insee, today)


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
    )
    place = _place(office, parent.register)
    fresh = call_policy(office.settings.calling, changes, terms, place)
    if wish.policy_file is not None:
        return fresh, changes
    retry = old.retry
    if wish.attempts is not None:
        retry = replace(retry, tries_per_point=wish.attempts)
    return replace(old, hours=fresh.hours, lines=terms.lines, retry=retry), changes


def _rendered(
    office: Office,
    wish: MessageWish,
    register: RegisterCard,
    policy: CallPolicy,
    changes: PolicyChanges,
) -> Rendered:
    """Render a message, the collectivity's own language first.

    Refused without it: everybody who speaks no other would hear the foreign one.
    """
    own = register.collectivity.language
    spoken, known = set(wish.languages), set(phrase_languages())
    if spoken and own not in spoken and {own, *spoken} <= known:
        where = register.collectivity.name
        sentence = (
            f"The message says nothing in {own}, the language of {where}: add --text"
            f" {own}=…"
        )
        raise _refused(sentence, "message-language")
    texts = dict(sorted(wish.texts.items(), key=lambda item: item[0] != own))
    caller = Caller(register.collectivity.name, policy.caller_id)
    wish = replace(wish, texts=texts)
    rendered = office.studio.rendered(wish, caller, changes.longest_message)
    unsigned = unsigned_notices(rendered.texts, caller)
    return replace(rendered, notices=(*rendered.notices, *unsigned))


def _written(
    office: Office, draft: Draft, register: RegisterCard, notices: Sequence[str]
) -> Created:
    mute = render_code_words(office, register)
    cut = dialogue_notices(office, draft)
    notices = (*notices, *cut, *mute, *namesakes(office, draft))
    capacity = office.capacity_of(draft.policy).lines
    wished = draft.policy.lines or capacity
    if wished > capacity:
        notices = (*notices, f"Its trunks have {capacity} lines, not {wished}.")
    notices = (*notices, *anonymous(office.trunks_of(draft.policy)))
    office.desk.write_draft(draft)
    return Created(draft.id, draft.message, draft.policy, tuple(notices))


def _followed(parent: CampaignCard, kind: FollowUp) -> Audience:
    """Return whom a follow-up is for; who picked up has heard something of it."""
    states = tuple(state.value for state in STATES_OF[kind])
    answered = kind is not FollowUp.AGAIN
    return Audience(parent.register.id, (), parent.id, states, answered)


def _refuse_bad_counts(lines: int | None, attempts: int | None) -> None:
    for what, count in (("lines", lines), ("attempts", attempts)):
        if count is not None and count < 1:
            raise _refused(f"The number of {what} must be 1 or more.", "campaign-count")


def _refuse_beyond(attempts: int | None, policy: CallPolicy) -> None:
    """Refuse more tries for one number than there are for all of a recipient."""
    most = policy.retry.tries_per_recipient
    if attempts is not None and attempts > most:
        sentence = f"The number of attempts must be {most} or less: that many a home."
        raise _refused(sentence, "campaign-count")


def _refuse_bad_moments(
    starts_at: datetime | None, expires_at: datetime | None, now: datetime
) -> None:
    if expires_at is not None and expires_at <= max(now, starts_at or now):
        raise _refused("The campaign would expire before it starts.", "campaign-time")
    if starts_at is not None and starts_at <= now:
        raise _refused("The start is in the past.", "campaign-time")


def _refuse_unfit_parent(parent: CampaignCard, wish: FollowUpWish) -> None:
    if parent.state in {CampaignState.DRAFT, CampaignState.SCHEDULED}:
        raise _refused("Nobody was rung by this campaign yet.", "follow-up")
    if wish.kind is FollowUp.AGAIN:
        if parent.state not in FINAL_CAMPAIGN_STATES:
            sentence = (
                "A new round needs the campaign to be over: it is still going on."
            )
            raise _refused(sentence, "follow-up")
    elif wish.message is None:
        sentence = "A correction or an all-clear needs a message of its own."
        raise _refused(sentence, "follow-up")


def _refused(sentence: str, error_id: str) -> RequestError:
    return RequestError(sentence, error_id=error_id)
