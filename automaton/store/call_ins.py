"""What calls that came in need of the database: each method one short transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from automaton.domain.call_in import GOING_ON, Behind, CameTo, Current, Home
from automaton.domain.campaign import CampaignState, SpokenMessage
from automaton.domain.collectivity import Act
from automaton.errors import RequestError
from automaton.store.chain import append
from automaton.store.claims import hold, keep_first
from automaton.store.columns import Moment
from automaton.store.drafts import Ask, leave_command
from automaton.store.engine import reading, writing
from automaton.store.tables import (
    attempts,
    call_ins,
    campaigns,
    contact_points,
    contacts,
    establishments,
    message_texts,
    opt_outs,
    recipients,
    recordings_left,
    registers,
)


@dataclass(frozen=True, slots=True)
class CallIn:
    """One call that came in, and what it came to."""

    id: str
    collectivity_id: str
    at: datetime
    e164: str | None
    came_to: CameTo


@dataclass(frozen=True, slots=True)
class RecordingLeft:
    """What a caller left: `file` lies in the folder of recordings."""

    id: str
    collectivity_id: str
    at: datetime
    e164: str | None
    file: str
    seconds: float
    done_at: datetime | None = None
    done_by: str | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """Calls of one number may come to one thing so often since a moment."""

    most: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Room:
    """So many recordings may wait for somebody: of all, of one number.

    Callers who show no number are taken for one; `hidden` is theirs.
    """

    most: int
    of_one: int
    hidden: int


class CallInDesk:
    """The database as calls that came in see it; for several threads at once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def currents(
        self, collectivity_id: str, now: datetime, ended_since: datetime
    ) -> list[Current]:
        """Return the messages that may be told, and what follows some: newest first."""
        asked = {"whose": collectivity_id, "now": now, "since": ended_since}
        with reading(self.engine) as connection:
            rows = connection.execute(_CURRENTS, asked).all()
        return [_current(list(own)) for _, own in groupby(rows, key=lambda r: r.id)]

    def behind(
        self,
        e164: str,
        now: datetime,
        ended_since: datetime,
        told: Collection[str] = (),
    ) -> Behind:
        """Return who is behind a number: by indexes, whatever a campaign's size.

        Also those of campaigns that were told a moment ago, whatever became of them.
        """
        asked = {"number": e164, "now": now, "since": ended_since, "told": list(told)}
        with reading(self.engine) as connection:
            rows = connection.execute(_HOMES, asked).all()
            owners = connection.execute(_OWNERS, asked).all()
        homes = (
            Home(
                row.id,
                row.campaign_id,
                row.collectivity_id,
                row.language,
                row.establishment_id is not None,
                bool(row.was_rung),
            )
            for row in rows
            if e164 in {point[1] for point in row.points}
        )
        return Behind(
            tuple(homes),
            frozenset(row.collectivity_id for row in owners),
            any(row.is_establishment for row in owners),
        )

    def count(self, e164: str, came_to: CameTo, since: datetime) -> int:
        """Count the calls of a number that came to one thing since a moment."""
        with reading(self.engine) as connection:
            return _made(connection, e164, came_to, since)

    def has_room(self, collectivity_id: str, e164: str | None, room: Room) -> bool:
        """Tell whether one recording more of a number may wait for somebody."""
        with reading(self.engine) as connection:
            return _has_room(connection, collectivity_id, e164, room)

    def note(self, call: CallIn) -> None:
        """Write down that a call came in; a second time changes nothing."""
        with writing(self.engine) as connection:
            connection.execute(keep_first(connection, call_ins), asdict(call))

    def take(
        self, call: CallIn, words: Sequence[Ask], bound: Bound | None = None
    ) -> bool:
        """Write down a call and leave its words for the daemon, all or nothing.

        Nothing, and False, where it is written already, or where it would be one too
        many; two at once are counted one after the other.
        """
        with writing(self.engine) as connection:
            if bound is not None:
                hold(connection, [f"{call.came_to} {call.e164}"])
                made = _made(connection, call.e164, call.came_to, bound.since)
                if made >= bound.most:
                    return False
            once = keep_first(connection, call_ins).returning(call_ins.c.id)
            if connection.execute(once, asdict(call)).first() is None:
                return False
            for word in words:
                leave_command(connection, word)
            return True

    def opt_out(self, collectivity_id: str, e164: str, act: Act) -> None:
        """Write that a number gets no more information calls."""
        row = {"collectivity_id": collectivity_id, "e164": e164, "at": act.at}
        with writing(self.engine) as connection:
            there = keep_first(connection, opt_outs)
            connection.execute(there, row | {"how": "call_back"})
            append(connection, act)

    def keep_recording(self, left: RecordingLeft, act: Act, room: Room) -> bool:
        """Write down what a caller left; False where too many wait by now."""
        with writing(self.engine) as connection:
            hold(connection, [f"recordings {left.collectivity_id}"])
            if not _has_room(connection, left.collectivity_id, left.e164, room):
                return False
            connection.execute(insert(recordings_left), asdict(left))
            append(connection, act)
            return True

    def recordings(
        self, collectivity_id: str, *, is_done: bool | None = None
    ) -> list[RecordingLeft]:
        """Return what callers left, the oldest first: all, done or not done."""
        asked = _LEFT.where(recordings_left.c.collectivity_id == collectivity_id)
        if is_done is not None:
            asked = asked.where(recordings_left.c.done_at.is_not(None) == is_done)
        with reading(self.engine) as connection:
            return [RecordingLeft(*row) for row in connection.execute(asked)]

    def recording(self, begun: str) -> RecordingLeft:
        """Return one by its id or the beginning of it; `RequestError` if it is none."""
        asked = _LEFT.where(recordings_left.c.id.startswith(begun, autoescape=True))
        with reading(self.engine) as connection:
            rows = connection.execute(asked.limit(2)).all()
        if len(rows) == 1:
            return RecordingLeft(*rows[0])
        what = "Several recordings begin with" if rows else "There is no recording"
        raise RequestError(f"{what} « {begun} ».", error_id="recording-unknown")

    def finish(self, recording_id: str, act: Act) -> None:
        """Write that somebody has dealt with what was left."""
        is_it = and_(
            recordings_left.c.id == recording_id, recordings_left.c.done_at.is_(None)
        )
        done = {"done_at": act.at, "done_by": act.by}
        with writing(self.engine) as connection:
            connection.execute(update(recordings_left).where(is_it).values(done))
            append(connection, act)

    def note_act(self, act: Act) -> None:
        """Write into the audit that somebody looked or listened."""
        with writing(self.engine) as connection:
            append(connection, act)

    def purge(
        self, calls_before: datetime, recordings_before: datetime
    ) -> frozenset[str]:
        """Delete what has been kept for long enough; return its files."""
        with writing(self.engine) as connection:
            old = call_ins.c.at < calls_before
            connection.execute(delete(call_ins).where(old))
            heard = recordings_left.c.at < recordings_before
            gone = delete(recordings_left).where(heard)
            files = connection.execute(gone.returning(recordings_left.c.file))
            return frozenset(files.scalars())

    def files(self) -> frozenset[str]:
        """Return the files of everything that was left."""
        with reading(self.engine) as connection:
            asked = select(recordings_left.c.file)
            return frozenset(connection.execute(asked).scalars())


_NOW = bindparam("now", type_=Moment())
_IS_CURRENT = and_(
    campaigns.c.started_at.is_not(None),
    or_(
        campaigns.c.state.in_(sorted(GOING_ON)),
        and_(
            campaigns.c.state == CampaignState.FINISHED,
            campaigns.c.finished_at >= bindparam("since", type_=Moment()),
        ),
    ),
    or_(campaigns.c.expires_at.is_(None), campaigns.c.expires_at > _NOW),
)
# What was corrected, or ended, is found by what follows it, for ever.
_FOLLOWS = and_(campaigns.c.started_at.is_not(None), campaigns.c.parent_id.is_not(None))
_TOLD = (
    *("id", "collectivity_id", "campaign_class", "state", "started_at"),
    *("parent_id", "follow_up", "expires_at"),
)
_SPOKEN = ("language", "prompt", "machine_prompt", "seconds", "text")
_CURRENTS = (
    select(
        *(campaigns.c[name] for name in _TOLD),
        *(message_texts.c[name] for name in _SPOKEN),
        _IS_CURRENT.label("is_current"),
    )
    .join(message_texts, message_texts.c.message_id == campaigns.c.message_id)
    .where(
        campaigns.c.collectivity_id == bindparam("whose"), or_(_IS_CURRENT, _FOLLOWS)
    )
    .order_by(campaigns.c.started_at.desc(), campaigns.c.id.desc(), message_texts.c.id)
)
_NUMBER = contact_points.c.value == bindparam("number")
_PEOPLE = select(contact_points.c.contact_id).where(_NUMBER)
_PLACES = select(contact_points.c.establishment_id).where(_NUMBER)
_HOUSEHOLDS = select(contacts.c.household_id).where(contacts.c.id.in_(_PEOPLE))
_TRIED = select(attempts.c.recipient_id).where(attempts.c.e164 == bindparam("number"))
# Whoever was tried is found by the number that was rung, also where it left the
# register since; whoever was not, by the register.
_CANDIDATES = union(
    select(recipients.c.id).where(recipients.c.household_id.in_(_HOUSEHOLDS)),
    select(recipients.c.id).where(recipients.c.contact_id.in_(_PEOPLE)),
    select(recipients.c.id).where(recipients.c.establishment_id.in_(_PLACES)),
    _TRIED,
).subquery()
_WAS_RUNG = exists().where(
    attempts.c.recipient_id == recipients.c.id, attempts.c.claimed_at.is_not(None)
)
_HOMES = (
    select(
        recipients.c.id,
        recipients.c.campaign_id,
        campaigns.c.collectivity_id,
        recipients.c.language,
        recipients.c.establishment_id,
        recipients.c.points,
        _WAS_RUNG.label("was_rung"),
    )
    .select_from(_CANDIDATES)
    .join(recipients, recipients.c.id == _CANDIDATES.c[0])
    .join(campaigns, campaigns.c.id == recipients.c.campaign_id)
    .where(or_(_IS_CURRENT, campaigns.c.id.in_(bindparam("told", expanding=True))))
    .order_by(recipients.c.id)
)
_OWNERS = (
    select(
        registers.c.collectivity_id,
        contact_points.c.establishment_id.is_not(None).label("is_establishment"),
    )
    .outerjoin(contacts, contacts.c.id == contact_points.c.contact_id)
    .outerjoin(establishments, establishments.c.id == contact_points.c.establishment_id)
    .join(
        registers,
        registers.c.id
        == func.coalesce(contacts.c.register_id, establishments.c.register_id),
    )
    .where(
        _NUMBER,
        contacts.c.removed_at.is_(None),
        establishments.c.removed_at.is_(None),
    )
    .distinct()
)
_LEFT = select(*(recordings_left.c[name] for name in RecordingLeft.__slots__)).order_by(
    recordings_left.c.at, recordings_left.c.id
)


def _current(rows: Sequence[Any]) -> Current:
    """Return the message of a campaign from its rows, one for each language."""
    row = rows[0]
    spoken = tuple(
        SpokenMessage(r.language, r.prompt, r.machine_prompt, r.seconds, r.text)
        for r in rows
    )
    return Current(
        row.id,
        row.collectivity_id,
        row.campaign_class,
        row.state,
        row.started_at,
        spoken,
        row.parent_id,
        row.follow_up,
        row.expires_at,
        bool(row.is_current),
    )


def _made(
    connection: Connection, e164: str | None, came_to: CameTo, since: datetime
) -> int:
    mine = and_(_is(call_ins.c.e164, e164), call_ins.c.at >= since)
    asked = select(func.count()).where(mine, call_ins.c.came_to == came_to)
    return connection.execute(asked).scalar_one()


def _has_room(
    connection: Connection, collectivity_id: str, e164: str | None, room: Room
) -> bool:
    left = recordings_left.c
    waits = and_(left.collectivity_id == collectivity_id, left.done_at.is_(None))
    is_theirs = _is(left.e164, e164)
    asked = select(func.count(), func.count().filter(is_theirs)).where(waits)
    of_all, theirs = connection.execute(asked).one()
    of_one = room.hidden if e164 is None else room.of_one
    return bool(of_all < room.most and theirs < of_one)


def _is(number: ColumnElement[str], e164: str | None) -> ColumnElement[bool]:
    """Tell whether a number is this one; all that are not told are the same."""
    return number.is_(None) if e164 is None else number == e164
