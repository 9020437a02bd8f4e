"""The journal of keys in Asterisk's own database (astdb).

The dialplan writes `automaton/<attempt>/<seq>` before it reports a key, so that none is
lost while the daemon is away. Reading needs the account's `reporting`. Deleting goes
through the maintenance account, key by key: a `DBDelTree` would take a key that was
written between reading and deleting. It is the dialplan's function `DB_DELETE`, for
which `call` is enough: the action `DBDel` asks for `system`, which loads modules too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import structlog

from automaton.asterisk.link import Link
from automaton.asterisk.originate import OPAQUE
from automaton.asterisk.translate import whole
from automaton.errors import LineError
from automaton.ports import JournalledKey

FAMILY = "automaton"
VERSION = "1"
AT_ONCE = 50

log = structlog.get_logger(__name__)


class Journal:
    """The keys that Asterisk keeps for us: read by one account, deleted by another."""

    def __init__(self, link: Link, maintenance: Link) -> None:
        self._link = link
        self._maintenance = maintenance

    async def keys(self) -> Sequence[JournalledKey]:
        """Return every key; entries of an unknown form stay where they are."""
        read = [entry(name, value) for name, value in await tree(self._link, FAMILY)]
        if None in read:
            log.warning("journal_unread", entries=read.count(None), next="left there")
        return [key for key in read if key is not None]

    async def forget(self, keys: Iterable[JournalledKey]) -> None:
        """Delete single entries; one that is gone already is fine."""
        names = [f"{FAMILY}/{key.attempt_id}/{key.seq}" for key in keys]
        await delete(self._maintenance, names)


async def tree(link: Link, family: str) -> list[tuple[str, str]]:
    """Return all names and values of a family; `LineError` where it is not shown."""
    answer = await link.send({"Action": "DBGetTree", "Family": family})
    if not answer.is_success:
        raise LineError(
            f"Asterisk does not show its journal: {answer.reason}",
            error_id="journal-unread",
        )
    return [(item.get("key", ""), item.get("val", "")) for item in answer.items]


async def delete(maintenance: Link, names: Sequence[str]) -> None:
    """Delete single entries, by the account that may, some at once."""
    for first in range(0, len(names), AT_ONCE):
        some = names[first : first + AT_ONCE]
        await asyncio.gather(*(_delete(maintenance, name) for name in some))


async def _delete(maintenance: Link, name: str) -> None:
    answer = await maintenance.send(
        {"Action": "Setvar", "Variable": f"DB_DELETE({name})", "Value": "gone"}
    )
    if not answer.is_success:
        raise LineError(
            f"Asterisk does not delete {name}: {answer.reason}",
            error_id="journal-undeleted",
        )


def entry(name: str, value: str) -> JournalledKey | None:
    """Return a journal entry from `/automaton/<attempt>/<seq>` and its value.

    An attempt of another form than the dialplan lets through is none: the name goes
    back to Asterisk when the entry is deleted. The value is
    `1|<installation>|<campaign>|<recipient>|<key>|<epoch seconds>`.
    """
    place, fields = name.strip("/").split("/"), value.split("|")
    if len(place) != 3 or len(fields) != 6 or fields[0] != VERSION:
        return None
    (_, attempt, seq), (_, installation, campaign, recipient, key, at) = place, fields
    number, epoch = whole(seq), epoch_seconds(at)
    if not OPAQUE.fullmatch(attempt) or number is None or epoch is None:
        return None
    if place != [FAMILY, attempt, str(number)] or len(key) != 1:
        return None
    return JournalledKey(attempt, number, installation, campaign, recipient, key, epoch)


def epoch_seconds(text: str) -> datetime | None:
    """Return the moment of whole seconds since 1970, or nothing."""
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        return None
    return datetime.fromtimestamp(int(text), UTC)
