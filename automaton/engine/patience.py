"""What the loop does while the database fails: it waits, says so once, rings nobody.

A transaction whose connection was lost at its very end may have been committed all the
same: the first one afterwards claims nothing, and gives back what was claimed unheard.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import structlog

from automaton.clock import Clock
from automaton.domain.attempt import AttemptState
from automaton.engine.beat import Beat, Written, write
from automaton.engine.calls.settle import conclude
from automaton.errors import LineError
from automaton.ports import Transaction

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.1, 2.0
DISK_FULL = "database-full"  # as the store names it


class Patience:
    """How long to wait after each failure; the loop's thread only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = 0.0
        self._wait = FIRST_WAIT
        self._told = ""
        self.is_needed = False
        self.of_a_row = False
        self.in_doubt = False

    @property
    def for_the_database(self) -> bool:
        """Whether it is the database that failed, and nothing may be claimed."""
        return self.is_needed and not self.of_a_row

    def wait_after(self, error: Exception) -> float:
        """Return the seconds until the next try; a new kind of failure is told."""
        if not self.is_needed:
            self.is_needed = True
            self._since, self._wait = self._clock.monotonic(), FIRST_WAIT
        self.of_a_row = not isinstance(error, LineError)
        self.in_doubt = self.in_doubt or isinstance(error, LineError)
        kind = error.error_id if isinstance(error, LineError) else repr(error)
        if kind != self._told:
            self._told = kind
            self._tell(error)
        wait, self._wait = self._wait, min(2 * self._wait, LONGEST_WAIT)
        return wait

    def ended(self) -> None:
        """Note that the database has taken a write."""
        if self.is_needed:
            seconds = round(self._clock.monotonic() - self._since, 1)
            log.info("the database takes what is written again", after=seconds)
        self.is_needed, self.of_a_row, self._told = False, False, ""
        self.in_doubt = False

    def _tell(self, error: Exception) -> None:
        if isinstance(error, LineError):
            log.error(
                "nothing is dialled: the database does not take what is written",
                why=str(error),
                error_id=error.error_id,
                next="keys are kept, and it is tried again until they are on record",
            )
        else:
            log.exception("a beat failed; nothing is dialled meanwhile", error=error)


def write_after_a_failure(
    transaction: Transaction, beat: Beat, followed: Collection[str]
) -> Written:
    """Give back the claims that nobody has heard of, and write one beat.

    `followed`: the attempts that this node knows. A claim that it does not know was
    committed by a transaction that seemed to fail: its order never left. What the beat
    itself claims comes afterwards, and leaves.
    """
    known = {attempt.id for attempt in beat.harvest.changed} | set(followed)
    unheard = [
        attempt.id
        for attempt in transaction.open_attempts(beat.node)
        if attempt.state is AttemptState.CLAIMED and attempt.id not in known
    ]
    if unheard:
        log.warning("claims that were committed unheard go back", attempts=unheard)
        needless = transaction.give_back(unheard)
        as_on_record = replace(beat.rules, campaigns={})
        conclude(transaction, frozenset(needless), as_on_record)
    return write(transaction, beat)
