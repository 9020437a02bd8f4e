"""One write transaction of the engine: each method is one row of its port.

What each one does is in the room that it calls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Connection

from automaton.clock import Clock
from automaton.domain.attempt import Attempt
from automaton.domain.campaign import Campaign, CampaignState
from automaton.domain.collectivity import Act, DutyEntry
from automaton.domain.errand import News
from automaton.domain.foreseen import Foreseen
from automaton.domain.help import HelpAlarm
from automaton.domain.officer import Officer
from automaton.domain.recipient import RecipientState
from automaton.domain.trunk import Spent
from automaton.ports import (
    Case,
    Claim,
    Command,
    DutyCall,
    JournalledKey,
    Moved,
    RecipientChange,
    TrunkCondition,
    Want,
)
from automaton.store import (
    alarms,
    calls,
    cases,
    claims,
    days,
    dead,
    errands,
    notes,
    plan,
    running,
    taken,
    waiting,
)
from automaton.store.chain import DAEMON, append
from automaton.store.engine import write_nothing
from automaton.store.foreseen import note_forecast
from automaton.store.people.duty import duty_list
from automaton.store.people.officers import officers_of
from automaton.store.posted import tell_launcher
from automaton.store.readiness import ProofsWritten
from automaton.store.recall import recall
from automaton.store.reserve import Reserve
from automaton.store.slices import forget_ended
from automaton.store.tenure import Tenure, holds_chair


class SqlTransaction(ProofsWritten):
    """The writes of one beat, on one connection."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        epoch: int,
        reserve: Reserve | None = None,
        tenure: Tenure | None = None,
    ) -> None:
        self._connection, self._clock, self._epoch = connection, clock, epoch
        self._reserve, self._tenure = reserve, tenure
        self._acts: list[Act] = []

    def is_chief(self) -> bool:
        """Tell whether this node leads; then it does until the transaction ends."""
        return self._tenure is None or holds_chair(self._connection, self._tenure)

    def commands(self, limit: int = 50) -> Sequence[Command]:
        """Take the commands that wait, oldest first."""
        return running.take_commands(self._connection, limit, self._clock.now())

    def finish_command(self, command_id: int, refusal: str | None = None) -> None:
        """Note what became of a command."""
        now = self._clock.now()
        running.finish_command(self._connection, command_id, refusal, now)

    def campaigns(self, states: Iterable[CampaignState]) -> Sequence[Campaign]:
        """Return the campaigns in these states, the most urgent first."""
        return running.read_campaigns(self._connection, states)

    def left_at(self, campaign_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when the last call of each campaign left, by any node."""
        return taken.left_at(self._connection, campaign_ids)

    def on_lines(self, campaign_ids: Sequence[str]) -> frozenset[str]:
        """Return the campaigns that have a call on a line, of any node."""
        return taken.on_lines(self._connection, campaign_ids)

    def has_live(self, campaign_id: str) -> bool:
        """Tell whether any node has taken an attempt that has not ended."""
        return bool(taken.taken_of(self._connection, [campaign_id]))

    def trunk_conditions(self) -> Sequence[tuple[TrunkCondition, str]]:
        """Return what each node thinks of its trunks: (condition, node)."""
        return notes.conditions_by_node(self._connection)

    def abandoned(
        self, life: tuple[str, int], *, on_lines: bool, limit: int
    ) -> Sequence[Attempt]:
        """Return attempts of a fenced node: those on its lines, or in quarantine."""
        return dead.abandoned(self._connection, life, on_lines=on_lines, limit=limit)

    def lower_slices(self, life: tuple[str, int], goodbyes: Mapping[str, int]) -> None:
        """Let a fenced node hold no more than the calls that it may still have."""
        dead.lower_slices(self._connection, life, goodbyes)

    def forget_node(self, life: tuple[str, int], certain: timedelta) -> bool:
        """Free what a fenced node holds beside attempts; False while it has any."""
        return dead.forget(self._connection, life, certain)

    def free_left(
        self, node: str, over: Collection[str], certain: timedelta
    ) -> frozenset[str]:
        """Free the numbers of a node's earlier duty calls that are over."""
        return dead.free_left(self._connection, (node, self._epoch), over, certain)

    def unclosed(self) -> Sequence[Campaign]:
        """Return cancelled and expired campaigns of which somebody has no end yet."""
        return running.read_unclosed(self._connection)

    def untold_ends(self, reason: str, since: datetime) -> Sequence[Campaign]:
        """Return alerts that ended since then, of which nobody on duty took charge."""
        return running.read_untold_ends(self._connection, reason, since)

    def campaign(self, campaign_id: str) -> Campaign | None:
        """Return one campaign in whatever state, None if there is none."""
        return running.read_campaign(self._connection, campaign_id)

    def move_campaign(
        self, campaign_id: str, state: CampaignState, at: datetime, reason: str = ""
    ) -> None:
        """Write a campaign's new state."""
        running.move_campaign(self._connection, campaign_id, state, at, reason)

    def plan_chunk(self, campaign_id: str, now: datetime, limit: int) -> int:
        """Create up to `limit` recipients with their first attempts; 0 when done."""
        return plan.plan_chunk(self._connection, campaign_id, now, limit)

    def frozen_homes(self, campaign_id: str) -> int:
        """Return how many recipients were created that can be rung."""
        return plan.frozen_homes(self._connection, campaign_id)

    def claim(self, wants: Sequence[Want], now: datetime, node: str) -> Sequence[Claim]:
        """Take due attempts and their numbers; the loser of a number stays planned.

        Nothing is taken while the disk is short of room.
        """
        if self._reserve is not None and not self._reserve.keep():
            return []
        turn = claims.Turn(node, self._epoch, now)
        return claims.claim(self._connection, wants, turn)

    def take_number(
        self, e164: str, call_id: str, now: datetime, node: str, lasts: timedelta
    ) -> bool:
        """Take a number for a call of no campaign; False where another call has it."""
        turn = claims.Turn(node, self._epoch, now, ceil(lasts.total_seconds()))
        return bool(claims.take_numbers(self._connection, [(e164, call_id)], turn))

    def free_number(self, e164: str, call_id: str) -> None:
        """Free a number where this call holds it."""
        claims.free_numbers(self._connection, [(e164, call_id)])

    def assign(self, trunks: Sequence[tuple[str, str]]) -> None:
        """Write which trunk carries which claimed attempt: (attempt id, trunk)."""
        calls.assign(self._connection, trunks)

    def give_back(
        self, attempt_ids: Sequence[str], due_at: datetime | None = None
    ) -> Sequence[str]:
        """Make claimed attempts planned again whose order never left.

        Return the recipients for whom there is nothing to plan any more.
        """
        now = self._clock.now()
        node = None if self._tenure is None else self._tenure.node
        return waiting.give_back(self._connection, attempt_ids, due_at, now, node)

    def save(self, attempts: Sequence[Attempt]) -> None:
        """Write attempts as `session` knows them; release the numbers of the ended."""
        now = self._clock.now()
        for recipient in calls.save(self._connection, attempts):
            self.audit(DAEMON, "help_asked", recipient, now)

    def attempts(self, ids: Sequence[str], *, hold: bool = False) -> Sequence[Attempt]:
        """Return attempts by id; the unknown are left out."""
        return calls.read(self._connection, ids, hold=hold)

    def open_attempts(self, node: str) -> Sequence[Attempt]:
        """Return the attempts that this node had claimed and not ended."""
        return calls.open_attempts(self._connection, node)

    def done_with(self, attempt_ids: Sequence[str]) -> Sequence[str]:
        """Return those whose recipient is final or whose campaign is over."""
        return waiting.done_with(self._connection, attempt_ids)

    def cases(
        self, recipient_ids: Sequence[str], *, hold: bool = False
    ) -> Sequence[Case]:
        """Return recipients with all their attempts."""
        return cases.cases(self._connection, recipient_ids, hold=hold)

    def conclude(self, changes: Sequence[RecipientChange], now: datetime) -> None:
        """Write recipients' states, new attempts and flags."""
        cases.conclude(self._connection, changes, now)

    def close_recipients(
        self, campaign_id: str, state: RecipientState, now: datetime, limit: int
    ) -> int:
        """Give up to `limit` recipients without a live attempt a final state."""
        return cases.close_recipients(self._connection, campaign_id, state, now, limit)

    def collectivities(self) -> Sequence[str]:
        """Return the ids of all collectivities."""
        return notes.collectivities(self._connection)

    def recall(self, keys: Sequence[JournalledKey], now: datetime) -> Sequence[str]:
        """Write down attempts of journalled keys that are lacking; return the new.

        A call for help that somebody on duty took by such a key is taken.
        """
        for key in alarms.taken_in_journal(self._connection, keys):
            self.take_alarm(key.campaign_id, key.recipient_id, key.at)
        return recall(self._connection, keys, now)

    def duty_list(self, collectivity_id: str) -> Sequence[DutyEntry]:
        """Return the duty list of a collectivity in its order, and hold it."""
        return duty_list(self._connection, collectivity_id, hold=True)

    def note_duty_call(self, call: DutyCall) -> None:
        """Write down that somebody on duty was rung, and what came of it.

        Who takes charge of a call for help takes it in the same transaction.
        """
        notes.note_duty_call(self._connection, call)
        if call.taken and call.alarm_id is not None:
            self.take_alarm(call.alarm_id, call.entry_id, call.taken_at or call.at)

    def take_alarm(self, alarm_id: str, entry_id: str, at: datetime) -> None:
        """Write down who of the duty list took a call for help; the first one has."""
        if alarms.take(self._connection, alarm_id, entry_id, at):
            self.audit(DAEMON, "alarm_taken", alarm_id, self._clock.now())

    def untaken_alarms(self) -> Sequence[HelpAlarm]:
        """Return the first few untaken calls for help of each collectivity."""
        return alarms.untaken(self._connection)

    def errands(self) -> Sequence[Command]:
        """Return what people are to be rung for by now, not done, in its order."""
        return errands.waiting_errands(self._connection, self._clock.now())

    def finish_errand(self, errand_id: int) -> None:
        """Note that an errand is done."""
        errands.finish_errand(self._connection, errand_id, self._clock.now())

    def tell_launcher(self, campaign_id: str, news: News, by: str) -> None:
        """Let who launched a campaign by telephone be told, once; not who did it."""
        tell_launcher(self._connection, campaign_id, news, by, self._clock.now())

    def officers(self, collectivity_id: str) -> Sequence[Officer]:
        """Return the officers of a collectivity by short number."""
        return officers_of(self._connection, collectivity_id)

    def note_round(self, alarm_id: str) -> None:
        """Count a round of the duty list in which nobody took an alarm."""
        alarms.note_round(self._connection, alarm_id)

    def forget_shares(self, before: datetime) -> None:
        """Delete what nodes shared of campaigns that ended before a moment."""
        forget_ended(self._connection, before)

    def spent_since(self, at: datetime) -> Mapping[str, Spent]:
        """Return what campaigns have used of each trunk since a moment."""
        return days.spent_since(self._connection, at)

    def note_trunk(self, condition: TrunkCondition, node: str) -> None:
        """Write down what the safeguard of a node thinks of a trunk."""
        notes.note_trunk(self._connection, condition, node)

    def note_forecast(self, campaign_id: str, made: Foreseen) -> None:
        """Write down what is expected of a campaign at a moment."""
        note_forecast(self._connection, campaign_id, made)

    def forget_trunks(self, names: Sequence[str], node: str) -> None:
        """Forget what the safeguard of an earlier life thought of these trunks."""
        notes.forget_trunks(self._connection, names, node)

    def audit(
        self, who: str, what: str, about: str, at: datetime, count: int | None = None
    ) -> None:
        """Append one line to the audit journal, when all else is written."""
        details = () if count is None else (("count", str(count)),)
        self._acts.append(Act(who, at, what, "", about, details=details))

    def append_acts(self) -> None:
        """Append what was noted, last: who holds the audit waits for no other row."""
        for act in self._acts:
            append(self._connection, act)

    def waiting(
        self,
        campaign_id: str,
        but: tuple[datetime, datetime],
        after: tuple[datetime, str],
        limit: int,
    ) -> Sequence[Attempt]:
        """Return planned attempts by due moment and id, from the one `after` on."""
        asked = waiting.Waiting(campaign_id, *but, *after)
        return waiting.read_waiting(self._connection, asked, limit)

    def move_due(self, moves: Sequence[Moved]) -> None:
        """Let planned attempts be due at another moment; each moves once."""
        waiting.move_due(self._connection, moves)

    def next_due(self, campaign_id: str) -> datetime | None:
        """Return when the next planned attempt of a campaign is due."""
        return self.next_dues([campaign_id])[campaign_id]

    def next_dues(self, campaign_ids: Sequence[str]) -> Mapping[str, datetime | None]:
        """Return when the next planned attempt of each campaign is due."""
        return cases.next_dues(self._connection, campaign_ids)

    def count_due(
        self, campaign_ids: Sequence[str], now: datetime, most: int
    ) -> Mapping[str, int]:
        """Count the attempts of some campaigns that are due, each up to `most`."""
        return cases.count_due(self._connection, campaign_ids, now, most)

    def write_nothing(self) -> None:
        """Write what is there already, to learn whether the database takes it."""
        write_nothing(self._connection)

    def done_campaigns(self, campaign_ids: Sequence[str]) -> frozenset[str]:
        """Return the campaigns of which every recipient is final."""
        return cases.done_campaigns(self._connection, campaign_ids)
