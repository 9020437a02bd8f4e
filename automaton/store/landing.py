"""Sheets of an archive into a database, empty or not; one transaction does it all.

What is there stays, and what is missing is added. A call, a recipient or a campaign of
the archive that is further along than the one that is there takes its place, so that
no acknowledgement is undone on either side. Nothing rings by itself afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, cast

from sqlalchemy import (
    Connection,
    TableClause,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from automaton.domain.attempt import AttemptState
from automaton.domain.audit import Seal
from automaton.domain.campaign import CampaignState
from automaton.domain.collectivity import Act
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import FINAL_RECIPIENT_STATES
from automaton.errors import RequestError
from automaton.store.chain import append, chain_came, last_lines
from automaton.store.claims import keep_first
from automaton.store.engine import count_on
from automaton.store.people.corrections import clear_removed
from automaton.store.precedence import IS_ON_A_LINE, RANKS, TOLD, knows_more, was_rung
from automaton.store.sheets import CHUNK, LEFT_OUT, bare_table, parsed
from automaton.store.tables import attempts, live_numbers, metadata, recipients
from automaton.store.tombstones import erase_again, unread

RESTORED = "restored from a backup: resume it if it is still right"
NOT_REPEATED = "it was waiting when the backup was made"
# Only where there was nothing: chains and numbers that count on are not mixed.
ONLY_INTO_EMPTY = frozenset({"audit", "audit_heads", "commands", "import_changes"})
CHAINS = frozenset({"audit", "audit_heads"})
NUMBERED = ("commands", "audit")
# Parts of something: where that is there already, its parts are as people left them.
PARTS = {
    "contact_points": (
        ("contact_id", "contacts"),
        ("establishment_id", "establishments"),
    ),
    "group_members": (("contact_id", "contacts"),),
    "duty_entries": (("collectivity_id", "collectivities"),),
    "users": (("collectivity_id", "collectivities"),),
    "officers": (("collectivity_id", "collectivities"),),
    "scenarios": (("collectivity_id", "collectivities"),),
    "message_texts": (("message_id", "messages"),),
}
WHOLES = sorted({whole for parts in PARTS.values() for _, whole in parts})

Cells = dict[str, Any]
Rows = Iterable[Sequence[str | None]]


@dataclass
class Landed:
    """What a restore did to each table, and to people and campaigns."""

    added: dict[str, int] = field(default_factory=dict)
    advanced: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    paused: int = 0
    erased: int = 0
    cleared: int = 0  # rows of collectivities that were removed
    unread: int = 0  # tombstones whose key is not here
    prompts: tuple[str, ...] = ()


@dataclass
class Landing:
    """One restore on one connection; the caller commits, or does not.

    `node` is who restores: it settles the calls that were in progress.
    """

    connection: Connection
    node: str
    seals: Sequence[Seal]
    now: datetime
    landed: Landed = field(default_factory=Landed)

    def __post_init__(self) -> None:
        self._before = {name: self._ids(name) for name in WHOLES}
        self.into_empty = not self._before["collectivities"]
        self._has_chain = bool(self._ids("audit"))

    def take(self, name: str, columns: Sequence[str], rows: Rows) -> None:
        """Take one sheet; those that others refer to come first.

        `RequestError` where it belongs to another installation.
        """
        if name in LEFT_OUT or (name in ONLY_INTO_EMPTY and not self.into_empty):
            return
        if name in CHAINS and self._has_chain:
            return
        bare = bare_table(name)
        try:
            if name in RANKS:  # what is over makes room for what comes after it
                for some in _batches(self._wanted(name, bare, columns, rows)):
                    self._advance(bare, some)
            for some in _batches(self._wanted(name, bare, columns, rows)):
                self._add(bare, some)
        except IntegrityError as error:
            raise RequestError(
                f"The backup does not fit what is here ({name}): a thing of the same "
                "name has another origin. Restore it into an empty installation.",
                error_id="restore-conflict",
            ) from error

    @property
    def names(self) -> Sequence[str]:
        """The tables in the order in which they are taken."""
        return [one.name for one in metadata.sorted_tables]

    def know(self, name: str) -> None:
        """Raise `RequestError` for a table that this program does not know."""
        if name not in metadata.tables:
            raise RequestError(
                f"The backup has a table {name} that this program does not know.",
                error_id="restore-newer",
            )

    def witness(self, act: Act) -> None:
        """Write into the audit, in the same transaction, what came with a restore.

        Chains of other nodes are named: any other that stands here was put in.
        """
        append(self.connection, act)
        if not self._has_chain:
            for head in last_lines(self.connection):
                if head.node != self.node:
                    append(self.connection, chain_came(act, head))

    def finish(self) -> Landed:
        """Erase and remove again, stop what must not ring, take the live numbers."""
        if self.into_empty:
            for name in NUMBERED:
                count_on(self.connection, metadata.tables[name])
        _cancel_what_is_final(self.connection, self.now)
        erased, prompts = erase_again(self.connection, self.seals, self.now)
        self.landed.erased, self.landed.prompts = erased, prompts
        self.landed.cleared = clear_removed(self.connection)
        self.landed.unread = unread(self.connection, self.seals)
        _hold_live_numbers(self.connection, self.node)
        return self.landed

    def _ids(self, name: str) -> frozenset[Any]:
        found = self.connection.execute(select(metadata.tables[name].c.id))
        return frozenset(found.scalars())

    def _wanted(
        self, name: str, bare: TableClause, columns: Sequence[str], rows: Rows
    ) -> Iterable[Cells]:
        """Yield the rows that may be taken, as values, what is new filled in."""
        kinds = {one.name: one.type for one in bare.c}
        unknown = set(columns) - set(kinds)
        missing = _defaults(name, set(kinds) - set(columns))
        for row in rows:
            told = zip(columns, row, strict=True)
            cells = {c: parsed(v, kinds[c]) for c, v in told if c not in unknown}
            if not self._is_settled(name, cells):
                yield missing | self._quiet(name, cells)

    def _is_settled(self, name: str, cells: Cells) -> bool:
        """Tell whether a row is a part of something that was here before."""
        parts = PARTS.get(name, ())
        return any(cells[part] in self._before[whole] for part, whole in parts)

    def _quiet(self, name: str, cells: Cells) -> Cells:
        """Return a row that starts nothing by itself."""
        waiting = {CampaignState.RUNNING, CampaignState.SCHEDULED, CampaignState.PAUSED}
        if name == "campaigns" and cells["state"] in waiting:
            return cells | {"state": CampaignState.PAUSED, "pause_reason": RESTORED}
        if name == "commands" and cells["finished_at"] is None:
            over = {"taken_at": self.now, "finished_at": self.now}
            return cells | over | {"refusal": NOT_REPEATED}
        if name == "attempts" and was_rung(cells):
            return cells | {"node": self.node}
        return cells

    def _advance(self, bare: TableClause, some: Sequence[Cells]) -> None:
        """Let rows that know more take the place of those that are here."""
        there = self._there(bare, some)
        for row in some:
            known = there.get(_key(bare, row))
            if known is not None and knows_more(bare.name, known, row):
                self._replace(bare, row)
                self._note(self.landed.advanced, bare.name, 1)
                self._note(self.landed.kept, bare.name, -1)  # `_add` meets it again

    def _add(self, bare: TableClause, some: Sequence[Cells]) -> None:
        """Add the rows that are missing, where nothing else has their place."""
        there = self._there(bare, some)
        new = [row for row in some if _key(bare, row) not in there]
        added = self._inserted(bare, new) if new else 0
        if bare.name == "campaigns":
            self.landed.paused += sum(r["state"] == CampaignState.PAUSED for r in new)
        self._note(self.landed.added, bare.name, added)
        self._note(self.landed.kept, bare.name, len(some) - added)

    def _inserted(self, bare: TableClause, new: Sequence[Cells]) -> int:
        before = self._count(bare)
        self.connection.execute(keep_first(self.connection, cast(Any, bare)), new)
        return self._count(bare) - before

    def _there(
        self, bare: TableClause, some: Sequence[Cells]
    ) -> Mapping[tuple[Any, ...], Mapping[Any, Any]]:
        columns = [bare.c[name] for name in _keys(bare)]
        wanted = [_key(bare, row) for row in some]
        asked = select(*bare.c).where(tuple_(*columns).in_(wanted))
        rows = self.connection.execute(asked).mappings()
        return {_key(bare, row): row for row in rows}

    def _replace(self, bare: TableClause, row: Cells) -> None:
        """Write what was told later; whose call it was stays as it is here."""
        told = {name: row[name] for name in TOLD[bare.name] if name in row}
        is_it = bare.c.id == row["id"]
        self.connection.execute(update(bare).where(is_it).values(told))

    def _count(self, bare: TableClause) -> int:
        asked = select(func.count()).select_from(bare)
        return self.connection.execute(asked).scalar_one()

    def _note(self, told: dict[str, int], name: str, count: int) -> None:
        if count:
            told[name] = told.get(name, 0) + count
        if not told.get(name, 1):
            del told[name]


def _batches(rows: Iterable[Cells]) -> Iterator[list[Cells]]:
    rest = iter(rows)
    while some := list(islice(rest, CHUNK)):
        yield some


def _keys(bare: TableClause) -> Sequence[str]:
    return [one.name for one in metadata.tables[bare.name].primary_key]


def _key(bare: TableClause, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _keys(bare))


def _defaults(name: str, missing: set[str]) -> Cells:
    """Return what stands in columns that are younger than the archive."""
    found = {}
    for one in metadata.tables[name].columns:
        default: Any = one.default
        if one.name in missing and not one.nullable and default is not None:
            found[one.name] = default.arg if default.is_scalar else {}
    return found


def _cancel_what_is_final(connection: Connection, now: datetime) -> None:
    """Nobody who has an end is tried again."""
    has_end = exists().where(
        recipients.c.id == attempts.c.recipient_id,
        recipients.c.state.in_(sorted(FINAL_RECIPIENT_STATES)),
    )
    connection.execute(
        update(attempts)
        .where(attempts.c.state == AttemptState.PLANNED, has_end)
        .values(state=AttemptState.ENDED, outcome=Outcome.CANCELLED, ended_at=now)
    )


def _hold_live_numbers(connection: Connection, node: str) -> None:
    """Keep the numbers of calls whose end nobody knows until they are settled."""
    is_its = attempts.c.id == live_numbers.c.attempt_id
    connection.execute(
        delete(live_numbers).where(exists().where(is_its, ~IS_ON_A_LINE))
    )
    held = exists().where(live_numbers.c.e164 == attempts.c.e164)
    rows = [
        {
            "e164": row.e164,
            "attempt_id": row.id,
            "node": row.node or node,
            "epoch": 0,
            "taken_at": row.claimed_at or row.created_at,
        }
        for row in connection.execute(
            select(attempts).where(IS_ON_A_LINE, ~held).order_by(attempts.c.id)
        )
    ]
    if rows:
        connection.execute(keep_first(connection, live_numbers), rows)
