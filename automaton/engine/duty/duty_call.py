"""One call to a telephone of the duty list: its attempt, its order, its record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import Campaign, CampaignClass
from automaton.domain.collectivity import DutyEntry
from automaton.domain.menu import keys_offered
from automaton.domain.outcome import Outcome
from automaton.domain.phone import written_for
from automaton.domain.policy import CLOSING
from automaton.domain.readiness import Proof
from automaton.domain.trunk import Trunk
from automaton.ids import new_id
from automaton.ports import CallOrder, DutyCall

RING = timedelta(seconds=25)
TALK = timedelta(seconds=90)
LONGEST = RING + TALK + CLOSING

# What only the telephone, or the network for it, says of a call that it did not ring.
ANSWERED_FOR = frozenset({Outcome.BUSY, Outcome.REJECTED})


@dataclass(frozen=True, slots=True)
class Summons:
    """Why the duty list is rung, in the words that it hears; until `is_over`.

    `alarm_id`: the call for help that whoever presses 1 takes, of this `campaign_id`.
    Such ones have a queue of their own. `prompt`: the text, where it is rendered.
    `whom`: who is rung in place of those on duty; in a `context` of the console they
    talk with it for `talk` at most, and it is told the `errand_id`. `as_residents`:
    they hear the call of that campaign. `ended` learns what each call came to. `proof`:
    the call is to prove a way, and leaves by that trunk or not at all. `say` renders
    what they hear, in place of `text`.
    """

    collectivity_id: str
    campaign: Campaign | None
    reason: str
    text: str
    language: str = "fr"
    avoid_trunk: str | None = None
    is_over: Callable[[], bool] = lambda: False
    alarm_id: str | None = None
    campaign_id: str = ""
    prompt: str = ""
    whom: tuple[DutyEntry, ...] = ()
    errand_id: str = ""
    context: str = "automaton-duty"
    talk: timedelta = TALK
    as_residents: Campaign | None = None
    ended: Callable[[Attempt], None] = lambda _: None
    proof: Proof | None = None
    say: Callable[[], Awaitable[str]] | None = None

    @property
    def longest(self) -> timedelta:
        """Return the longest time that one of its calls may last."""
        return RING + self.talk + CLOSING

    @property
    def known_by(self) -> str:
        """Return the id that its calls bear: of an alarm, an errand or a campaign."""
        return self.alarm_id or self.errand_id or self.about or "duty"

    @property
    def is_help(self) -> bool:
        """Whether it is about somebody who asks for help."""
        return self.alarm_id is not None

    @property
    def queue(self) -> str:
        """Return behind what it waits: who asks for help waits for nothing else.

        Nor does anything wait for a proof.
        """
        own = " help" * self.is_help + " proof" * (self.proof is not None)
        return self.collectivity_id + own + self.errand_id

    @property
    def about(self) -> str:
        """Return the id of the campaign that it is about, empty where it is of none."""
        return self.campaign_id if self.campaign is None else self.campaign.id


def attempt_of(
    entry: DutyEntry, summons: Summons, trunk: Trunk, now: datetime
) -> Attempt:
    """Return the attempt that a duty call is; it belongs to no recipient."""
    return Attempt(
        id=new_id(),
        campaign_id=summons.about,
        recipient_id=entry.id,
        contact_point_id=entry.id,
        e164=entry.e164,
        due_at=now,
        state=AttemptState.CLAIMED,
        trunk=trunk.name,
        claimed_at=now,
    )


def order_of(
    attempt: Attempt, trunk: Trunk, summons: Summons, prompt: str
) -> CallOrder:
    """Return the order for a duty call.

    One about a call for help bears its id: so the journal knows what a key takes; one
    for an errand bears that, for the console.
    """
    order = CallOrder(
        attempt_id=attempt.id,
        campaign_id=summons.known_by,
        recipient_id=attempt.recipient_id,
        trunk=trunk.name,
        dialled=written_for(attempt.e164, trunk.number_format),
        caller_id=trunk.shows(),
        ring=RING,
        talk=summons.talk,
        message=prompt,
        language=summons.language,
        keys="1",
        context=summons.context,
    )
    if summons.as_residents is None:
        return order
    return _as_residents(order, summons.as_residents, trunk)


def _as_residents(order: CallOrder, campaign: Campaign, trunk: Trunk) -> CallOrder:
    """Return an order that says, asks and waits as that to a resident would.

    Nobody's code word is said, and nobody's name.
    """
    policy, message = campaign.policy, campaign.message_for(order.language)
    shown = policy.caller_id if policy.caller_id in trunk.caller_ids else None
    return replace(
        order,
        context="automaton-alert",
        caller_id=trunk.shows(shown),
        message=message.prompt,
        machine_message=message.machine_prompt,
        language=message.language,
        keys=keys_offered(campaign.campaign_class, policy.help_key),
        exercise=campaign.campaign_class is CampaignClass.EXERCISE,
        repeats=policy.repeats,
        key_wait=policy.key_wait,
        text=message.text,
    )


def has_arrived(attempt: Attempt) -> bool:
    """Tell whether a telephone rang, or the network answered for it.

    Our own ring time runs out over a dead network too: that alone says nothing.
    """
    seen = attempt.rang_at, attempt.announced_at, attempt.answered_at
    return any(seen) or attempt.outcome in ANSWERED_FOR


def record_of(attempt: Attempt, summons: Summons) -> DutyCall:
    """Return what is written down of a duty call."""
    return DutyCall(
        attempt.id,
        summons.collectivity_id,
        attempt.campaign_id or None,
        summons.reason,
        attempt.e164,
        attempt.trunk or "",
        attempt.due_at,
        "unknown" if attempt.outcome is None else attempt.outcome.value,
        attempt.has_key,
        summons.alarm_id,
        attempt.recipient_id,
        attempt.key_at,
    )
