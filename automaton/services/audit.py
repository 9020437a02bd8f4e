"""The audit, checked and shown: has anything been changed, and who did what.

`audit_head` is what reports and backups print, so that a tail which is cut, or a chain
that was made anew, shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automaton.domain.audit import Entry, Head, Seal
from automaton.domain.audit_check import Damage, Fault, faults, strange
from automaton.services.office import Office
from automaton.store import chain
from automaton.store.audit_key import other_keys, read_key
from automaton.store.chain import BEGUN, CAME, Look, Wanted
from automaton.store.engine import reading


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `older`: lines from before the chain, which have no seal.

    `unchecked`: nodes whose key is elsewhere. `is_exposed`: others may read our key.
    """

    lines: int
    older: int
    heads: tuple[Head, ...]
    unchecked: tuple[str, ...]
    is_exposed: bool
    faults: tuple[Fault, ...]


def audit_head(office: Office) -> str:
    """Return the head of this node's audit in short, empty where nothing was done."""
    with reading(office.desk.engine) as connection:
        head = chain.head_of(connection, office.settings.server.node)
    return "" if head is None else str(head)


def verify(
    office: Office, heads: Sequence[Head] = (), keys: Iterable[Path] = ()
) -> Checked:
    """Check every line of the audit from the first to the head.

    `heads` were written down elsewhere; `keys` are files of keys that were used before,
    or by other nodes. `ConfigurationError` where a file holds no key.
    """
    file = chain.seal_file(office.settings)
    own = [file.path, *other_keys(file.path)]
    seals = _seals([*keys, *(path for path in own if path.exists())])
    look = chain.look(office.desk.engine)
    node = office.settings.server.node
    ours = look.chains.get(node, [])
    found, unchecked = _around(look, ours, seals), []
    came = _came(ours, seals, look.chains)
    nodes = (node, *look.chains, *(head.node for head in (*heads, *look.heads)))
    for one in dict.fromkeys(nodes):
        entries = look.chains.get(one, [])
        mine = [head for head in (*heads, *look.heads) if head.node == one]
        is_known = any(entry.key_id in seals for entry in entries)
        if is_known or one == node or not entries:
            found += faults(entries, seals, mine)
        else:
            unchecked.append(one)
            found += strange(one, entries, mine, came)
    return Checked(
        lines=sum(len(look.chains[one]) for one in look.chains if one not in unchecked),
        older=len(look.older),
        heads=tuple(look.heads),
        unchecked=tuple(unchecked),
        is_exposed=file.is_exposed,
        faults=tuple(found),
    )


def _came(
    ours: Sequence[Entry], seals: Mapping[str, Seal], nodes: Iterable[str]
) -> list[Head]:
    """Return the chains of others that came by restores, as our own lines say."""
    found = []
    for entry in ours:
        seal = seals.get(entry.key_id)
        if entry.action == CAME and seal is not None and seal.fits(entry):
            seq, mac = entry.details["seq"], entry.details["seal"].replace("-", "")
            whose = (node for node in nodes if seal.opaque(node) == entry.subject_id)
            found += [Head(node, int(seq), mac) for node in whose]
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of the audit; `by` in clear where it is somebody that we know."""

    id: int
    at: Any
    by: str
    action: str
    subject: str
    subject_id: str
    collectivity_id: str | None
    details: Mapping[str, str]
    node: str | None
    seq: int | None


def audit_lines(office: Office, wanted: Wanted) -> list[Shown]:
    """Return the latest lines that are asked for; `wanted.by` is a name in clear."""
    file = chain.seal_file(office.settings)
    with reading(office.desk.engine) as connection:
        names = {*chain.operators(connection), *filter(None, [wanted.by])}
        seal = file.seal if file.path.exists() else None
        by_hash = {seal.hashed(name): name for name in names} if seal else {}
        if seal and wanted.by:
            wanted = replace(wanted, by=seal.hashed(wanted.by))
        rows = chain.latest(connection, wanted)
    return [_shown(row, by_hash) for row in rows]


def _shown(row: Mapping[str, Any], by_hash: Mapping[str, str]) -> Shown:
    told = {name: row[name] for name in Shown.__slots__}
    return Shown(**(told | {"by": by_hash.get(row["by"], row["by"])}))


def _seals(files: Iterable[Path]) -> dict[str, Seal]:
    seals = (Seal("", read_key(path)) for path in files)
    return {seal.key_id: seal for seal in seals}


def _around(
    look: Look, entries: Sequence[Entry], seals: Mapping[str, Seal]
) -> list[Fault]:
    """Return what is wrong beside our chain: no guard, older lines that differ."""
    node = entries[0].node if entries else ""
    found = [] if look.is_guarded else [Fault(node, 0, Damage.UNGUARDED)]
    first = entries[0] if entries else None
    seal = seals.get(first.key_id) if first else None
    if first is None or seal is None:
        return found
    told = dict(first.details) if first.action == BEGUN else {}
    if told != (dict(chain.witnessed(look.older, seal)) if look.older else {}):
        found.append(Fault(node, 0, Damage.UNSEALED))
    return found
