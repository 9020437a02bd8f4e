"""Campaigns are made here: checked, rendered, written as drafts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from automaton.domain.campaign import CampaignClass
from automaton.domain.trunk import most_talks
from automaton.errors import RequestError
from automaton.services.campaign_names import accepted_name
from automaton.services.drafts import (
    Created,
    place_of,
    refuse_bad_counts,
    refuse_bad_moments,
    refuse_bad_weight,
    refuse_beyond,
    spoken_message,
    written,
)
from automaton.services.messages import MessageWish
from automaton.services.numbers import carrying, written_number
from automaton.services.office import Office
from automaton.services.policies import (
    Terms,
    call_policy,
    changes_in,
    read_changes,
    refuse_forbidden_register,
)
from automaton.services.routes import route
from automaton.settings import Settings
from automaton.store.audience import Audience
from automaton.store.drafts import Draft, RegisterCard

POLICY = "policy.toml"


@dataclass(frozen=True, slots=True)
class CampaignWish:
    """What a person asks for. Moments are aware; the rest has the settings' defaults.

    `register` and `collectivity` are names or ids, `groups` too. `caller_id` is
    written as people write it, and so is `transfer`, whom key 0 rings. `policy` is the
    text of a policy file, where none is named.
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
    policy: str = ""
    help_key: bool = False
    accept_machine: bool | None = None
    accept_heard_twice: bool | None = None
    weight: int = 1
    transfer: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft that is not written yet, and what its author should know."""

    draft: Draft
    register: RegisterCard
    notices: tuple[str, ...]


def create(office: Office, wish: CampaignWish) -> Created:
    """Write a campaign as a draft; `RequestError` says what cannot be, in one sentence.

    Renders the message first, so that the first call need not wait for it.
    """
    made = prepared(office, wish)
    return written(office, made.draft, made.register, made.notices)


def prepared(office: Office, wish: CampaignWish) -> Prepared:
    """Return what would be written as a draft, its message rendered."""
    name = accepted_name(wish.name)
    refuse_bad_counts(wish.lines, wish.attempts)
    refuse_bad_weight(wish.weight)
    refuse_bad_moments(wish.starts_at, wish.expires_at, office.clock.now())
    register = office.desk.register(wish.register, wish.collectivity)
    refuse_forbidden_register(wish.campaign_class, register.kind)
    groups = office.desk.group_ids(register.id, wish.groups)
    changes = read_changes(wish.policy_file)
    if wish.policy and wish.policy_file is None:
        changes = changes_in(wish.policy, POLICY)
    policy = call_policy(
        office.settings.calling,
        changes,
        _terms(office.settings, wish, register.collectivity.region),
        place_of(office, register),
    )
    refuse_beyond(wish.attempts, policy)
    message = spoken_message(office, wish.message, register, policy, changes)
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
    return Prepared(draft, register, message.notices)


def _terms(settings: Settings, wish: CampaignWish, region: str) -> Terms:
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
        wish.weight,
        wish.transfer and _person(settings, wish.transfer, region),
    )


def _person(settings: Settings, written: str, region: str) -> str:
    """Return the number that key 0 rings; `RequestError` where no trunk can."""
    number = written_number(written, region, settings.sip_trunks)
    able = carrying(settings.sip_trunks, number)
    if not any(
        most_talks(one.lines, one.reserved_lines, is_called=bool(one.dids))
        for one in able
    ):
        raise RequestError(
            "No trunk has a line for key 0: give one more lines, or leave that key"
            " out.",
            error_id="no-line-for-a-person",
        )
    return number
