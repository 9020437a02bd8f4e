"""After a gap: what lives is adopted, what was journalled counts, the rest waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from automaton.domain.attempt import LIVE_STATES, Attempt
from automaton.domain.events import (
    Answered,
    CallEvent,
    KeyPressed,
    Lost,
    Rang,
    TransferBegan,
)
from automaton.engine.calls.session import Sessions
from automaton.ports import JournalledKey, LiveCall


@dataclass(frozen=True, slots=True)
class Gap:
    """What is told after a gap. `restarted`: the earlier calls are dead.

    It is the gap of these `trunks`; None means of all.
    """

    live: Sequence[LiveCall]
    journal: Sequence[JournalledKey]
    restarted: bool
    at: datetime
    trunks: frozenset[str] | None = None

    def concerns(self, attempt: Attempt) -> bool:
        """Tell whether the attempt may have passed through the gap."""
        return self.trunks is None or attempt.trunk in self.trunks


def heal(sessions: Sessions, gap: Gap) -> Iterable[CallEvent]:
    """Yield the events that close the gap, keys first; last, who talks by key 0.

    A call that Asterisk holds goes on. One that it does not hold has ended unseen: it
    waits in quarantine, or is over at once where Asterisk itself was restarted or where
    its key, on record or in the journal, has said all.
    """
    yield from (_key(entry) for entry in gap.journal)
    living = {call.attempt_id: call for call in gap.live}
    for live in list(sessions.live.values()):
        call = living.get(live.attempt.id)
        if not gap.concerns(live.attempt):
            continue
        if call is not None:
            yield from _still_there(live.attempt, call, gap.at)
        elif live.attempt.state in LIVE_STATES:
            yield Lost(live.attempt.id, gap.at)
            if gap.restarted or live.attempt.has_key or live.attempt.has_opted_out:
                yield Lost(live.attempt.id, gap.at)
    for call in gap.live:
        if call.for_id in sessions.live:
            yield TransferBegan(call.for_id, gap.at, call.rung_by)


def _key(entry: JournalledKey) -> KeyPressed:
    return KeyPressed(entry.attempt_id, entry.at, entry.key, entry.seq)


def _still_there(attempt: Attempt, call: LiveCall, at: datetime) -> Iterable[CallEvent]:
    """Yield what the gap may have swallowed of a call that goes on."""
    if call.is_up and attempt.answered_at is None:
        yield Answered(attempt.id, at)
    elif call.is_ringing and attempt.rang_at is None:
        yield Rang(attempt.id, at)


def is_past_saving(attempt: Attempt, live: Iterable[LiveCall]) -> bool:
    """Tell whether an overdue attempt is not even in Asterisk any more.

    A quarantined one may live: an order that was held back on its way rang late.
    """
    return attempt.id not in {call.attempt_id for call in live}


__all__ = ["Gap", "heal", "is_past_saving"]
