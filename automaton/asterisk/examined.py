"""A telephone whose Asterisk is examined before it is dialled through.

At the opening an unfit Asterisk is refused. One that came back unfit stays out of
reach, and is examined again whenever the link comes up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import structlog

from automaton.asterisk.checkup import Expected, checkup
from automaton.asterisk.folder import Access
from automaton.asterisk.link import Pace, Timed, untimed
from automaton.asterisk.telephone import AsteriskTelephone, links_to, whispers_of
from automaton.clock import Clock
from automaton.domain.events import CallEvent, LinkDown, LinkEvent, LinkUp
from automaton.errors import ConfigurationError, LineError

log = structlog.get_logger(__name__)


class ExaminedTelephone(AsteriskTelephone):
    """One Asterisk behind the `Telephone` port, if it has all that a call needs."""

    def __init__(
        self,
        access: Access,
        expected: Expected,
        clock: Clock,
        pace: Pace | None = None,
        timed: Timed = untimed,
    ) -> None:
        links = links_to(access, clock, pace, timed)
        super().__init__(*links, clock, whispers=whispers_of(access))
        self._access, self._expected = access, expected

    async def open(self, within: timedelta = timedelta(seconds=30)) -> None:
        """Bring both links up; an unfit Asterisk is a `ConfigurationError`."""
        await refuse_unfit(self._access, self._expected, self._clock)
        await super().open(within)

    async def events(self) -> AsyncIterator[CallEvent | LinkEvent]:
        """Yield the facts; a link to an unfit Asterisk is told as down."""
        is_examined, restarted = True, False
        async for event in super().events():
            if not isinstance(event, LinkUp):
                yield event
                continue
            restarted = restarted or event.restarted
            reason = None if is_examined else await self._unfit()
            is_examined = False
            if reason is not None:
                yield LinkDown(self._clock.now(), reason)
                continue
            yield replace(event, restarted=restarted)
            restarted = False

    async def _unfit(self) -> str | None:
        """Return why the Asterisk may not be dialled through, None where it may.

        One that falls silent meanwhile is told of by the link itself.
        """
        try:
            await refuse_unfit(self._access, self._expected, self._clock)
        except ConfigurationError as error:
            log.error("asterisk_unfit", reason=str(error), next="nothing is dialled")
            return str(error)
        except LineError as error:
            log.warning("asterisk_not_examined", reason=str(error))
        return None


async def refuse_unfit(access: Access, expected: Expected, clock: Clock) -> None:
    """Raise `ConfigurationError` with all that is to be changed before a call.

    A trunk that is not registered is only told: the operator may answer later.
    """
    bad = [one for one in await checkup(access, expected, clock) if not one.is_good]
    for finding in bad:
        if not finding.is_vital:
            log.warning("trunk_not_ready", trunk=finding.name, reason=finding.says)
    told = [finding.says for finding in bad if finding.is_vital]
    if told:
        raise ConfigurationError(
            f"This Asterisk is not dialled through. {' '.join(told)} Then ask again: "
            "automaton asterisk check (one of ours that still runs is ended by: "
            "automaton asterisk stop).",
            error_id="asterisk-unfit",
        )
