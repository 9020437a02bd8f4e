"""What was done to a chain of the audit: lines changed, deleted, inserted, moved, cut.

In: the lines of one node by number, the keys, and the heads that were written down.
Out: faults, the first line first. Without the key nobody makes a line that passes; who
has the key and the database is only shown up by a head that is kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from automaton.domain.audit import NOTHING_BEFORE, Entry, Head, Seal

MOST_COMPARED = 200  # so many broken lines are tried in each other's places


class Damage(StrEnum):
    """What is wrong with a line."""

    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"
    MOVED = "moved"
    CUT = "cut"
    OTHER_KEY = "other_key"
    UNSEALED = "unsealed"
    UNGUARDED = "unguarded"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Fault:
    """One damaged line, `seq` to `until` where it is several; `was` its own place."""

    node: str
    seq: int
    damage: Damage
    until: int = 0
    was: int = 0


def faults(
    entries: Sequence[Entry], seals: Mapping[str, Seal], heads: Sequence[Head]
) -> list[Fault]:
    """Return what is wrong with one node's chain, given keys by their id.

    `entries` by number; `heads` of this node, written down elsewhere or beside it.
    """
    chain = _Chain(entries, seals, heads)
    found = [*_gaps(entries), *chain.broken_seals(), *chain.broken_links()]
    found += [fault for head in heads if (fault := chain.denied(head))]
    return sorted(set(found), key=lambda fault: (fault.seq, fault.damage))


def strange(
    node: str, entries: Sequence[Entry], heads: Sequence[Head], came: Sequence[Head]
) -> list[Fault]:
    """Return what is wrong with a chain whose key is not here.

    `came` are the ends of chains, as our own says, that came by a restore: any other is
    nobody's. What stands within such a chain only its key can tell.
    """
    mine = [head for head in came if head.node == node]
    known = max((head.seq for head in mine), default=0)
    last = entries[-1].seq if entries else 0
    chain = _Chain(entries, {}, [*heads, *mine])
    denied = (chain.denied(head) for head in (*heads, *mine))
    found = {*_gaps(entries), *chain.broken_links(), *filter(None, denied)}
    if last > known:
        found.add(Fault(node, known + 1, Damage.STRANGER, until=last))
    return sorted(found, key=lambda fault: (fault.seq, fault.damage))


def _gaps(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Yield the numbers that are missing before a line."""
    expected = 1
    for entry in entries:
        if entry.seq > expected:
            yield Fault(entry.node, expected, Damage.DELETED, until=entry.seq - 1)
        expected = entry.seq + 1


class _Chain:
    def __init__(
        self,
        entries: Sequence[Entry],
        seals: Mapping[str, Seal],
        heads: Sequence[Head],
    ) -> None:
        self.seals = seals
        self.heads = heads
        self.at = {entry.seq: entry for entry in entries}
        self.broken = [entry for entry in entries if not self._is_whole(entry)]
        self.broken_at = {entry.seq for entry in self.broken}

    def broken_seals(self) -> Iterator[Fault]:
        """Yield lines that do not carry their own seal, and what became of them."""
        for entry in self.broken:
            seal = self.seals.get(entry.key_id)
            if seal is None:
                yield Fault(entry.node, entry.seq, Damage.OTHER_KEY)
            elif own := self._own_place(entry, seal):
                yield Fault(entry.node, entry.seq, Damage.MOVED, was=own)
            elif self._was_there(entry):
                yield Fault(entry.node, entry.seq, Damage.CHANGED)
            else:
                yield Fault(entry.node, entry.seq, Damage.INSERTED)

    def broken_links(self) -> Iterator[Fault]:
        """Yield lines that do not follow the one before, though both seem whole."""
        for seq, entry in self.at.items():
            before = self.at.get(seq - 1)
            if seq > 1 and (before is None or self._is_suspect(before)):
                continue
            previous = before.mac if before else NOTHING_BEFORE
            if entry.previous != previous and not self._is_suspect(entry):
                yield Fault(entry.node, seq, Damage.INSERTED)

    def denied(self, head: Head) -> Fault | None:
        """Return how the chain contradicts a head, None where it agrees."""
        entry = self.at.get(head.seq)
        last = max(self.at, default=0)
        if entry is None and head.seq > last:
            return Fault(head.node, last + 1, Damage.CUT, until=head.seq)
        if entry is not None and not entry.mac.startswith(head.mac):
            return Fault(head.node, head.seq, Damage.CHANGED)
        return None

    def _is_whole(self, entry: Entry) -> bool:
        seal = self.seals.get(entry.key_id)
        return seal is not None and seal.fits(entry)

    def _is_suspect(self, entry: Entry) -> bool:
        """Tell whether a line has a fault already; one of a lost key has its link."""
        return entry.seq in self.broken_at and entry.key_id in self.seals

    def _was_there(self, entry: Entry) -> bool:
        """Tell whether the next line or a head says that this number was taken."""
        after = self.at.get(entry.seq + 1)
        if after is not None and (
            after.previous == entry.mac or after.seq not in self.broken_at
        ):
            return True
        return any(head.seq == entry.seq for head in self.heads)

    def _own_place(self, entry: Entry, seal: Seal) -> int:
        """Return the number under which a line was sealed, 0 where it is not found."""
        others = (other.seq for other in self.broken[:MOST_COMPARED])
        tried = dict.fromkeys((entry.seq - 1, entry.seq + 1, *others))
        return next((seq for seq in tried if seal.fits(entry, seq)), 0)
