"""The audit in the database: lines are sealed and appended, and read for a check.

`open_sealed` gives the engine that knows the node's key. A line is appended in the
transaction of what it witnesses; `audit_heads` keeps two from taking one number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text, update

from automaton.domain.audit import HEAD_DIGITS, NOTHING_BEFORE, Entry, Head, Seal
from automaton.domain.collectivity import Act
from automaton.settings import Settings
from automaton.store.audit_key import SealFile
from automaton.store.claims import keep_first
from automaton.store.engine import open_database, reading
from automaton.store.tables import (
    approvals,
    audit,
    audit_heads,
    campaigns,
    commands,
    officers,
    proposals,
    users,
)

OPTION = "automaton_seal"
BEGUN = "audit_begun"
RESTORED = "restored"
CAME = "chain_restored"
DAEMON = "automaton"  # by whom the daemon's own acts are
TELEPHONE = "telephone"  # and those of callers, who have no account
GUARDS = {"sqlite": 2, "postgresql": 3}


def seal_file(settings: Settings) -> SealFile:
    """Return where the key of this node is."""
    return SealFile(settings.server.node, settings.audit_key)


def open_sealed(settings: Settings) -> Engine:
    """Return the node's database, with the key that seals its audit."""
    return sealed(open_database(settings.database_url), seal_file(settings))


def sealed(engine: Engine, file: SealFile) -> Engine:
    """Return the same engine with the key of a node."""
    return engine.execution_options(**{OPTION: file})


def append(connection: Connection, act: Act) -> Head:
    """Seal a line and append it; return the chain's new head.

    Last in its transaction: from here on nobody else of this node can append.
    """
    file: SealFile = connection.get_execution_options()[OPTION]
    head = _held_head(connection, file.seal.node)
    if head.seq == 0 and (older := unsealed(connection)):
        begun = replace(act, action=BEGUN, details=witnessed(older, file.seal))
        head = _write(connection, begun, head, file.seal)
    return _write(connection, act, head, file.seal)


@dataclass(frozen=True, slots=True)
class Look:
    """One moment of the audit: chains by node, heads, lines older than any chain."""

    chains: Mapping[str, Sequence[Entry]]
    heads: Sequence[Head]
    older: Sequence[Mapping[str, Any]]
    is_guarded: bool


def look(engine: Engine) -> Look:
    """Return everything that a check needs; a long audit is held in memory."""
    asked = select(*_SEALED).where(audit.c.seq.is_not(None))
    chains: defaultdict[str, list[Entry]] = defaultdict(list)
    with reading(engine) as connection:
        for row in connection.execute(asked.order_by(audit.c.node, audit.c.seq)):
            chains[row.node].append(Entry(*row))
        rows = connection.execute(select(audit_heads).where(audit_heads.c.seq > 0))
        heads = [Head(*row) for row in rows]
        return Look(dict(chains), heads, unsealed(connection), is_guarded(connection))


def head_of(connection: Connection, node: str) -> Head | None:
    """Return the last line as it is noted beside the chain."""
    asked = select(audit_heads).where(audit_heads.c.node == node)
    row = connection.execute(asked).first()
    return None if row is None or row.seq == 0 else Head(*row)


def last_lines(connection: Connection) -> list[Head]:
    """Return the last line of every chain, whatever is noted beside it."""
    newest = select(audit.c.node, func.max(audit.c.seq).label("seq"))
    last = newest.where(audit.c.seq.is_not(None)).group_by(audit.c.node).subquery()
    is_last = (audit.c.node == last.c.node) & (audit.c.seq == last.c.seq)
    asked = select(audit.c.node, audit.c.seq, audit.c.mac).join(last, is_last)
    return [Head(*row) for row in connection.execute(asked.order_by(audit.c.node))]


def chain_came(act: Act, head: Head) -> Act:
    """Return what tells that another node's chain, up to here, came by a restore."""
    told = (("seq", str(head.seq)), ("seal", plain_seal(head.mac)))
    return replace(act, action=CAME, subject="node", subject_id=head.node, details=told)


def plain_seal(mac: str) -> str:
    """Return the beginning of a seal so that it stands in an audit as it is."""
    return "-".join(mac[at : at + 4] for at in range(0, HEAD_DIGITS, 4))


def unsealed(connection: Connection) -> Sequence[Mapping[str, Any]]:
    """Return the lines that are older than the chain."""
    told = [column for column in audit.c if column not in set(_CHAIN)]
    asked = select(*told).where(audit.c.seq.is_(None)).order_by(audit.c.id)
    return [dict(row) for row in connection.execute(asked).mappings()]


def witnessed(
    older: Sequence[Mapping[str, Any]], seal: Seal
) -> tuple[tuple[str, str], ...]:
    """Return what the first line of a chain says about lines older than it."""
    lines = [sorted((k, str(v)) for k, v in line.items()) for line in older]
    return (("unsealed", str(len(lines))), ("digest", seal.hashed(str(lines))))


def is_guarded(connection: Connection) -> bool:
    """Tell whether the database still refuses to change or delete lines."""
    catalogue = {
        "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' "
        "AND tbl_name = 'audit' AND name LIKE 'audit_no_%' "
        "AND sql LIKE '%RAISE(ABORT%'",
        "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O' "
        "AND tgrelid = 'audit'::regclass AND tgname LIKE 'audit_no_%'",
    }[connection.dialect.name]
    found: int = connection.execute(text(catalogue)).scalar_one()
    return found == GUARDS[connection.dialect.name]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are asked for: by whom, of which kind, about what; the latest."""

    by: str = ""
    action: str = ""
    about: str = ""
    limit: int = 50


def latest(connection: Connection, wanted: Wanted) -> Sequence[Mapping[str, Any]]:
    """Return the latest lines, the oldest of them first."""
    chosen = {
        audit.c.by: wanted.by,
        audit.c.action: wanted.action,
        audit.c.subject_id: wanted.about,
    }
    asked = select(audit).order_by(audit.c.id.desc()).limit(wanted.limit)
    for column, value in chosen.items():
        if value:
            asked = asked.where(column == value)
    return [dict(row) for row in connection.execute(asked).mappings()][::-1]


def operators(connection: Connection) -> frozenset[str]:
    """Return the names under which somebody may have done something."""
    columns = (
        users.c.login,
        campaigns.c.created_by,
        campaigns.c.launched_by,
        commands.c.by,
        proposals.c.decided_by,
        officers.c.name,
        approvals.c.asked_by,
        approvals.c.decided_by,
    )
    found = (connection.execute(select(one).distinct()).scalars() for one in columns)
    return frozenset(name for names in found for name in names if name) | {
        DAEMON,
        TELEPHONE,
    }


_SEALED = [audit.c[name] for name in Entry.__slots__]
_CHAIN = [audit.c[name] for name in ("node", "seq", "key_id", "previous", "mac")]


def _held_head(connection: Connection, node: str) -> Head:
    """Return the head of a chain, held until the transaction ends."""
    nothing = {"node": node, "seq": 0, "mac": NOTHING_BEFORE}
    connection.execute(keep_first(connection, audit_heads), nothing)
    asked = select(audit_heads).where(audit_heads.c.node == node).with_for_update()
    head = Head(*connection.execute(asked).one())
    return head if head.seq else _last_line(connection, head)


def _last_line(connection: Connection, head: Head) -> Head:
    """Return the last line of a chain whose head was not brought along."""
    mine = audit.c.node == head.node
    newest = select(func.max(audit.c.seq)).where(mine).scalar_subquery()
    asked = select(audit.c.seq, audit.c.mac).where(mine, audit.c.seq == newest)
    row = connection.execute(asked).first()
    return head if row is None else Head(head.node, *row)


def _write(connection: Connection, act: Act, head: Head, seal: Seal) -> Head:
    entry = _entry(act, head, seal)
    entry = replace(entry, mac=seal.mac(entry))
    connection.execute(insert(audit), asdict(entry))
    new = Head(head.node, entry.seq, entry.mac)
    is_mine = audit_heads.c.node == head.node
    moved = update(audit_heads).where(is_mine).values(seq=new.seq, mac=new.mac)
    connection.execute(moved)
    return new


def _entry(act: Act, head: Head, seal: Seal) -> Entry:
    """Return an act as a line: ids and counts stay, whatever else is there is hashed.

    Who did it is always hashed: `audit list` knows the names of accounts.
    """
    return Entry(
        node=head.node,
        seq=head.seq + 1,
        at=act.at,
        by=seal.hashed(act.by),
        action=act.action,
        subject=act.subject,
        subject_id=seal.opaque(act.subject_id),
        collectivity_id=act.collectivity_id,
        details={name: seal.opaque(value) for name, value in act.details},
        key_id=seal.key_id,
        previous=head.mac,
    )
