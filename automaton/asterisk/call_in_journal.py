"""Keys of those who called while the daemon was away, in Asterisk's own database.

The dialplan writes `automaton-in/<channel>/<seq>` =
`2|<installation>|<did>|<caller>|<key>|<epoch seconds>|<campaign>` before it thanks.
Older dialplans wrote 1, and no campaign. They are read now and then by a session of
its own: calls that go out never wait for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog

from automaton.asterisk.folder import Access
from automaton.asterisk.journal import delete, epoch_seconds, tree
from automaton.asterisk.link import Account, Link
from automaton.asterisk.originate import OPAQUE
from automaton.asterisk.translate import whole
from automaton.clock import Clock
from automaton.ports import CallInKey

FAMILY = "automaton-in"
FIELDS = {"1": 6, "2": 7}
CHANNEL = re.compile(r"[0-9A-Za-z._-]{1,149}")
NUMBER = re.compile(r"\+?[0-9]{3,15}")
WITHIN = timedelta(seconds=10)

log = structlog.get_logger(__name__)


class CallInJournal:
    """The keys that were pressed in calls that came in, of one Asterisk."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access, self._clock = access, clock
        self._opened: Link | None = None

    async def keys(self) -> Sequence[CallInKey]:
        """Return every key; what has an unknown form stays there. `LineError`."""
        link = await self._reader()
        read = [entry(name, value) for name, value in await tree(link, FAMILY)]
        if None in read:
            log.warning("journal_unread", entries=read.count(None), next="left there")
        return [key for key in read if key is not None]

    async def forget(self, keys: Iterable[CallInKey]) -> None:
        """Delete single entries; `LineError` where Asterisk is away."""
        access = self._access
        link = self._link(access.maintenance_user, access.maintenance_secret)
        await link.open(WITHIN)
        try:
            names = [f"{FAMILY}/{key.channel}/{key.seq}" for key in keys]
            await delete(link, names)
        finally:
            await link.close()

    async def close(self) -> None:
        """Read no more."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _reader(self) -> Link:
        """Return the session that reads; it is made anew by itself when it breaks."""
        if self._opened is None:
            link = self._link(self._access.user, self._access.secret)
            await link.open(WITHIN)
            self._opened = link
        return self._opened

    def _link(self, user: str, secret: str) -> Link:
        host, port = self._access.host, self._access.port
        return Link(Account(host, port, user, secret, hears_events=False), self._clock)


def entry(name: str, value: str) -> CallInKey | None:
    """Return an entry from its name and its value, None for one of another form."""
    place, fields = name.strip("/").split("/"), value.split("|")
    if len(place) != 3 or len(fields) != FIELDS.get(fields[0]):
        return None
    (family, channel, seq), (installation, did, caller, key, at) = place, fields[1:6]
    campaign = "".join(fields[6:])
    number, epoch = whole(seq), epoch_seconds(at)
    if number is None or epoch is None or [family, seq] != [FAMILY, str(number)]:
        return None
    is_sound = CHANNEL.fullmatch(channel) and NUMBER.fullmatch(did) and len(key) == 1
    if not is_sound or not NUMBER.fullmatch(caller):
        return None
    if campaign and not OPAQUE.fullmatch(campaign):
        return None
    return CallInKey(channel, number, installation, did, caller, key, epoch, campaign)
