"""The database as the engine's single writer thread sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import Campaign, CampaignState
from automaton.domain.collectivity import DutyEntry
from automaton.domain.errand import News
from automaton.domain.foreseen import Foreseen
from automaton.domain.help import HelpAlarm
from automaton.domain.officer import Officer
from automaton.domain.recipient import RecipientState
from automaton.domain.trunk import Spent
from automaton.ports.readiness import ProofLedger
from automaton.ports.rows import (
    Case,
    Claim,
    Command,
    DutyCall,
    Moved,
    RecipientChange,
    TrunkCondition,
    Want,
)
from automaton.ports.telephone import JournalledKey


class Transaction(ProofLedger, Protocol):
    """The writes of one beat; all of them are committed together or not at all."""

    def is_chief(self) -> bool:
        """Tell whether this node leads; then it does until the transaction ends."""
        ...

    def commands(self, limit: int = 50) -> Sequence[Command]:
        """Take the commands that wait, oldest first."""
        ...

    def finish_command(self, command_id: int, refusal: str | None = None) -> None:
        """Note what became of a command."""
        ...

    def campaigns(self, states: Iterable[CampaignState]) -> Sequence[Campaign]:
        """Return the campaigns in these states, the most urgent first."""
        ...

    def left_at(self, campaign_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when the last call of each campaign left, by any node."""
        ...

    def on_lines(self, campaign_ids: Sequence[str]) -> frozenset[str]:
        """Return the campaigns that have a call on a line, of any node."""
        ...

    def has_live(self, campaign_id: str) -> bool:
        """Tell whether any node has taken an attempt that has not ended."""
        ...

    def trunk_conditions(self) -> Sequence[tuple[TrunkCondition, str]]:
        """Return what each node thinks of its trunks: (condition, node)."""
        ...

    def abandoned(
        self, life: tuple[str, int], *, on_lines: bool, limit: int
    ) -> Sequence[Attempt]:
        """Return attempts of a fenced node: those on its lines, or in quarantine.

        Until the transaction ends the node does not begin again; none where it has.
        """
        ...

    def lower_slices(self, life: tuple[str, int], goodbyes: Mapping[str, int]) -> None:
        """Let a fenced node hold no more than the calls that it may still have.

        `goodbyes`: how many calls of each scope are settled, and may still talk.
        """
        ...

    def forget_node(self, life: tuple[str, int], certain: timedelta) -> bool:
        """Free what a fenced node holds beside attempts; False while it has any.

        A duty call has its number for as long as it may last; it began no later than
        `certain` ago.
        """
        ...

    def free_left(
        self, node: str, over: Collection[str], certain: timedelta
    ) -> frozenset[str]:
        """Free the numbers of duty calls of this node's earlier lives that are over.

        So are those that last no longer than `certain`. Return the calls that may live.
        """
        ...

    def unclosed(self) -> Sequence[Campaign]:
        """Return cancelled and expired campaigns of which somebody has no end yet."""
        ...

    def untold_ends(self, reason: str, since: datetime) -> Sequence[Campaign]:
        """Return alerts that ended since then, of which nobody on duty took charge.

        `reason` is that of the duty calls that tell it.
        """
        ...

    def campaign(self, campaign_id: str) -> Campaign | None:
        """Return one campaign in whatever state, None if there is none."""
        ...

    def move_campaign(
        self, campaign_id: str, state: CampaignState, at: datetime, reason: str = ""
    ) -> None:
        """Write a campaign's new state."""
        ...

    def plan_chunk(self, campaign_id: str, now: datetime, limit: int) -> int:
        """Create up to `limit` recipients with their first attempts; 0 when done."""
        ...

    def frozen_homes(self, campaign_id: str) -> int:
        """Return how many recipients were created that can be rung."""
        ...

    def claim(self, wants: Sequence[Want], now: datetime, node: str) -> Sequence[Claim]:
        """Take due attempts and their numbers; the loser of a number stays planned.

        Information at a number that opted out ends here, and is to be settled; what has
        no room in its exchange is moved to its turn, and comes back still planned.
        """
        ...

    def take_number(
        self, e164: str, call_id: str, now: datetime, node: str, lasts: timedelta
    ) -> bool:
        """Take a number for a call of no campaign; False where another call has it.

        The call `lasts` so long at most.
        """
        ...

    def free_number(self, e164: str, call_id: str) -> None:
        """Free a number where this call holds it."""
        ...

    def assign(self, trunks: Sequence[tuple[str, str]]) -> None:
        """Write which trunk carries which claimed attempt: (attempt id, trunk)."""
        ...

    def give_back(
        self, attempt_ids: Sequence[str], due_at: datetime | None = None
    ) -> Sequence[str]:
        """Make claimed attempts planned again whose order never left.

        They keep their place among those that wait, unless they are `due_at` later.
        Where nobody waits for the call any more (its recipient is final, its campaign
        over) the attempt ends as cancelled; return the recipients of these.
        """
        ...

    def save(self, attempts: Sequence[Attempt]) -> None:
        """Write attempts as `session` knows them; release the numbers of the ended.

        Who asks for help (key 3) has an alarm from then on, one in all.
        """
        ...

    def attempts(self, ids: Sequence[str], *, hold: bool = False) -> Sequence[Attempt]:
        """Return attempts by id; the unknown are left out.

        `hold`: no other node changes them until this transaction ends.
        """
        ...

    def open_attempts(self, node: str) -> Sequence[Attempt]:
        """Return the attempts that this node had claimed and not ended."""
        ...

    def done_with(self, attempt_ids: Sequence[str]) -> Sequence[str]:
        """Return those whose recipient is final or whose campaign is over."""
        ...

    def cases(
        self, recipient_ids: Sequence[str], *, hold: bool = False
    ) -> Sequence[Case]:
        """Return recipients with all their attempts.

        `hold`: no other node concludes anything of them until this transaction ends.
        """
        ...

    def conclude(self, changes: Sequence[RecipientChange], now: datetime) -> None:
        """Write recipients' states, new attempts and flags.

        What is planned for a recipient that has become final is cancelled.
        """
        ...

    def close_recipients(
        self, campaign_id: str, state: RecipientState, now: datetime, limit: int
    ) -> int:
        """Give up to `limit` recipients without a live attempt a final state."""
        ...

    def collectivities(self) -> Sequence[str]:
        """Return the ids of all collectivities."""
        ...

    def recall(self, keys: Sequence[JournalledKey], now: datetime) -> Sequence[str]:
        """Write down the attempts of journalled keys that a restored database lacks.

        Only where their recipient is known; returns the attempts that are new. A call
        for help that somebody on duty took by such a key is taken.
        """
        ...

    def duty_list(self, collectivity_id: str) -> Sequence[DutyEntry]:
        """Return the duty list of a collectivity in its order."""
        ...

    def note_duty_call(self, call: DutyCall) -> None:
        """Write down that somebody on duty was rung, and what came of it."""
        ...

    def take_alarm(self, alarm_id: str, entry_id: str, at: datetime) -> None:
        """Write down who of the duty list took a call for help; the first one has."""
        ...

    def untaken_alarms(self) -> Sequence[HelpAlarm]:
        """Return the first few untaken calls for help of each collectivity."""
        ...

    def errands(self) -> Sequence[Command]:
        """Return what people are to be rung for by now, not done, in its order."""
        ...

    def finish_errand(self, errand_id: int) -> None:
        """Note that an errand is done."""
        ...

    def tell_launcher(self, campaign_id: str, news: News, by: str) -> None:
        """Let who launched a campaign by telephone be told, once; not who did it."""
        ...

    def officers(self, collectivity_id: str) -> Sequence[Officer]:
        """Return the officers of a collectivity by short number."""
        ...

    def note_round(self, alarm_id: str) -> None:
        """Count a round of the duty list in which nobody took an alarm."""
        ...

    def forget_shares(self, before: datetime) -> None:
        """Delete what nodes shared of campaigns that ended before a moment."""
        ...

    def spent_since(self, at: datetime) -> Mapping[str, Spent]:
        """Return what campaigns have used of each trunk since a moment."""
        ...

    def note_trunk(self, condition: TrunkCondition, node: str) -> None:
        """Write down what the safeguard of a node thinks of a trunk."""
        ...

    def forget_trunks(self, names: Sequence[str], node: str) -> None:
        """Forget what the safeguard of an earlier life thought of these trunks."""
        ...

    def audit(
        self, who: str, what: str, about: str, at: datetime, count: int | None = None
    ) -> None:
        """Append one line to the audit journal, with a count of homes if there is one.

        It holds no name and no number: whatever is no id becomes a keyed hash.
        """
        ...

    def waiting(
        self,
        campaign_id: str,
        but: tuple[datetime, datetime],
        after: tuple[datetime, str],
        limit: int,
    ) -> Sequence[Attempt]:
        """Return planned attempts by due moment and id, from the one `after` on.

        But not those that were planned after one moment and until another.
        """
        ...

    def move_due(self, moves: Sequence[Moved]) -> None:
        """Let planned attempts be due at another moment; each moves once."""
        ...

    def next_due(self, campaign_id: str) -> datetime | None:
        """Return when the next planned attempt of a campaign is due."""
        ...

    def next_dues(self, campaign_ids: Sequence[str]) -> Mapping[str, datetime | None]:
        """Return when the next planned attempt of each campaign is due."""
        ...

    def count_due(
        self, campaign_ids: Sequence[str], now: datetime, most: int
    ) -> Mapping[str, int]:
        """Count the attempts of some campaigns that are due, each up to `most`."""
        ...

    def done_campaigns(self, campaign_ids: Sequence[str]) -> frozenset[str]:
        """Return the campaigns of which every recipient is final."""
        ...

    def write_nothing(self) -> None:
        """Write what is there already, to learn whether the database takes it."""
        ...

    def note_forecast(self, campaign_id: str, made: Foreseen) -> None:
        """Write down what is expected of a campaign at a moment."""
        ...


class Ledger(Protocol):
    """The database: one transaction at a time, on the writer's thread, and looks."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a write transaction; it commits when left without an exception.

        `NodeLostError` where this node is no longer one of its fleet.
        """
        ...

    def counts(self, campaign_id: str) -> Mapping[str, int]:
        """Return how many recipients are in each state: a look, beside the writer.

        `LineError` where the database fails. Of half a million it takes 0.2 s.
        """
        ...
