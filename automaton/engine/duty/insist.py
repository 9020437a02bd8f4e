"""An alarm is told round after round, until somebody presses 1 or it is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from automaton.domain.alarm import Alarm
from automaton.domain.campaign import Campaign
from automaton.engine.duty.summon import WITHOUT_A_LINE, Pause

log = structlog.get_logger(__name__)

# Seconds between two rounds of the list; the last for ever.
BETWEEN_ROUNDS = (30.0, 60.0, 120.0, 300.0)
# So often, in about two hours, is told what no longer mends: of an ended campaign.
LAST_ROUNDS = 25

Key = tuple[str, Alarm, str]


class Insistent(Protocol):
    """Something that is told until somebody takes charge of it."""

    @property
    def reason(self) -> str:
        """Return why, in one word of a closed list."""

    def may_ring(self, rounds: int) -> bool:
        """Tell whether the list is rung once more after so many rounds."""


Told = TypeVar("Told", bound=Insistent)


@dataclass(eq=False, slots=True)
class Raised:
    """An alarm about a campaign as it was; `is_over` once it is no longer so."""

    alarm: Alarm
    campaign: Campaign
    trunk: str = ""
    has_ended: bool = False
    is_over: bool = False
    is_done: bool = False

    @property
    def key(self) -> Key:
        """Return what tells it from others: no two with one key are told at once."""
        return self.campaign.id, self.alarm, self.trunk

    @property
    def reason(self) -> str:
        """Return why, in one word of a closed list."""
        return self.alarm.value

    def may_ring(self, rounds: int) -> bool:
        """Tell whether the list is rung once more after so many rounds."""
        return not self.is_over and (not self.has_ended or rounds < LAST_ROUNDS)


async def insist(
    raised: Told,
    ring: Callable[[Told], Awaitable[bool]],
    link_is_up: Callable[[], bool],
    pause: Pause,
    between: Sequence[float] = BETWEEN_ROUNDS,
) -> None:
    """Ring round after round, further and further apart; a fault ends nothing.

    Without a link to the telephone there is no round: it is waited for.
    """
    rounds = 0
    while raised.may_ring(rounds):
        if not link_is_up():
            await pause(WITHOUT_A_LINE)
            continue
        try:
            if await ring(raised):
                return
        except Exception as error:
            log.exception("the duty list could not be rung", error=error)
        if raised.may_ring(rounds + 1) and link_is_up():
            log.error("nobody on duty took charge", reason=raised.reason)
            await pause(between[min(rounds, len(between) - 1)])
        rounds += link_is_up()
