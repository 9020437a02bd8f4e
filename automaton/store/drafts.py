"""Campaigns as they are prepared and looked at: from rows to objects and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.collectivity import Act, Collectivity, RegisterKind
from automaton.domain.message import RenderedText
from automaton.domain.policy import CallPolicy
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.store.audience import Audience, audience_of
from automaton.store.chain import append
from automaton.store.news import tell
from automaton.store.tables import (
    campaigns,
    collectivities,
    commands,
    message_texts,
    messages,
    registers,
)


@dataclass(frozen=True, slots=True)
class RegisterCard:
    """A register, of which kind, and whose it is."""

    id: str
    name: str
    kind: RegisterKind
    collectivity: Collectivity


@dataclass(frozen=True, slots=True)
class Draft:
    """A campaign that somebody prepared. `parent_id`: the one that it follows.

    `caller`: the collectivity's name as the message was rendered with it.
    """

    name: str
    campaign_class: CampaignClass
    collectivity_id: str
    register_id: str
    message: tuple[RenderedText, ...]
    policy: CallPolicy
    audience: Audience
    by: str
    at: datetime
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    parent_id: str | None = None
    follow_up: str | None = None
    caller: str | None = None
    id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class CampaignCard:
    """A campaign with everything that its draft said and what became of it.

    `launch_waits`: its launch is asked for, and the daemon has not seen it yet;
    `stop_waits` likewise.
    """

    id: str
    name: str
    campaign_class: CampaignClass
    state: CampaignState
    register: RegisterCard
    policy: CallPolicy
    audience: Audience
    message: tuple[RenderedText, ...]
    created_by: str
    created_at: datetime
    planned: bool
    starts_at: datetime | None
    expires_at: datetime | None
    launched_by: str | None
    launched_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    pause_reason: str | None
    parent_id: str | None
    follow_up: str | None
    forecast: dict[str, Any] | None
    launch_waits: bool
    stop_waits: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A command to be left for the daemon."""

    name: str
    campaign_id: str
    by: str
    at: datetime
    payload: Mapping[str, str] = field(default_factory=dict)
    only_once: bool = False
    """Refused while the same command waits for the daemon."""


@dataclass(frozen=True, slots=True)
class CommandFate:
    """What became of a command: waiting, taken, obeyed, or refused and why."""

    id: int
    name: str
    taken_at: datetime | None
    finished_at: datetime | None
    refusal: str | None


def write_draft(connection: Connection, draft: Draft) -> None:
    """Write a campaign with its message, and who made it.

    `RequestError` where its collectivity was renamed or removed meanwhile.
    """
    _refuse_renamed(connection, draft)
    message_id = new_id()
    owner = {"collectivity_id": draft.collectivity_id}
    message = {"id": message_id, "name": draft.name, "created_at": draft.at}
    connection.execute(insert(messages), message | owner)
    ids = sorted(new_id() for _ in draft.message)  # of one millisecond: in any order
    texts = [
        {"id": id_, "message_id": message_id} | asdict(text)
        for id_, text in zip(ids, draft.message, strict=True)
    ]
    connection.execute(insert(message_texts), texts)
    connection.execute(insert(campaigns), _row(draft, message_id))
    created = ("campaign_created", "campaign", draft.id)
    append(connection, Act(draft.by, draft.at, *created, draft.collectivity_id))


def _refuse_renamed(connection: Connection, draft: Draft) -> None:
    is_it = collectivities.c.id == draft.collectivity_id
    asked = select(collectivities.c.name).where(is_it, _IS_THERE)
    name = connection.execute(asked.with_for_update(read=True)).scalar()
    if name is None or draft.caller not in {None, name}:
        message = "Its collectivity was renamed or removed meanwhile: nothing was made."
        raise RequestError(message, error_id="collectivity-changed")


def leave_command(connection: Connection, ask: Ask) -> int:
    """Write a command; `RequestError` where it may wait only once and does already."""
    the_campaign = update(campaigns).where(campaigns.c.id == ask.campaign_id)
    if ask.only_once:  # writing nothing holds back who asks the same at this moment
        connection.execute(the_campaign.values(state=campaigns.c.state))
        refuse_second(connection, ask)
    told = {"name": ask.name, "campaign_id": ask.campaign_id, "by": ask.by}
    row = told | {"asked_at": ask.at, "payload": dict(ask.payload)}
    done = connection.execute(insert(commands).returning(commands.c.id), row)
    tell(connection, "command")
    return int(done.scalar_one())


def refuse_second(connection: Connection, ask: Ask) -> None:
    """Raise `RequestError` for what waits already, and behind a stop that waits."""
    waits = select(commands.c.by, commands.c.name).where(
        commands.c.campaign_id == ask.campaign_id,
        commands.c.name.in_((ask.name, "stop")),
        commands.c.finished_at.is_(None),
    )
    first = connection.execute(waits.limit(1)).first()
    if first is not None:
        by, name = first
        message = f"{by} asked for this {name} already: the daemon will see it."
        raise RequestError(message, error_id="already-asked")


def read_cards(connection: Connection, asked: Select[Any]) -> list[CampaignCard]:
    """Return the campaigns of a selection of `CARDS`."""
    rows = connection.execute(asked).all()
    spoken = read_texts(connection, [row.message_id for row in rows])
    return [_card(row, spoken[row.message_id]) for row in rows]


def read_card(connection: Connection, campaign_id: str) -> CampaignCard:
    """Return everything about a campaign; `RequestError` where there is none."""
    found = read_cards(connection, CARDS.where(campaigns.c.id == campaign_id))
    if not found:
        message = f"There is no campaign « {campaign_id} »."
        raise RequestError(message, error_id="campaign-unknown")
    return found[0]


def read_texts(
    connection: Connection, message_ids: Sequence[str]
) -> Mapping[str, list[RenderedText]]:
    """Return the languages of messages, the first one first."""
    columns = (message_texts.c[name] for name in RenderedText.__slots__)
    asked = select(message_texts.c.message_id, *columns).order_by(message_texts.c.id)
    found: defaultdict[str, list[RenderedText]] = defaultdict(list)
    if message_ids:
        mine = message_texts.c.message_id.in_(message_ids)
        for message_id, *told in connection.execute(asked.where(mine)):
            text = RenderedText(*told)
            parts = None if text.parts is None else tuple(text.parts)
            found[message_id].append(replace(text, parts=parts))
    return found


def register_of(row: Any) -> RegisterCard:
    """Return the register of a row of `REGISTERS` or `CARDS`."""
    told = {n: getattr(row, f"collectivity_{n}") for n in Collectivity.__slots__}
    owner = Collectivity(**{name: value or "" for name, value in told.items()})
    kind = RegisterKind(row.register_kind)
    return RegisterCard(row.register_id, row.register_name, kind, owner)


_OWNER = tuple(
    collectivities.c[name].label(f"collectivity_{name}")
    for name in Collectivity.__slots__
)
_IS_THERE = collectivities.c.removed_at.is_(None)
REGISTERS = (
    select(
        registers.c.id.label("register_id"),
        registers.c.name.label("register_name"),
        registers.c.kind.label("register_kind"),
        *_OWNER,
    )
    .join(collectivities, collectivities.c.id == registers.c.collectivity_id)
    .where(_IS_THERE)
)
_TOLD = [
    name
    for name in CampaignCard.__slots__
    if name not in {"register", "audience", "message", "launch_waits", "stop_waits"}
]
_ASKED = select(commands.c.campaign_id).where(commands.c.finished_at.is_(None))
_LAUNCHES = _ASKED.where(commands.c.name == "launch")
_STOPS = _ASKED.where(commands.c.name == "stop")
CARDS = (
    select(
        *(campaigns.c[name] for name in _TOLD),
        campaigns.c.message_id,
        campaigns.c.audience,
        campaigns.c.id.in_(_LAUNCHES).label("launch_waits"),
        campaigns.c.id.in_(_STOPS).label("stop_waits"),
        registers.c.id.label("register_id"),
        registers.c.name.label("register_name"),
        registers.c.kind.label("register_kind"),
        *_OWNER,
    )
    .join(registers, registers.c.id == campaigns.c.register_id)
    .join(collectivities, collectivities.c.id == registers.c.collectivity_id)
)


def _row(draft: Draft, message_id: str) -> dict[str, Any]:
    same = ("id", "collectivity_id", "register_id", "parent_id", "follow_up", "name")
    more = ("campaign_class", "policy", "starts_at", "expires_at")
    told = {name: getattr(draft, name) for name in (*same, *more)}
    audience = {k: v for k, v in asdict(draft.audience).items() if v}
    return told | {
        "message_id": message_id,
        "state": CampaignState.DRAFT,
        "audience": audience,
        "created_by": draft.by,
        "created_at": draft.at,
    }


def _card(row: Any, texts: Sequence[RenderedText]) -> CampaignCard:
    told = {name: getattr(row, name) for name in _TOLD}
    audience = audience_of(row.audience)
    return CampaignCard(
        register=register_of(row),
        audience=audience,
        message=tuple(texts),
        launch_waits=bool(row.launch_waits),
        stop_waits=bool(row.stop_waits),
        **told,
    )
