"""The journal of keys in Asterisk's own database (astdb).

The dialplan writes `automaton/<attempt>/<seq>` before it reports a key, so that none is
lost while the daemon is away. Reading needs the account's `reporting`; deleting is
refused without `system` and goes through the maintenance account, key by key: a
`DBDelTree` would take a key that was written between reading and deleting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import structlog

from automaton.asterisk.link import Link
from automaton.asterisk.translate import whole
from automaton.errors import LineError
from automaton.ports import JournalledKey

FAMILY = "automaton"
VERSION = "1"
AT_ONCE = 50
GONE = ("not found", "could not be deleted")
"""What Asterisk says of an entry that is not there, up to and in 22.10.

A deletion that truly failed is told in the same words; the next day tries again.
"""

log = structlog.get_logger(__name__)


class Journal:
    """The keys that Asterisk keeps for us: read by one account, deleted by another."""

    def __init__(self, link: Link, maintenance: Link) -> None:
        self._link = link
        self._maintenance = maintenance

    async def keys(self) -> Sequence[JournalledKey]:
        """Return every key; entries of an unknown form stay where they are."""
        answer = await self._link.send({"Action": "DBGetTree", "Family": FAMILY})
        if not answer.is_success:
            raise LineError(
                f"Asterisk does not show its journal: {answer.reason}",
                error_id="journal-unread",
            )
        read = [
            entry(item.get("key", ""), item.get("val", "")) for item in answer.items
        ]
        if None in read:
            log.warning("journal_unread", entries=read.count(None), next="left there")
        return [key for key in read if key is not None]

    async def forget(self, keys: Iterable[JournalledKey]) -> None:
        """Delete single entries; one that is gone already is fine."""
        todo = list(keys)
        for first in range(0, len(todo), AT_ONCE):
            some = todo[first : first + AT_ONCE]
            await asyncio.gather(*(self._delete(key) for key in some))

    async def _delete(self, key: JournalledKey) -> None:
        name = f"{key.attempt_id}/{key.seq}"
        answer = await self._maintenance.send(
            {"Action": "DBDel", "Family": FAMILY, "Key": name}
        )
        if not answer.is_success and not any(w in answer.reason for w in GONE):
            raise LineError(
                f"Asterisk does not delete {FAMILY}/{name}: {answer.reason}",
                error_id="journal-undeleted",
            )


def entry(name: str, value: str) -> JournalledKey | None:
    """Return a journal entry from `/automaton/<attempt>/<seq>` and its value.

    The value is `1|<installation>|<campaign>|<recipient>|<key>|<epoch seconds>`.
    """
    place, fields = name.strip("/").split("/"), value.split("|")
    if len(place) != 3 or len(fields) != 6 or fields[0] != VERSION:
        return None
    (_, attempt, seq), (_, installation, campaign, recipient, key, at) = place, fields
    number, epoch = whole(seq), epoch_seconds(at)
    if not attempt or number is None or epoch is None or len(key) != 1:
        return None
    return JournalledKey(attempt, number, installation, campaign, recipient, key, epoch)


def epoch_seconds(text: str) -> datetime | None:
    """Return the moment of whole seconds since 1970, or nothing."""
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        return None
    return datetime.fromtimestamp(int(text), UTC)
