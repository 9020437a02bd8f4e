"""Officers and what is tried at their door; numbers of callers are kept for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from automaton.domain.collectivity import Collectivity
from automaton.domain.officer import (
    ANONYMOUS,
    MEMORY,
    TRIES_A_CALL,
    Knock,
    Officer,
    Standing,
    lock_of,
)
from automaton.errors import RequestError
from automaton.store.people.house import held_collectivity
from automaton.store.readiness import forget_strangers
from automaton.store.tables import officer_tries, officers

_TOLD = tuple(officers.c[name] for name in Officer.__slots__)


@dataclass(frozen=True, slots=True)
class Begun:
    """A try that is noted as one in vain until it is known to be right.

    `try_id` None: the caller is locked, and nothing is looked at. `code`: the hash of
    the officer who is meant; without one there is none.
    """

    try_id: str | None
    standing: Standing
    owner: Collectivity
    officer: Officer | None = None
    code: str | None = None


def add_officer(
    connection: Connection, officer: Officer, code: str, at: datetime
) -> None:
    """Write an officer with the hash of a code; refuse a taken short number."""
    told = {name: getattr(officer, name) for name in Officer.__slots__}
    row = told | {"code": code, "created_at": at}
    try:
        connection.execute(insert(officers), row)
    except IntegrityError as error:
        taken = f"There is an officer {officer.short_number} already."
        raise RequestError(taken, error_id="exists") from error


def officers_of(connection: Connection, collectivity_id: str) -> list[Officer]:
    """Return the officers of a collectivity by short number."""
    asked = select(*_TOLD).where(officers.c.collectivity_id == collectivity_id)
    found = [Officer(*row) for row in connection.execute(asked)]
    return sorted(found, key=lambda one: int(one.short_number))


def change_officer(
    connection: Connection, officer_id: str, changes: Mapping[str, Any]
) -> None:
    """Write another hash or telephone of an officer."""
    is_it = officers.c.id == officer_id
    connection.execute(update(officers).where(is_it).values(dict(changes)))
    if "phone" in changes:
        forget_strangers(connection)


def remove_officer(connection: Connection, officer_id: str) -> None:
    """Delete an officer: the code opens nothing any more."""
    connection.execute(delete(officers).where(officers.c.id == officer_id))
    forget_strangers(connection)


def begin_try(
    connection: Connection, try_id: str, knock: Knock, now: datetime
) -> Begun:
    """Note a try before it is looked at, unless the caller is locked.

    Who calls at the same moment finds it counted: the collectivity is held meanwhile.
    `RequestError` where there is none.
    """
    owner = held_collectivity(connection, knock.collectivity_id)
    _forget_old(connection, knock.collectivity_id, now)
    standing = _standing(connection, knock)
    if lock_of(knock, standing, now):
        return Begun(None, standing, owner)
    row = {
        "id": try_id,
        "collectivity_id": knock.collectivity_id,
        "short_number": knock.short_number,
        "caller": knock.caller,
        "proven": knock.is_rung_back,
        "told": False,
        "at": now,
    }
    connection.execute(insert(officer_tries), row)
    meant = select(*_TOLD, officers.c.code).where(
        officers.c.collectivity_id == knock.collectivity_id,
        officers.c.short_number == knock.short_number,
    )
    found = connection.execute(meant).first()
    if found is None:
        return Begun(try_id, standing, owner)
    *told, code = found
    return Begun(try_id, standing, owner, Officer(*told), code)


def forgive(connection: Connection, try_id: str, knock: Knock) -> None:
    """Forget a try that was right, and what was mistyped before it in a call.

    No more than that: somebody else may have forged the same number.
    """
    tries = officer_tries.c
    same = (
        tries.collectivity_id == knock.collectivity_id,
        tries.short_number == knock.short_number,
        tries.caller == knock.caller,
        tries.caller != ANONYMOUS,
        tries.id != try_id,
    )
    before = select(tries.id).where(*same).order_by(tries.at.desc())
    ids = connection.execute(before.limit(TRIES_A_CALL - 1)).scalars().all()
    gone = tries.id.in_([try_id, *ids])
    connection.execute(delete(officer_tries).where(gone))


def note_told(connection: Connection, try_id: str) -> None:
    """Note that those on duty are told at this try."""
    is_it = officer_tries.c.id == try_id
    connection.execute(update(officer_tries).where(is_it).values(told=True))


def unlock(
    connection: Connection, collectivity_id: str, short_number: str, caller: str
) -> int:
    """Forget the tries at a short number or of a caller; return how many there were."""
    meant = []
    if short_number:
        meant.append(officer_tries.c.short_number == short_number)
    if caller:
        meant.append(officer_tries.c.caller == caller)
    theirs = officer_tries.c.collectivity_id == collectivity_id
    gone = delete(officer_tries).where(theirs, or_(*meant))
    return connection.execute(gone).rowcount


def tries_at(
    connection: Connection, collectivity_id: str, since: datetime
) -> Mapping[str, int]:
    """Return how often each short number was tried in vain since a moment."""
    tries = officer_tries.c
    mine = (tries.collectivity_id == collectivity_id, tries.at > since)
    asked = select(tries.short_number, func.count()).where(*mine)
    rows = connection.execute(asked.group_by(tries.short_number))
    return {row[0]: row[1] for row in rows}


def may_ring_back(connection: Connection, officer_id: str, before: datetime) -> bool:
    """Tell whether an officer was not rung back since a moment."""
    is_it = (officers.c.id == officer_id, officers.c.phone.is_not(None))
    long_ago = or_(officers.c.rung_back_at.is_(None), officers.c.rung_back_at <= before)
    asked = select(officers.c.id).where(*is_it, long_ago)
    return connection.execute(asked).first() is not None


def _forget_old(connection: Connection, collectivity_id: str, now: datetime) -> None:
    tries = officer_tries.c
    old = (tries.collectivity_id == collectivity_id, tries.at <= now - MEMORY)
    connection.execute(delete(officer_tries).where(*old))


def _standing(connection: Connection, knock: Knock) -> Standing:
    """Return what was tried in vain before; what is older than a day is gone."""
    tries = officer_tries.c
    mine = tries.collectivity_id == knock.collectivity_id
    by_caller = select(tries.at).where(mine, tries.caller == knock.caller)
    if knock.is_rung_back:
        by_caller = by_caller.where(tries.proven)
    count = select(func.count()).select_from(officer_tries).where(mine)
    at_number = count.where(tries.short_number == knock.short_number)
    told = select(func.max(tries.at)).where(mine, tries.told)
    phone = select(officers.c.id).where(
        officers.c.collectivity_id == knock.collectivity_id,
        officers.c.phone == knock.caller,
    )
    return Standing(
        by_caller=tuple(connection.execute(by_caller.order_by(tries.at)).scalars()),
        at_number=connection.execute(at_number).scalar_one(),
        in_all=connection.execute(count).scalar_one(),
        told_at=connection.execute(told).scalar(),
        is_registered=connection.execute(phone).first() is not None,
    )
