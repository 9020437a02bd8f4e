"""What every campaign goes through before it is written as a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from automaton.domain.fairness import HEAVIEST
from automaton.domain.message import RenderedText
from automaton.domain.policy import CallPolicy
from automaton.errors import RequestError
from automaton.services.campaign_names import namesakes
from automaton.services.codewords import render_code_words
from automaton.services.dialogue import dialogue_notices
from automaton.services.messages import (
    Caller,
    MessageWish,
    Rendered,
    unsigned_notices,
)
from automaton.services.office import Office
from automaton.services.policies import Place, PolicyChanges
from automaton.services.routes import anonymous
from automaton.store.drafts import Draft, RegisterCard


@dataclass(frozen=True, slots=True)
class Created:
    """A draft that is written; `notices` are what its author should know."""

    id: str
    message: tuple[RenderedText, ...]
    policy: CallPolicy
    notices: tuple[str, ...] = ()


def place_of(office: Office, register: RegisterCard) -> Place:
    """Return where and on which day a register's people are called."""
    owner = register.collectivity
    zone = owner.timezone or office.settings.calling.timezone
    today = office.clock.now().astimezone(ZoneInfo(zone)).date()
    return Place(zone, owner.insee, today)


def spoken_message(
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
    spoken, known = set(wish.languages), set(office.studio.phrases.languages)
    if spoken and own not in spoken and {own, *spoken} <= known:
        where = register.collectivity.name
        sentence = (
            f"The message says nothing in {own}, the language of {where}: add --text"
            f" {own}=…"
        )
        raise refused(sentence, "message-language")
    texts = dict(sorted(wish.texts.items(), key=lambda item: item[0] != own))
    caller = Caller(register.collectivity.name, policy.caller_id)
    wish = replace(wish, texts=texts)
    rendered = office.studio.rendered(wish, caller, changes.longest_message)
    unsigned = unsigned_notices(rendered.texts, caller)
    return replace(rendered, notices=(*rendered.notices, *unsigned))


def written(
    office: Office, draft: Draft, register: RegisterCard, notices: Sequence[str]
) -> Created:
    """Write a draft; returns it with all that its author should know."""
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


def refuse_bad_counts(lines: int | None, attempts: int | None) -> None:
    """Refuse a count below one."""
    for what, count in (("lines", lines), ("attempts", attempts)):
        if count is not None and count < 1:
            raise refused(f"The number of {what} must be 1 or more.", "campaign-count")


def refuse_bad_weight(weight: int) -> None:
    """Refuse a weight that none can be."""
    if not 1 <= weight <= HEAVIEST:
        raise refused(f"The weight is from 1 to {HEAVIEST}.", "campaign-count")


def refuse_beyond(attempts: int | None, policy: CallPolicy) -> None:
    """Refuse more tries for one number than there are for all of a recipient."""
    most = policy.retry.tries_per_recipient
    if attempts is not None and attempts > most:
        sentence = f"The number of attempts must be {most} or less: that many a home."
        raise refused(sentence, "campaign-count")


def refuse_bad_moments(
    starts_at: datetime | None, expires_at: datetime | None, now: datetime
) -> None:
    """Refuse a start in the past, and an end before the start."""
    if expires_at is not None and expires_at <= max(now, starts_at or now):
        raise refused("The campaign would expire before it starts.", "campaign-time")
    if starts_at is not None and starts_at <= now:
        raise refused("The start is in the past.", "campaign-time")


def refused(sentence: str, error_id: str) -> RequestError:
    """Return what refuses a wish."""
    return RequestError(sentence, error_id=error_id)
